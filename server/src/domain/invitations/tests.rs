use futures_util::future::join_all;

use super::*;
use crate::domain::{
    quotas::Quota,
    testing::{grounds, refusal, workspace_id},
};

async fn workspace(ground: &Ground) -> Workspace {
    let id = workspace_id(ground).await;
    let found = ground.store.engine().read().await.expect("a connection").workspace(id).await;
    found.expect("a read").expect("it")
}

fn host(workspace: &Workspace, role: Role) -> Host<'_> {
    Host { base: "http://localhost", workspace, email: "ann@example.com", role }
}

/// An invitation as it is mailed, with its token.
async fn invited(ground: &Ground, workspace: &Workspace, email: &str) -> String {
    let (row, _) = host(workspace, Role::Owner).invite(ground, email.into(), Role::Developer).expect("a row");
    let token = secrets::token("");
    let row = Invitation { token_hash: secrets::hash(&token), ..row };
    ground
        .write_across(async move |conn| Ok(conn.invitation_insert(&row).await?))
        .await
        .expect("an invitation");
    token
}

const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn one_link_makes_one_member_however_many_follow_it() {
    grounds(async |ground| {
        let workspace = workspace(&ground).await;
        let token = invited(&ground, &workspace, "new@example.com").await;
        let all = join_all((0..4).map(|_| accept_new(&ground, &token, PASSWORD.into()))).await;
        assert_eq!(all.iter().filter(|made| made.is_ok()).count(), 1);
        for refused in all.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(refused).0, "not_found");
        }
        let members = members::list(&ground, workspace.id).await.expect("members");
        let joined: Vec<_> = members.iter().filter(|listed| listed.email == "new@example.com").collect();
        assert!(joined.len() == 1 && joined[0].member.role.0 == Role::Developer);
        assert!(of_link(&ground, &token).await.expect("a read").is_none());
    })
    .await;
}

#[tokio::test]
async fn a_link_is_for_its_address_alone() {
    grounds(async |ground| {
        let workspace = workspace(&ground).await;
        let first = invited(&ground, &workspace, "new@example.com").await;
        let (user, slug) = accept_new(&ground, &first, PASSWORD.into()).await.expect("an account");
        assert_eq!(slug, workspace.slug);
        let other = invited(&ground, &workspace, "other@example.com").await;
        assert_eq!(refusal(accept(&ground, &other, &user).await).0, "not_found");
        // A proved address logs in: the link alone sets no password.
        let again = invited(&ground, &workspace, "new@example.com").await;
        assert_eq!(refusal(accept_new(&ground, &again, PASSWORD.into()).await).0, "not_found");
        assert_eq!(accept(&ground, &again, &user).await.expect("a member already"), workspace.slug);
        assert_eq!(
            refusal(accept_new(&ground, &other, "short".into()).await),
            ("invalid", vec!["/password".into()])
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_withdrawn_or_sent_again_opens_nothing() {
    grounds(async |ground| {
        let workspace = workspace(&ground).await;
        let token = invited(&ground, &workspace, "new@example.com").await;
        let id = list(&ground, workspace.id).await.expect("invitations")[0].id;
        let other = workspace_id(&ground).await;
        assert_eq!(refusal(withdraw(&ground, other, id).await).0, "not_found");
        send_again(&ground, host(&workspace, Role::Admin), id).await.expect("sent");
        assert!(of_link(&ground, &token).await.expect("a read").is_none());
        let open = list(&ground, workspace.id).await.expect("invitations");
        assert!(open.len() == 1 && open[0].id != id);
        withdraw(&ground, workspace.id, open[0].id).await.expect("withdrawn");
        assert_eq!(refusal(withdraw(&ground, workspace.id, open[0].id).await).0, "not_found");
        let again = send_again(&ground, host(&workspace, Role::Admin), open[0].id).await;
        assert_eq!(refusal(again).0, "not_found");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_has_rules_and_a_quota() {
    grounds(async |ground| {
        let workspace = workspace(&ground).await;
        let invite = async |email: &str, by, role| invite(&ground, host(&workspace, by), email, role).await;
        let at = |pointer: &str| ("invalid", vec![pointer.to_owned()]);
        assert_eq!(refusal(invite("no address", Role::Owner, Role::Viewer).await), at("/email"));
        assert_eq!(refusal(invite("a@example.com", Role::Owner, Role::Owner).await), at("/role"));
        assert_eq!(refusal(invite("a@example.com", Role::Developer, Role::Admin).await), at("/role"));
        assert_eq!(refusal(invite("Owner@example.com", Role::Admin, Role::Viewer).await), at("/email"));
        let three = std::num::NonZeroU32::new(3);
        quotas::set(&ground, workspace.id, vec![(Quota::Members, three)]).await.expect("a quota");
        invite("a@example.com", Role::Admin, Role::Viewer).await.expect("invited");
        // The same address again takes no second place.
        invite("A@example.com", Role::Admin, Role::Developer).await.expect("invited");
        invite("b@example.com", Role::Admin, Role::Viewer).await.expect("invited");
        assert_eq!(refusal(invite("c@example.com", Role::Admin, Role::Viewer).await).0, "quota_reached");
        let open = list(&ground, workspace.id).await.expect("invitations");
        assert!(open.len() == 2 && open[0].role.0 == Role::Developer);
    })
    .await;
}
