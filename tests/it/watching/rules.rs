//! Alert rules: that Prometheus takes them, that they fire when they are to, and that each has its runbook.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{file, text};

const ALERTS: &str = "helm/ringhook/files/alerts.yaml";
const DASHBOARD: &str = "helm/ringhook/files/dashboards/ringhook.json";
const TESTS: &str = "tests/it/watching/alerts.test.yaml";

/// Prometheus's own checker, content with this.
#[track_caller]
pub fn promtool(args: &[&str], stdin: Option<&str>) {
    let program = std::env::var_os("RINGHOOK_TEST_PROMTOOL").unwrap_or_else(|| "promtool".into());
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool, which tests/run brings");
    let mut input = child.stdin.take().expect("its stdin");
    input.write_all(stdin.unwrap_or_default().as_bytes()).expect("to write");
    drop(input);
    let output = child.wait_with_output().expect("its end");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "promtool {args:?}: {}", String::from_utf8_lossy(&said));
}

/// One alert, as the rule file has it.
#[derive(Default)]
struct Alert {
    fields: BTreeMap<String, String>,
}

/// The rule file's alerts. Its form is our own and simple: a key a line, folded text one line below.
fn alerts() -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    let mut folded: Option<String> = None;
    for line in text(ALERTS).lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let (Some(key), Some(alert)) = (folded.take(), alerts.last_mut()) {
            alert.fields.insert(key, line.to_owned());
            continue;
        }
        let line = line.strip_prefix("- ").unwrap_or(line);
        let Some((key, value)) = line.split_once(':') else { continue };
        if key == "alert" {
            alerts.push(Alert::default());
        }
        match value.trim() {
            ">-" => folded = Some(key.to_owned()),
            value => {
                if let Some(alert) = alerts.last_mut() {
                    alert.fields.insert(key.to_owned(), value.to_owned());
                }
            }
        }
    }
    alerts
}

/// The expressions of the dashboard's panels, each with its panel's title.
fn panels() -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_str(&text(DASHBOARD)).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels").clone();
    let targets = panels.iter().flat_map(|panel| {
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        targets.into_iter().map(|target| {
            let expression = target["expr"].as_str().expect("an expression").to_owned();
            (panel["title"].to_string(), expression)
        })
    });
    targets.collect()
}

/// The figures of ours that rules and panels name, each with the place.
pub fn figures_named() -> Vec<(String, String)> {
    let rules =
        alerts().into_iter().map(|alert| (alert.fields["alert"].clone(), alert.fields["expr"].clone()));
    let places: Vec<_> = rules.chain(panels()).collect();
    let named: Vec<(String, String)> = places
        .iter()
        .flat_map(|(place, expression)| {
            let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            let ours = words.filter(|word| word.starts_with("ringhook_") || word.starts_with("process_"));
            ours.map(|word| (place.clone(), word.to_owned())).collect::<Vec<_>>()
        })
        .collect();
    assert!(named.len() > 60, "{}", named.len());
    named
}

#[test]
fn prometheus_takes_the_rules_and_they_fire() {
    let rules = file(ALERTS);
    promtool(&["check", "rules", rules.to_str().expect("a path")], None);
    let tests = file(TESTS);
    promtool(&["test", "rules", tests.to_str().expect("a path")], None);
}

/// Each panel's expression as a rule: so the same checker reads it.
#[test]
fn prometheus_reads_the_panels() {
    let rules: Vec<Value> = panels()
        .into_iter()
        .enumerate()
        .map(|(number, (_, expression))| {
            let expression = expression.replace("$__rate_interval", "5m").replace("$instance", ".*");
            serde_json::json!({"record": format!("panel:{number}"), "expr": expression})
        })
        .collect();
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("panels.yaml");
    let file = serde_json::json!({"groups": [{"name": "panels", "rules": rules}]});
    std::fs::write(&path, file.to_string()).expect("to write");
    promtool(&["check", "rules", path.to_str().expect("a path")], None);
}

#[test]
fn every_alert_has_its_runbook_and_every_runbook_its_alert() {
    let guide = text("OPERATIONS.md");
    let chapter = guide.split("\n## Runbooks").nth(1).expect("the chapter");
    let chapter = chapter.split("\n## ").next().expect("its text");
    let mut runbooks = BTreeMap::new();
    for runbook in chapter.split("\n### ").skip(1) {
        let (title, body) = runbook.split_once('\n').expect("a title");
        assert!(runbooks.insert(title.trim().to_owned(), body.to_owned()).is_none(), "twice: {title}");
    }
    let mut names = BTreeSet::new();
    for alert in alerts() {
        let name = alert.fields["alert"].clone();
        for field in ["expr", "for", "severity", "summary", "description"] {
            assert!(alert.fields.get(field).is_some_and(|value| !value.is_empty()), "{name}: {field}");
        }
        let severity = alert.fields["severity"].as_str();
        assert!(["critical", "warning", "info"].contains(&severity), "{name}: {severity}");
        assert_eq!(alert.fields["runbook_url"], format!("OPERATIONS.md#{}", name.to_lowercase()));
        names.insert(name);
    }
    assert_eq!(names, runbooks.keys().cloned().collect(), "left: alerts, right: runbooks");
    for (name, body) in runbooks {
        for part in ["**Means:**", "**Users feel:**", "**Look:**", "**Do:**", "**Over when:**"] {
            assert!(body.contains(part), "{name} lacks {part}");
        }
    }
}
