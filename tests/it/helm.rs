//! The Helm chart: rendered by the real `helm` for a matrix of values, and held against Kubernetes' schemas, the rules of
//! restricted pods, and the program that it runs.

use std::process::Command;

use chart::{RENDERED, cases, helm, of_kind, ran, read, root, run, tool};

mod chart;
mod pods;
mod refusals;
mod values;

#[test]
fn helm_finds_nothing_to_say_against_the_chart() {
    for (name, values) in cases() {
        let output = run(helm(&["lint", "--strict", "helm/ringhook", "--values"]).arg(values));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn kubernetes_takes_every_manifest() {
    assert_eq!(RENDERED.faults, Vec::<serde_json::Value>::new());
    let mut kinds: Vec<_> = RENDERED
        .manifests
        .values()
        .flatten()
        .map(|manifest| manifest["kind"].as_str().expect("a kind"))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let all = "ConfigMap Deployment HTTPRoute HorizontalPodAutoscaler Ingress Job NetworkPolicy Pod PodDisruptionBudget \
               PrometheusRule Secret Service ServiceAccount ServiceMonitor StatefulSet";
    assert_eq!(kinds, all.split_whitespace().collect::<Vec<_>>());
}

/// Those have no schema in Kubernetes: the models that others generate of their definitions judge them, and the TypeScript
/// compiler finds fields that they do not have.
#[test]
fn the_gateway_api_and_the_prometheus_operator_take_theirs() {
    let (models, clients) = (tool("RINGHOOK_TEST_KUBERNETES_MODELS"), tool("RINGHOOK_TEST_CLIENTS"));
    let folder = tempfile::tempdir_in(&models).expect("a folder");
    let (manifests, checked) = (folder.path().join("manifests.json"), folder.path().join("checked.ts"));
    std::fs::write(&manifests, serde_json::to_vec(&RENDERED.custom).expect("JSON")).expect("to write it");
    let script = folder.path().join("custom.mjs");
    std::fs::copy(root().join("tests/it/helm/custom.mjs"), &script).expect("to copy it");
    ran(Command::new("node").arg(&script).args([&manifests, &checked]));
    let compiler = format!("{clients}/typescript/node_modules/.bin/tsc");
    let strict = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
    let compile = || run(Command::new(&compiler).args(strict).arg(&checked).current_dir(&folder));
    let output = compile();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // It finds what it is there to find.
    let text = std::fs::read_to_string(&checked).expect("what was written");
    std::fs::write(&checked, text.replacen("\"interval\"", "\"intervall\"", 1)).expect("to write it");
    assert!(!compile().status.success(), "a field that no ServiceMonitor has was taken");
}

#[test]
fn secrets_stand_in_secrets_alone() {
    let given = ["s3cret-database", "s3cret-bus", "s3cret-mail", "s3cret-oidc", "czNjcmV0"];
    for case in ["cluster", "everything", "single-claim"] {
        for manifest in &RENDERED.manifests[case] {
            let text = manifest.to_string();
            let held = given.iter().filter(|secret| text.contains(**secret)).count();
            assert!(held == 0 || manifest["kind"] == "Secret", "{case}: {manifest}");
        }
    }
    let kept: String = of_kind("cluster", "Secret").map(ToString::to_string).collect();
    assert!(given.iter().all(|secret| kept.contains(secret)), "{kept}");
    assert_eq!(of_kind("existing", "Secret").count(), 0);
    // What migrates is given what it needs and no more.
    let hook = of_kind("cluster", "Secret").find(|secret| secret["metadata"]["annotations"].is_object());
    let keys: Vec<_> =
        hook.expect("the hook's Secret")["stringData"].as_object().expect("keys").keys().collect();
    assert_eq!(keys, ["database-url", "master-key"]);
}

/// Whatever a variable, a volume or a test pod names is rendered too, or was named in the values.
#[test]
fn what_is_named_is_there() {
    for (case, manifests) in &RENDERED.manifests {
        let made: Vec<_> = manifests.iter().map(|made| &made["metadata"]["name"]).collect();
        let given = ["pg", "keys", "bus", "mail", "id", "ringhook-keys"];
        for (name, container) in chart::containers().filter(|(name, _)| name.starts_with(&format!("{case}:")))
        {
            for variable in container["env"].as_array().into_iter().flatten() {
                let secret = &variable["valueFrom"]["secretKeyRef"]["name"];
                let is_there = made.contains(&secret) || given.iter().any(|given| secret == given);
                assert!(secret.is_null() || is_there, "{name}: there is no {secret}");
            }
        }
    }
    let hooks = of_kind("cluster", "Job").next().expect("the migration")["metadata"]["annotations"].clone();
    assert_eq!(hooks["helm.sh/hook"], "pre-install,pre-upgrade");
    assert_eq!(of_kind("alone", "Job").count() + of_kind("single", "Job").count(), 0);
}

/// The Job is a hook, so what it is let out by must be one too, and come before it.
#[test]
fn what_migrates_is_let_out_before_it_begins() {
    let found = |kind: &'static str| {
        let migrates = |made: &&serde_json::Value| {
            made["metadata"]["name"].as_str().is_some_and(|name| name.ends_with("-migrate"))
        };
        of_kind("everything", kind).find(migrates).expect(kind)
    };
    let (policy, job) = (found("NetworkPolicy"), found("Job"));
    let hook = |made: &serde_json::Value| {
        let annotations = &made["metadata"]["annotations"];
        let weight = annotations["helm.sh/hook-weight"].as_str().and_then(|weight| weight.parse().ok());
        (annotations["helm.sh/hook"].clone(), weight.unwrap_or(0_i32))
    };
    let ((policy_hook, first), (job_hook, second)) = (hook(policy), hook(job));
    assert!(policy_hook == job_hook && first < second, "{policy}");
    assert!(policy["spec"]["egress"].to_string().contains("4318"), "without extraEgress: {policy}");
}

/// Alerts and dashboards come as they stand in their files, with what is Prometheus' own to fill in left alone.
#[test]
fn alerts_and_dashboards_come_whole() {
    let rule = of_kind("everything", "PrometheusRule").next().expect("a rule");
    let rules: Vec<_> = rule["spec"]["groups"].as_array().into_iter().flatten().collect();
    let alerts = read("helm/ringhook/files/alerts.yaml").matches("- alert:").count();
    let rendered: usize = rules.iter().filter_map(|group| group["rules"].as_array()).map(Vec::len).sum();
    assert!(alerts > 0 && rendered == alerts, "{rendered} of {alerts} alerts");
    assert!(rule.to_string().contains("{{ $labels."), "{rule}");
    let map = of_kind("everything", "ConfigMap").next().expect("a ConfigMap");
    let boards = map["data"].as_object().expect("dashboards");
    let files = std::fs::read_dir(root().join("helm/ringhook/files/dashboards")).expect("dashboards").count();
    assert!(files > 0 && boards.len() == files, "{:?}", boards.keys());
    for (name, text) in boards {
        let file = read(&format!("helm/ringhook/files/dashboards/{name}"));
        assert_eq!(text.as_str().map(str::trim_end), Some(file.trim_end()), "{name}");
        let board: serde_json::Value = serde_json::from_str(&file).expect("JSON");
        assert!(board["panels"].as_array().is_some_and(|panels| !panels.is_empty()), "{name}");
    }
}

#[test]
fn the_notes_say_the_next_step() {
    let notes = |case: &str| {
        let values = format!("tests/it/helm/cases/{case}.yaml");
        let said = ran(&mut helm(&[
            "install",
            "ring",
            "helm/ringhook",
            "--namespace",
            "calls",
            "--dry-run=client",
            "--values",
            &values,
        ]));
        said.split_once("\nNOTES:\n").expect("notes").1.to_owned()
    };
    let cluster = notes("cluster");
    for step in [
        "rollout status deployment/ring-ringhook",
        "helm -n calls test ring",
        "-- ringhook doctor",
        "https://ring.example.com",
    ] {
        assert!(cluster.contains(step), "no {step} in {cluster}");
    }
    assert!(!cluster.contains("NOTE:") && !cluster.contains("s3cret"), "{cluster}");
    let alone = notes("alone");
    for caution in ["smtp.url", "trustedProxies", "migration.enabled"] {
        assert!(alone.lines().any(|line| line.starts_with("NOTE:") && line.contains(caution)), "{alone}");
    }
}

#[test]
fn the_chart_is_this_versions() {
    let chart = read("helm/ringhook/Chart.yaml");
    let version = env!("CARGO_PKG_VERSION");
    assert!(chart.contains(&format!("\nversion: {version}\n")), "{chart}");
    assert!(chart.contains(&format!("\nappVersion: \"{version}\"\n")), "{chart}");
    for (name, container) in chart::containers().filter(|(name, _)| name.starts_with("cluster:")) {
        assert_eq!(container["image"], format!("ringhook:{version}"), "{name}");
    }
}
