use futures_util::future::join_all;

use super::*;
use crate::domain::testing::{grounds, refusal, workspace_id};

fn new(name: &str, scopes: &[Scope]) -> NewApiKey {
    NewApiKey { name: name.into(), scopes: scopes.to_vec(), expires_at: None }
}

/// What a refusal names; the rest of a made key is not for printing.
fn refused(made: Result<Made>) -> (&'static str, Vec<String>) {
    refusal(made.map(|_| ()))
}

#[tokio::test]
async fn a_key_is_known_by_its_hash_alone() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let made = create(&ground, workspace, Role::Developer, new("CI", &[Scope::BindingsRead])).await;
        let made = made.expect("a key");
        assert!(made.key.starts_with(&made.row.prefix) && made.key.len() > 40);
        let mut conn = ground.store.engine().read().await.expect("a connection");
        let found = conn.api_key_opening(&secrets::hash(&made.key)).await.expect("a read");
        let (found, _) = found.expect("the key");
        assert_eq!((found.id, found.scopes()), (made.row.id, vec![Scope::BindingsRead]));
        let entries = conn.audit_page(workspace, None, 1).await.expect("entries");
        assert_eq!(entries[0].action, "api_key_made");
        let told = format!("{} {}", entries[0].target, entries[0].changes.0);
        assert!(told.contains("CI") && told.contains("bindings:read") && !told.contains(made.key.as_str()));
    })
    .await;
}

#[tokio::test]
async fn no_key_may_do_more_than_its_maker() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let make = async |role, scopes: &[Scope]| create(&ground, workspace, role, new("Key", scopes)).await;
        let invalid = |at: &str| ("invalid", vec![at.to_owned()]);
        assert_eq!(refused(make(Role::Developer, &[Scope::WorkspaceWrite]).await), invalid("/scopes"));
        assert_eq!(refused(make(Role::Viewer, &[Scope::BindingsWrite]).await), invalid("/scopes"));
        assert_eq!(refused(make(Role::Owner, &[]).await), invalid("/scopes"));
        let made = make(Role::Admin, &[Scope::WorkspaceWrite]).await.expect("a key");
        let rolled = roll(&ground, workspace, Role::Developer, made.row.id, Duration::ZERO).await;
        assert_eq!(refused(rolled), invalid("/scopes"));
        assert_eq!(scopes_of(Role::Admin), Scope::ALL);
        assert!(!scopes_of(Role::Developer).contains(&Scope::WorkspaceWrite));
    })
    .await;
}

#[tokio::test]
async fn names_and_ends_have_their_rules() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let make = async |new| create(&ground, workspace, Role::Owner, new).await;
        let past = NewApiKey { expires_at: Some(ground.clock.now()), ..new(" ", &[Scope::CallsTest]) };
        let pointers = vec!["/name".to_owned(), "/expires_at".to_owned()];
        assert_eq!(refused(make(past).await), ("invalid", pointers));
        // Pressed twice, or by two: one of them makes it.
        let made = join_all((0..4).map(|_| make(new("Twice", &[Scope::CallsTest])))).await;
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
        for made in made.into_iter().filter(Result::is_err) {
            assert_eq!(refused(made), ("invalid", vec!["/name".to_owned()]));
        }
        // A name is free again when nothing is called so any more.
        let twice = list(&ground, workspace).await.expect("keys")[0].clone();
        revoke(&ground, workspace, twice.id, "Twice").await.expect("revoked");
        make(new("Twice", &[Scope::CallsTest])).await.expect("a key");
    })
    .await;
}

#[tokio::test]
async fn a_rolled_key_holds_for_its_overlap() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let hour = Duration::from_secs(3600);
        let lasting = NewApiKey {
            expires_at: Some(ground.clock.now() + 100 * hour),
            ..new("Server", &[Scope::BindingsRead, Scope::CallsTest])
        };
        let old = create(&ground, workspace, Role::Owner, lasting).await.expect("a key").row;
        let new = roll(&ground, workspace, Role::Owner, old.id, hour).await.expect("a key").row;
        assert_eq!((&new.name, &new.scopes), (&old.name, &old.scopes));
        let lifetime = |key: &ApiKey| key.expires_at.map(|end| key.created_at.until(end));
        assert_eq!(lifetime(&new), lifetime(&old));
        let keys = list(&ground, workspace).await.expect("keys");
        let kept = keys.iter().find(|key| key.id == old.id).expect("the old one");
        assert_eq!(kept.expires_at, Some(new.created_at + hour));
        // Once more, without overlap: it holds no more, and cannot be rolled again.
        roll(&ground, workspace, Role::Owner, old.id, Duration::ZERO).await.expect("a key");
        let again = roll(&ground, workspace, Role::Owner, old.id, hour).await;
        assert_eq!(refused(again).0, "not_found");
        let long = roll(&ground, workspace, Role::Owner, new.id, OVERLAP_LIMIT + hour).await;
        assert_eq!(refused(long), ("invalid", vec!["/overlap".to_owned()]));
    })
    .await;
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_and_is_not_anothers() {
    grounds(async |ground| {
        let (workspace, other) = (workspace_id(&ground).await, workspace_id(&ground).await);
        let made = create(&ground, workspace, Role::Owner, new("Key", &[Scope::CallsTest])).await;
        let id = made.expect("a key").row.id;
        assert_eq!(refusal(revoke(&ground, other, id, "Key").await).0, "not_found");
        assert_eq!(refused(roll(&ground, other, Role::Owner, id, Duration::ZERO).await).0, "not_found");
        assert_eq!(refusal(revoke(&ground, workspace, id, "Kez").await), ("invalid", vec!["/name".into()]));
        revoke(&ground, workspace, id, " Key ").await.expect("revoked");
        assert_eq!(refusal(revoke(&ground, workspace, id, "Key").await).0, "not_found");
        let keys = list(&ground, workspace).await.expect("keys");
        let last = keys.last().expect("it is still listed");
        assert!(last.id == id && !last.holds(ground.clock.now()));
    })
    .await;
}

#[tokio::test]
async fn there_are_not_too_many() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        for number in list(&ground, workspace).await.expect("keys").len()..KEYS {
            let new = new(&number.to_string(), &[Scope::CallsTest]);
            create(&ground, workspace, Role::Owner, new).await.expect("a key");
        }
        let one_more = create(&ground, workspace, Role::Owner, new("One more", &[Scope::CallsTest])).await;
        assert_eq!(refused(one_more).0, "too_many_api_keys");
    })
    .await;
}
