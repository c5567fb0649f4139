use std::{collections::BTreeSet, fs, path::Path};

use super::LISTED;

/// What a query may do for one workspace without naming it: it takes a name to lock, or a row that has no workspace.
const NEEDS_NONE: &[&str] = &["lock", "lock_shared", "mail_insert"];

/// Every file of Rust below a folder of the server, by its path from there, without those that only tests are in.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(&root).expect("below").display().to_string();
            match path.is_dir() {
                true if path.ends_with("tests") => {}
                true => folders.push(path),
                false if name.ends_with("tests.rs") || name.ends_with("testing.rs") => {}
                false => found.push((name, fs::read_to_string(&path).expect("a source"))),
            }
        }
    }
    assert!(found.len() > 2, "the sources were not found");
    found
}

/// The signatures of a type's queries, as rustfmt lays them out: from `pub async fn` to what they answer.
fn queries(of: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (_, text) in sources("store") {
        let begins = format!("\nimpl {of} {{\n");
        let blocks = text.split(&begins).skip(1);
        for block in blocks.map(|block| block.split("\n}\n").next().unwrap_or_default()) {
            let signatures = block.split("    pub async fn ").skip(1);
            found.extend(
                signatures.map(|signature| signature.split(" -> ").next().unwrap_or_default().to_owned()),
            );
        }
    }
    found
}

fn name(signature: &str) -> &str {
    signature.split(['(', '<']).next().unwrap_or_default()
}

/// The rows that hold their workspace.
fn rows() -> BTreeSet<String> {
    let mut rows = BTreeSet::from(["Workspace".to_owned()]);
    for (_, text) in sources("store") {
        for row in text.split("\npub struct ").skip(1) {
            let fields = row.split("\n}").next().unwrap_or_default();
            if fields.contains("workspace_id: ") {
                rows.insert(row.split([' ', '<']).next().unwrap_or_default().to_owned());
            }
        }
    }
    rows
}

#[test]
fn a_query_names_its_workspace_or_is_listed() {
    let rows = rows();
    let names_it = |signature: &str| {
        let mut words = signature.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.any(|word| word == "WorkspaceId" || rows.contains(word))
    };
    let of_tenants = queries("Conn");
    assert!(of_tenants.len() > 60, "{of_tenants:?}");
    let nameless = of_tenants.iter().filter(|signature| !names_it(signature));
    let mut nameless: Vec<_> = nameless.map(|signature| name(signature)).collect();
    nameless.sort_unstable();
    assert_eq!(nameless, NEEDS_NONE, "give it a workspace, or make it a method of `Across` and list it");

    let of_engine: BTreeSet<_> =
        queries("Across").iter().map(|signature| name(signature).to_owned()).collect();
    let listed: BTreeSet<_> =
        LISTED.iter().flat_map(|(_, names)| *names).map(|name| (*name).to_owned()).collect();
    let unlisted: Vec<_> = of_engine.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&of_engine).collect();
    assert!(unlisted.is_empty() && gone.is_empty(), "unlisted: {unlisted:?}, gone: {gone:?}");
}

#[test]
fn the_api_and_the_pages_go_the_tenants_way() {
    for folder in ["api", "dashboard", "socket"] {
        for (path, text) in sources(folder) {
            for way in [".engine()", ".owner()", "Across"] {
                assert!(!text.contains(way), "{path} goes the engine's way: {way}");
            }
        }
    }
}
