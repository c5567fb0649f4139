//! What the chart refuses, and that it says why.

use super::chart::{root, template};

/// A cluster that would be taken.
const CLUSTER: &str = "cluster";

#[test]
fn what_cannot_work_is_refused_in_words() {
    let cluster = root().join(format!("tests/it/helm/cases/{CLUSTER}.yaml"));
    let single = root().join("tests/it/helm/cases/single.yaml");
    let on = |set: &str, words: &[&str], values: &std::path::Path| {
        let args: Vec<_> = set.split(' ').flat_map(|set| ["--set", set]).collect();
        let output = template(Some(values), &args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{set} was taken");
        assert!(!said.contains("s3cret"), "{set}: a secret is shown in {said}");
        for word in words {
            assert!(said.contains(word), "{set}: no `{word}` in {said}");
        }
    };
    for (set, words) in [
        ("replicas=2", &["replicas:", "mode=cluster"][..]),
        ("autoscaling.enabled=true", &["autoscaling.enabled:", "mode=cluster"]),
        ("database.url=postgres://db/x", &["database:", "mode=cluster"]),
        ("mode=cluster", &["database:", "database.existingSecret.name"]),
        ("mode=cluster database.url=postgres://db/x", &["masterKey:", "openssl rand -base64 32"]),
        ("smtp.url=smtp://mail:25", &["smtp.from:"]),
        ("ingress.enabled=true", &["ingress.host:"]),
        ("gateway.enabled=true gateway.host=a.example", &["gateway:", "parentRefs"]),
        ("metrics.enabled=false metrics.serviceMonitor.enabled=true", &["metrics.serviceMonitor.enabled:"]),
        ("extraCa.secret=a extraCa.configMap=b", &["extraCa:"]),
        ("masterKey.value=s3cret", &["masterKey.value:", "base64 of 32 bytes"]),
        ("smtp.url=mail:s3cret", &["smtp.url:", "smtps://"]),
        ("oidc.issuer=https://id.example.com", &["oidc:", "all three"]),
        ("preStopSeconds=30", &["terminationGracePeriodSeconds:", "43"]),
        // By the schema, which names the value.
        ("mode=many", &["mode", "single"]),
        ("replicas=0", &["replicas"]),
        ("replica=2", &["replica"]),
        ("publicUrl=ring.example.com", &["publicUrl"]),
        ("image.pullPolicy=Sometimes", &["image", "pullPolicy"]),
        ("quotas.calls=1", &["quotas", "calls"]),
        ("service.port=70000", &["service", "port"]),
        ("log.format=xml", &["log", "format"]),
        ("runAsUser=0", &["runAsUser"]),
    ] {
        on(set, words, &single);
    }
    for (set, words) in [
        ("nats.url=", &["nats:", "nats.required=false"][..]),
        ("nats.url=http://s3cret", &["nats.url:", "nats://"]),
        ("database.url=mysql://s3cret", &["database.url:", "postgres://"]),
        ("nats.existingSecret.name=bus", &["nats.url:", "keep one"]),
        ("masterKey.existingSecret.name=keys", &["masterKey.value:", "keep one"]),
        ("autoscaling.enabled=true autoscaling.minReplicas=9", &["autoscaling.minReplicas:"]),
    ] {
        on(set, words, &cluster);
    }
    let allowed = template(Some(&cluster), &["--set", "nats.url=", "--set", "nats.required=false"]);
    assert!(allowed.status.success(), "{}", String::from_utf8_lossy(&allowed.stderr));
}
