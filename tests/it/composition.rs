//! `compose.yaml`: read by Docker Compose itself, and run as plain processes.

use machine::Machine;
use ringhook_tests::api::{Api, http_client};
use ringhook_tests::socket::{Socket, client_token};
use ringhook_tests::until::until;
use serde_json::Value;

mod file;
mod machine;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// How a node's log names a webhook.
const WEBHOOK: &str = "/hooks/:token";

/// Runs a command on the first node, as `docker compose exec` would; what it prints.
async fn on_node(machine: &Machine, args: &[&str]) -> (bool, String) {
    let output = machine.ringhook("node-1", args).output().await.expect("the program");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

async fn workspace(machine: &Machine) -> (String, String) {
    let create = ["workspace", "create", "--name", "Rings", "--owner", "owner@example.com", "--json"];
    let account = ["--account-sid", ACCOUNT, "--auth-token", TOKEN];
    let (made, said) = on_node(machine, &[&create[..], &account].concat()).await;
    assert!(made, "{said}");
    let made: Value = serde_json::from_str(&said).expect("JSON");
    let text = |name: &str| made[name].as_str().expect(name).to_owned();
    (text("webhook_url"), text("api_key"))
}

async fn call(machine: &Machine, hook: &str) -> bool {
    let account = ["--account-sid", ACCOUNT, "--auth-token", TOKEN, "--to", "client:bob"];
    on_node(machine, &[&["simulate", "call", "--hook", hook][..], &account].concat()).await.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_composition_serves_as_plain_processes() {
    let mut machine = Machine::start("proxy").await;
    let (url, http) = (machine.url(), http_client());
    let page = http.get(format!("{url}/signup")).send().await.expect("an answer");
    assert_eq!(page.status(), 200);
    assert!(page.text().await.expect("a page").contains("<form"), "no form to sign up with");

    let (hook, key) = workspace(&machine).await;
    assert!(hook.starts_with(&format!("{url}/hooks/")), "{hook}");
    until("the owner's mail", async || {
        machine.mails().iter().any(|mail| mail.contains("owner@example.com")).then_some(())
    })
    .await;

    let api = Api::new(http.clone(), &url, Some(&key));
    let token = client_token(&api, ACCOUNT, "bob", 3600).await;
    let mut laptop = Socket::connect(&url, &token, Some("laptop")).await.expect("a socket through the proxy");
    let phone = Socket::connect(&machine.node("node-1"), &token, Some("phone")).await;
    let mut phone = phone.expect("a socket on the first node");
    // Each node takes a call sooner or later, and whichever does rings both.
    until("calls on both nodes", async || {
        assert!(call(&machine, &hook).await, "a call was not answered 200");
        assert_eq!(laptop.text().await, phone.text().await);
        ["node-1", "node-2"].iter().all(|node| machine.said(node).contains(WEBHOOK)).then_some(())
    })
    .await;

    // One node goes; the other takes everything.
    assert!(machine.stop("node-2").await.success());
    for _ in 0..4 {
        assert!(call(&machine, &hook).await, "a call was not answered 200");
        phone.text().await;
    }
}

/// What runs in containers may not do more than it needs to.
#[test]
fn containers_are_hardened() {
    let given =
        ["POSTGRES_PASSWORD", "NATS_PASSWORD", "RINGHOOK_MASTER_KEY"].map(|name| (name, "x".to_owned()));
    let config = file::config(&given);
    for (name, service) in config["services"].as_object().expect("services") {
        assert_eq!(service["security_opt"][0], "no-new-privileges:true", "{name}");
        // The official image of Postgres changes to its own user as it starts, and owns its volume.
        if name != "postgres" {
            assert_eq!(
                (&service["cap_drop"][0], &service["read_only"]),
                (&"ALL".into(), &true.into()),
                "{name}"
            );
        }
        let image = service["image"].as_str().expect("an image");
        assert!(image.contains(':') && !image.ends_with(":latest"), "{name}: {image}");
        for port in service["ports"].as_array().into_iter().flatten() {
            assert_eq!(port["host_ip"], "127.0.0.1", "{name}: reached from elsewhere");
        }
    }
    let example = std::fs::read_to_string(file::root().join(".env.example")).expect(".env.example");
    for (name, _) in given {
        assert!(
            example.contains(&format!("\n{name}=\n")),
            "{name} is not in .env.example, or is filled there"
        );
    }
}
