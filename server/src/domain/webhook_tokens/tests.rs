use super::*;
use crate::{
    domain::testing::{grounds, refusal, workspace},
    secrets,
};

fn grace(seconds: u32) -> NewWebhookToken {
    NewWebhookToken { grace_seconds: seconds }
}

async fn texts(ground: &Ground, workspace: WorkspaceId) -> Vec<String> {
    let shown = list(ground, workspace).await.expect("tokens");
    shown.into_iter().map(|token| token.token.to_string()).collect()
}

#[tokio::test]
async fn an_older_token_holds_for_its_grace() {
    grounds(async |ground| {
        let made = workspace(&ground).await;
        assert_eq!(texts(&ground, made.id).await, std::slice::from_ref(&made.webhook_token));
        let second = create(&ground, made.id, grace(60)).await.expect("a token");
        assert_eq!(second.row.token_hash, secrets::hash(&second.token));
        let shown = list(&ground, made.id).await.expect("tokens");
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0].row.ends_at, Some(second.row.created_at + Duration::from_secs(60)));
        assert_eq!(shown[1].row.ends_at, None);
        // A longer grace prolongs no end.
        create(&ground, made.id, grace(600)).await.expect("a token");
        let again = list(&ground, made.id).await.expect("tokens");
        assert_eq!(again[0].row.ends_at, shown[0].row.ends_at);
        let last = create(&ground, made.id, grace(0)).await.expect("a token");
        assert_eq!(texts(&ground, made.id).await, [last.token.to_string()]);
    })
    .await;
}

#[tokio::test]
async fn the_token_that_lasts_stays() {
    grounds(async |ground| {
        let made = workspace(&ground).await;
        let other = workspace(&ground).await.id;
        let first = list(&ground, made.id).await.expect("tokens").remove(0).row.id;
        assert_eq!(refusal(delete(&ground, made.id, first).await).0, "last_webhook_token");
        let second = create(&ground, made.id, grace(60)).await.expect("a token").row.id;
        assert_eq!(refusal(delete(&ground, made.id, second).await).0, "last_webhook_token");
        assert_eq!(refusal(delete(&ground, other, first).await).0, "not_found");
        delete(&ground, made.id, first).await.expect("ended");
        assert_eq!(refusal(delete(&ground, made.id, first).await).0, "not_found");
        assert_eq!(list(&ground, made.id).await.expect("tokens").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn grace_and_number_have_their_limits() {
    grounds(async |ground| {
        let workspace = workspace(&ground).await.id;
        let refused = create(&ground, workspace, grace(GRACE_LIMIT + 1)).await.map(drop);
        assert_eq!(refusal(refused), ("invalid", vec!["/grace_seconds".into()]));
        for _ in 1..TOKENS {
            create(&ground, workspace, grace(GRACE_LIMIT)).await.expect("a token");
        }
        let refused = create(&ground, workspace, grace(60)).await.map(drop);
        assert_eq!(refusal(refused).0, "too_many_webhook_tokens");
    })
    .await;
}
