//! `compose.yaml`, as Docker Compose itself reads it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `docker compose config`: checked, and with everything filled in, under these variables alone.
pub fn config(variables: &[(&str, String)]) -> Value {
    let tools = std::env::var("RINGHOOK_TEST_OPERATION");
    let tools = tools.expect("RINGHOOK_TEST_OPERATION: the suite is started by tests/run");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("env");
    let lines: String = variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    std::fs::write(&file, lines).expect("to write it");
    let mut compose = Command::new(format!("{tools}/bin/docker-compose"));
    compose.env_clear().env("HOME", folder.path()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    compose.arg("--file").arg(root().join("compose.yaml")).arg("--env-file").arg(&file);
    let output = compose.args(["config", "--format", "json"]).output().expect("docker-compose");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// One of its services.
pub struct Service<'a> {
    pub name: &'a str,
    pub block: &'a Value,
}

impl<'a> Service<'a> {
    pub fn of(config: &'a Value, name: &'a str) -> Self {
        let block = &config["services"][name];
        assert!(block.is_object(), "there is no service {name}");
        Self { name, block }
    }

    /// The image, without its tag.
    pub fn image(&self) -> &'a str {
        let image = self.block["image"].as_str().expect("an image");
        image.split_once(':').map_or(image, |(image, _)| image)
    }

    fn texts(list: &'a Value) -> Vec<&'a str> {
        list.as_array().into_iter().flatten().map(|text| text.as_str().expect("a text")).collect()
    }

    pub fn command(&self) -> Vec<&'a str> {
        Self::texts(&self.block["command"])
    }

    /// The arguments of its check, after the program.
    pub fn check(&self) -> Vec<&'a str> {
        Self::texts(&self.block["healthcheck"]["test"]).split_off(2)
    }

    pub fn environment(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let variables = self.block["environment"].as_object().into_iter().flatten();
        variables.map(|(name, value)| (name.as_str(), value.as_str().expect("a text")))
    }

    /// What it waits for, and whether that must have ended well, and not only serve.
    pub fn waits_for(&self) -> impl Iterator<Item = (&'a str, bool)> + use<'a> {
        let services = self.block["depends_on"].as_object().into_iter().flatten();
        services.map(|(name, how)| match how["condition"].as_str() {
            Some("service_completed_successfully") => (name.as_str(), true),
            Some("service_healthy") => (name.as_str(), false),
            other => panic!("{name}: {other:?}"),
        })
    }

    /// Our file that is mounted there.
    pub fn mounted(&self, target: &str) -> PathBuf {
        let mut volumes = self.block["volumes"].as_array().into_iter().flatten();
        let volume = volumes.find(|volume| volume["target"] == target).expect(target);
        assert_eq!(volume["type"], "bind");
        PathBuf::from(volume["source"].as_str().expect("a file"))
    }
}
