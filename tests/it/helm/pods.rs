//! What the chart's pods are allowed, told, and given time for.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::chart::{RENDERED, containers, of_kind, pods, read};
use ringhook_tests::app::App;
use ringhook_tests::database::Backend;

/// The rules of <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>, and more: a root file
/// system that cannot be written, and no token.
#[test]
fn pods_are_restricted() {
    for (name, pod) in pods() {
        let security = &pod["securityContext"];
        assert_eq!(security["runAsNonRoot"], true, "{name}");
        assert_ne!(security["runAsUser"], 0, "{name}");
        assert_eq!(security["seccompProfile"], json!({"type": "RuntimeDefault"}), "{name}");
        assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
        for shared in ["hostNetwork", "hostPID", "hostIPC"] {
            assert!(pod.get(shared).is_none(), "{name}: {shared}");
        }
        let allowed = ["name", "configMap", "emptyDir", "persistentVolumeClaim", "secret", "projected"];
        for volume in pod["volumes"].as_array().into_iter().flatten() {
            let kinds = volume.as_object().expect("a volume").keys();
            assert!(kinds.into_iter().all(|kind| allowed.contains(&kind.as_str())), "{name}: {volume}");
        }
    }
    for (name, container) in containers() {
        let security = json!({
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}
        });
        assert_eq!(container["securityContext"], security, "{name}");
        assert!(container["resources"]["requests"].is_object(), "{name}");
        assert!(container.get("command").is_none(), "{name}: the image has no shell");
        let ports = container["ports"].as_array().into_iter().flatten();
        assert!(ports.into_iter().all(|port| port.get("hostPort").is_none()), "{name}");
    }
    assert_eq!(
        of_kind("single-claim", "StatefulSet").count(),
        1,
        "without a user: where the platform chooses it"
    );
}

/// A variable that the program does not know would be set in vain.
#[tokio::test]
async fn variables_are_the_programs_own() {
    let help = App::builder(Backend::Sqlite).prepare().await.command(&["--help"]).await.stdout;
    let known: BTreeSet<_> =
        help.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next()).collect();
    assert!(known.len() > 20, "{help}");
    let mut set = BTreeSet::new();
    for (name, container) in containers() {
        let variables = container["env"].as_array().into_iter().flatten();
        let names: Vec<_> =
            variables.into_iter().map(|variable| variable["name"].as_str().expect("a name")).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{name}: twice in {names:?}");
        set.extend(names);
    }
    let ours: BTreeSet<_> = set.iter().copied().filter(|name| name.starts_with("RINGHOOK_")).collect();
    assert_eq!(ours.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
    // What has no meaning in a pod, and what `extraEnv` is for.
    let left: BTreeSet<_> = known.difference(&ours).copied().collect();
    let elsewhere = ["CONFIG", "FCM_TOKEN_URL", "APNS_URL", "APNS_SANDBOX_URL"];
    let elsewhere: BTreeSet<_> = elsewhere.iter().map(|name| format!("RINGHOOK_{name}")).collect();
    assert_eq!(left.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), elsewhere);
}

/// A constant of the server, such as `const DELIVERIES: Duration = Duration::from_secs(4);`.
fn constant(file: &str, name: &str) -> Duration {
    let source = read(&format!("server/src/{file}"));
    let (_, rest) = source.split_once(&format!("const {name}: Duration = Duration::from_")).expect(name);
    let (unit, rest) = rest.split_once('(').expect(name);
    let number: u64 = rest.split(')').next().and_then(|number| number.parse().ok()).expect(name);
    match unit {
        "secs" => Duration::from_secs(number),
        "millis" => Duration::from_millis(number),
        _ => panic!("{name}: {unit}"),
    }
}

#[test]
fn a_pod_may_drain_before_it_is_killed() {
    let drains: Duration = [
        ("commands/serve.rs", "FAREWELL"),
        ("commands/serve.rs", "CONNECTIONS"),
        ("commands/serve.rs", "DELIVERIES"),
        ("dispatch/mod.rs", "LAST_WRITES"),
        ("bus/nats/asks.rs", "BYE"),
        ("telemetry/otlp.rs", "LAST"),
    ]
    .iter()
    .map(|(file, name)| constant(file, name))
    .sum();
    // What the chart sets aside for it at least.
    assert!(drains <= Duration::from_secs(13), "{drains:?}");
    for case in RENDERED.manifests.keys() {
        let serving = of_kind(case, "Deployment").chain(of_kind(case, "StatefulSet")).next().expect(case);
        let pod = &serving["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let waits = container["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap_or_default();
        let grace = pod["terminationGracePeriodSeconds"].as_u64().expect("a grace");
        let needed = Duration::from_secs(waits + 2) + drains;
        assert!(Duration::from_secs(grace) >= needed, "{case}: {grace} s for {waits} s and {drains:?}");
        let asks = |probe: &str| container[probe]["httpGet"]["path"].clone();
        assert_eq!(
            ["startupProbe", "livenessProbe", "readinessProbe"].map(asks),
            ["/healthz", "/healthz", "/readyz"]
        );
    }
}

#[test]
fn one_pod_keeps_its_data_and_many_share_nothing() {
    let single = of_kind("single", "StatefulSet").next().expect("a StatefulSet");
    assert_eq!(single["spec"]["replicas"], 1);
    assert_eq!(single["spec"]["podManagementPolicy"], "Parallel");
    assert_eq!(single["spec"]["volumeClaimTemplates"][0]["metadata"]["name"], "data");
    let claimed = of_kind("single-claim", "StatefulSet").next().expect("a StatefulSet");
    let volume = &claimed["spec"]["template"]["spec"]["volumes"][0];
    assert_eq!(volume["persistentVolumeClaim"]["claimName"], "ringhook-data");
    let cluster = of_kind("cluster", "Deployment").next().expect("a Deployment");
    let pod = &cluster["spec"]["template"]["spec"];
    assert!(pod["volumes"][0]["emptyDir"].is_object(), "{pod}");
    let migrates = |kind: &str, case: &str| {
        let manifest = of_kind(case, kind).next().expect(case);
        let variables = manifest["spec"]["template"]["spec"]["containers"][0]["env"].as_array().cloned();
        let found = variables.unwrap_or_default().into_iter().find(|one| one["name"] == "RINGHOOK_MIGRATE");
        found.map_or(Value::Null, |one| one["value"].clone())
    };
    assert_eq!(migrates("Deployment", "cluster"), "false");
    assert_eq!(migrates("Deployment", "alone"), "true");
    assert_eq!(migrates("StatefulSet", "single"), Value::Null);
    assert!(
        of_kind("everything", "Deployment").all(|one| one["spec"].get("replicas").is_none()),
        "the HPA decides"
    );
}
