//! The program under test: the real binary, as built from this tree.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A binary to test in place of the one from this tree, such as a packaged one.
const GIVEN: &str = "RINGHOOK_TEST_BINARY";

/// Where the program is. The first call of a test run builds it, since cargo builds no other package's programs for a
/// test: an old one could be there, and would be tested without a word.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os(GIVEN) {
        Some(path) => path.into(),
        None => build(),
    })
}

fn build() -> PathBuf {
    // target/<profile>/deps/it-0123456789abcdef
    let test = std::env::current_exe().expect("this test's own path");
    let profile = test.ancestors().nth(2).expect("a profile's folder").to_owned();
    let target = profile.parent().expect("the target folder");
    let name = match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // The whole workspace: with one package alone cargo would choose other features, and build every dependency anew.
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--workspace", "--bin", "ringhook", "--profile", name])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .expect("cargo, to build the program under test");
    assert!(built.status.success(), "ringhook was not built:\n{}", String::from_utf8_lossy(&built.stderr));
    profile.join("ringhook")
}
