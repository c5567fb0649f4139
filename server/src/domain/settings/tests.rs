use ringhook_openapi::AnswerRule;
use serde_json::{Value, json};

use super::*;
use crate::domain::testing::{grounds, refusal, wire, workspace_id};

#[tokio::test]
async fn a_patch_changes_what_it_names_and_raises_the_revision() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let before = get(&ground, workspace).await.expect("settings");
        let over = json!({
            "name": " New ", "answer": "recorded", "answer_within_ms": 0, "ring_ttl_seconds": 120, "retention_days": 365,
            "time_zone": "America/Argentina/Buenos_Aires",
        });
        patch(&ground, workspace, wire(over)).await.expect("changed");
        let after = get(&ground, workspace).await.expect("settings");
        assert!(after.revision > before.revision);
        assert_eq!((after.name.as_str(), after.answer.0), ("New", AnswerRule::Recorded));
        assert_eq!((after.answer_within_ms, after.ring_ttl_seconds, after.retention_days), (0, 120, 365));
        assert_eq!(after.time_zone, "America/Argentina/Buenos_Aires");
        let one = patch(&ground, workspace, wire(json!({"answer_within_ms": 10_000}))).await.expect("changed");
        assert_eq!((one.answer_within_ms, one.ring_ttl_seconds), (10_000, 120));
    })
    .await;
}

#[tokio::test]
async fn every_fault_names_its_member() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        for (name, values) in [
            (
                "name",
                json!(["", " ", "a\u{7}", "n".repeat(101), "See https://example.com", "WWW.example.com"]),
            ),
            ("answer_within_ms", json!([10_001])),
            ("ring_ttl_seconds", json!([0, 4, 121, 4_000_000_000_u32])),
            ("retention_days", json!([0, 366])),
            ("time_zone", json!(["", "/", "Europe/", "Europe/Bérlin", "1/2", "A/B/C/D", "Z".repeat(65)])),
        ] {
            for value in values.as_array().into_iter().flatten() {
                let over: Value = json!({ name: value });
                let refused = refusal(patch(&ground, workspace, wire(over)).await);
                assert_eq!(refused, ("invalid", vec![format!("/{name}")]), "{value}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_that_looks_like_a_link_stays_and_is_not_given_anew() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let mut row = get(&ground, workspace).await.expect("settings");
        let old = "www.example.com";
        row.name = old.into();
        let write = ground.write(workspace, async move |conn| Ok(conn.workspace_update(&row).await?));
        write.await.expect("a name of old");
        rename(&ground, workspace, old, "another-slug").await.expect("renamed");
        let kept = patch(&ground, workspace, wire(json!({"name": old, "retention_days": 7}))).await;
        assert_eq!(kept.expect("changed").name, old);
        for name in ["www.example.org", "Go to HTTP://example.com"] {
            let refused = refusal(rename(&ground, workspace, name, "another-slug").await);
            assert_eq!(refused, ("invalid", vec!["/name".to_owned()]), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn five_former_slugs_are_kept_and_older_ones_are_free() {
    grounds(async |ground| {
        let (workspace, other) = (workspace_id(&ground).await, workspace_id(&ground).await);
        for slug in ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"] {
            rename(&ground, workspace, "Test", slug).await.expect("renamed");
        }
        for kept in ["second", "sixth", "seventh"] {
            let refused = refusal(rename(&ground, other, "Other", kept).await);
            assert_eq!(refused, ("invalid", vec!["/slug".to_owned()]), "{kept}");
        }
        rename(&ground, other, "Other", "first").await.expect("renamed");
    })
    .await;
}
