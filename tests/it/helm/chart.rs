//! The chart as the real `helm` renders it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

/// The oldest and the newest version of Kubernetes that manifests are checked against.
const KUBERNETES: &str = "1.30.0,1.37.0";

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Where a program of the suite is; `tests/run` puts it there.
pub fn tool(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable}: the suite is started by tests/run"))
}

#[track_caller]
pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// What it prints. Panics when it fails.
#[track_caller]
pub fn ran(command: &mut Command) -> String {
    let output = run(command);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// `helm`, with nothing of this machine's set-up.
pub fn helm(args: &[&str]) -> Command {
    let mut command = Command::new(tool("RINGHOOK_TEST_HELM"));
    let nowhere = root().join("target/tests/helm-home");
    command.args(args).env("HELM_CONFIG_HOME", &nowhere).env("HELM_CACHE_HOME", &nowhere);
    command.env("HELM_DATA_HOME", &nowhere).env("KUBECONFIG", "/dev/null").current_dir(root());
    command
}

/// The values that the suite renders, by the names of their files.
pub fn cases() -> Vec<(String, PathBuf)> {
    let files = std::fs::read_dir(root().join("tests/it/helm/cases")).expect("the cases");
    let paths = files.map(|file| file.expect("a file").path());
    let mut cases: Vec<_> = paths
        .map(|path| (path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned(), path))
        .collect();
    cases.sort();
    assert!(cases.len() >= 6, "cases are missing: {cases:?}");
    cases
}

/// What `helm template` says with these values, after `more` arguments.
pub fn template(values: Option<&Path>, more: &[&str]) -> Output {
    let mut command = helm(&["template", "ring", "helm/ringhook", "--namespace", "calls"]);
    if let Some(values) = values {
        command.arg("--values").arg(values);
    }
    run(command.args(more))
}

/// What was rendered of every case.
pub struct Rendered {
    pub manifests: BTreeMap<String, Vec<Value>>,
    /// What Kubernetes' own schemas say against it.
    pub faults: Vec<Value>,
    /// What is of other projects' kinds.
    pub custom: Vec<Value>,
}

/// Every case, rendered and read once.
pub static RENDERED: LazyLock<Rendered> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let mut check = Command::new(format!("{}/bin/python", tool("RINGHOOK_TEST_OPERATION")));
    check.arg(root().join("tests/it/helm/manifests.py")).arg(KUBERNETES).current_dir(&folder);
    for (name, values) in cases() {
        let output = template(Some(&values), &[]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(folder.path().join(&name), output.stdout).expect("to write it");
        check.arg(&name);
    }
    let mut found: Value = serde_json::from_str(&ran(&mut check)).expect("JSON");
    let list = |value: Value| serde_json::from_value::<Vec<Value>>(value).expect("a list");
    Rendered {
        faults: list(found["faults"].take()),
        custom: list(found["custom"].take()),
        manifests: serde_json::from_value(found["manifests"].take()).expect("manifests by case"),
    }
});

/// The manifests of a case that are of this kind.
pub fn of_kind<'a>(case: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    RENDERED.manifests[case].iter().filter(move |manifest| manifest["kind"] == kind)
}

/// Every pod that the chart makes: case, name and specification.
pub fn pods() -> impl Iterator<Item = (String, &'static Value)> {
    RENDERED.manifests.iter().flat_map(|(case, manifests)| {
        manifests.iter().filter_map(move |manifest| {
            let name = format!("{case}: {} {}", manifest["kind"], manifest["metadata"]["name"]);
            match manifest["kind"].as_str()? {
                "Pod" => Some((name, &manifest["spec"])),
                "Deployment" | "StatefulSet" | "Job" => Some((name, &manifest["spec"]["template"]["spec"])),
                _ => None,
            }
        })
    })
}

/// Each pod's one container.
pub fn containers() -> impl Iterator<Item = (String, &'static Value)> {
    pods().map(|(name, pod)| {
        assert_eq!(pod["containers"].as_array().map(Vec::len), Some(1), "{name}");
        assert!(pod.get("initContainers").is_none(), "{name}");
        (name, &pod["containers"][0])
    })
}
