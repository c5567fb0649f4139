use futures_util::future::join_all;
use ringhook_openapi::bindings::NewBinding;

use super::*;
use crate::{
    domain::{
        bindings,
        testing::{SID, grounds, provider, refusal, wire, workspace_id},
    },
    store::Ts,
};

fn some(number: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(number)
}

#[tokio::test]
async fn a_quota_is_given_and_taken_back_and_raises_the_revision() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let revision = async || {
            let mut conn = ground.store.engine().read().await.expect("a connection");
            conn.workspace_revision(workspace).await.expect("a read").expect("a workspace")
        };
        assert_eq!(get(&ground, workspace).await.expect("quotas"), Quotas::default());
        for quota in Quota::ALL {
            for number in [some(7), some(u32::MAX), None] {
                let before = revision().await;
                set(&ground, workspace, vec![(*quota, number)]).await.expect("changed");
                assert_eq!(get(&ground, workspace).await.expect("quotas").own(*quota), number, "{quota}");
                assert!(revision().await > before);
            }
        }
        let mut conn = ground.store.engine().read().await.expect("a connection");
        let entry = &conn.audit_page(workspace, None, 1).await.expect("entries")[0];
        assert_eq!(entry.changes.0, json!({"members": {"from": u32::MAX, "to": null}}));
    })
    .await;
}

#[tokio::test]
async fn nobody_has_no_quotas() {
    grounds(async |ground| {
        let nobody = WorkspaceId::new(Ts::from_micros(1));
        assert_eq!(refusal(get(&ground, nobody).await).0, "not_found");
        assert_eq!(refusal(set(&ground, nobody, vec![(Quota::Members, None)]).await).0, "not_found");
    })
    .await;
}

fn device(number: usize) -> NewBinding {
    let address = format!("{number:0>64}");
    wire(json!({"account_sid": SID, "identity": "bob", "channel": "apns_voip", "address": address}))
}

#[tokio::test]
async fn one_binding_too_many_is_refused_also_among_many_at_once() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        provider(&ground, workspace, ringhook_openapi::ProviderKind::Apns).await;
        set(&ground, workspace, vec![(Quota::Bindings, some(3))]).await.expect("changed");
        let all = join_all((0..8).map(|number| bindings::register(&ground, workspace, device(number)))).await;
        assert_eq!(all.iter().filter(|made| made.is_ok()).count(), 3);
        for refused in all.into_iter().filter(Result::is_err) {
            let Err(DomainError::Conflict { code, detail }) = refused else { panic!("another refusal") };
            assert_eq!(code, "quota_reached");
            assert!(detail.contains("3 bindings") && detail.contains("`bindings`"), "{detail}");
        }
        // What is there may still be updated, and what goes makes room.
        let mut conn = ground.store.engine().read().await.expect("a connection");
        let there = conn.bindings_count(workspace).await.expect("a count");
        assert_eq!(there, 3);
        let list =
            bindings::list(&ground, workspace, Default::default(), None, None, 9).await.expect("a list");
        let known = list[0].address.clone().expect("an address");
        let known =
            wire(json!({"account_sid": SID, "identity": "eve", "channel": "apns_voip", "address": known}));
        assert!(!bindings::register(&ground, workspace, known).await.expect("updated").created);
        bindings::delete(&ground, workspace, list[1].id).await.expect("deleted");
        assert!(bindings::register(&ground, workspace, device(100)).await.expect("made").created);
    })
    .await;
}
