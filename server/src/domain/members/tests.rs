use futures_util::future::join_all;

use super::*;
use crate::{
    domain::{
        invitations::{self, Host},
        people,
        testing::{grounds, refusal, workspace_id},
    },
    store::Word,
};

/// A workspace with a member of each role: owner, admin, developer, viewer.
async fn team(ground: &Ground) -> (Workspace, [User; 4]) {
    let id = workspace_id(ground).await;
    let listed = list(ground, id).await.expect("members").remove(0);
    let owner = ground.store.engine().read().await.expect("a connection").user(listed.member.user_id).await;
    let mut users = vec![owner.expect("a read").expect("the owner")];
    for role in [Role::Admin, Role::Developer, Role::Viewer] {
        let now = ground.clock.now();
        let user = people::expected_user(format!("{role}{}@example.com", id), now);
        let row = Member { workspace_id: id, user_id: user.id, role: Word(role), created_at: now };
        users.push(user.clone());
        let write = ground.write_across(async move |conn| {
            conn.user_insert(&user).await?;
            Ok(conn.member_insert(&row).await?)
        });
        write.await.expect("a member");
    }
    let workspace = ground.store.engine().read().await.expect("a connection").workspace(id).await;
    (workspace.expect("a read").expect("it"), users.try_into().expect("four"))
}

async fn role_of(ground: &Ground, workspace: &Workspace, user: &User) -> Option<Role> {
    let mut conn = ground.store.engine().read().await.expect("a connection");
    conn.member(workspace.id, user.id).await.expect("a read").map(|member| member.role.0)
}

#[tokio::test]
async fn nobody_gives_more_than_they_have_and_the_owner_stays() {
    grounds(async |ground| {
        let (workspace, [owner, admin, developer, viewer]) = team(&ground).await;
        let set =
            async |by: &User, user: &User, role| set_role(&ground, workspace.id, by.id, user.id, role).await;
        assert_eq!(refusal(set(&admin, &owner, Role::Viewer).await).0, "role_refused");
        assert_eq!(refusal(set(&admin, &admin, Role::Owner).await).0, "role_refused");
        assert_eq!(refusal(set(&owner, &viewer, Role::Owner).await).0, "role_refused");
        assert_eq!(refusal(set(&developer, &viewer, Role::Admin).await).0, "role_refused");
        assert_eq!(refusal(remove(&ground, workspace.id, admin.id, owner.id).await).0, "role_refused");
        assert_eq!(refusal(remove(&ground, workspace.id, developer.id, admin.id).await).0, "role_refused");
        set(&admin, &viewer, Role::Admin).await.expect("changed");
        assert_eq!(role_of(&ground, &workspace, &viewer).await, Some(Role::Admin));
        remove(&ground, workspace.id, viewer.id, developer.id).await.expect("removed");
        assert_eq!(role_of(&ground, &workspace, &developer).await, None);
        assert_eq!(refusal(set(&developer, &viewer, Role::Viewer).await).0, "not_found");
    })
    .await;
}

#[tokio::test]
async fn an_owner_cannot_leave_and_others_can() {
    grounds(async |ground| {
        let (workspace, [owner, _, _, viewer]) = team(&ground).await;
        assert_eq!(refusal(leave(&ground, workspace.id, owner.id).await).0, "owner_stays");
        leave(&ground, workspace.id, viewer.id).await.expect("left");
        assert_eq!(refusal(leave(&ground, workspace.id, viewer.id).await).0, "not_found");
    })
    .await;
}

#[tokio::test]
async fn there_is_one_owner_however_many_transfers_meet() {
    grounds(async |ground| {
        let (workspace, [owner, admin, developer, viewer]) = team(&ground).await;
        let heirs = [&admin, &developer, &viewer];
        let all = join_all(heirs.map(|heir| transfer(&ground, &workspace, &owner, heir.id))).await;
        assert_eq!(all.iter().filter(|done| done.is_ok()).count(), 1);
        let members = list(&ground, workspace.id).await.expect("members");
        let owners: Vec<_> = members.iter().filter(|listed| listed.member.role.0 == Role::Owner).collect();
        assert!(owners.len() == 1 && owners[0].member.user_id != owner.id);
        assert_eq!(role_of(&ground, &workspace, &owner).await, Some(Role::Admin));
        let heir = owners[0].member.user_id;
        let heir =
            ground.store.engine().read().await.expect("a connection").user(heir).await.expect("a read");
        let (heir, nobody) = (heir.expect("a user"), UserId::new(ground.clock.now()));
        let to_nobody = transfer(&ground, &workspace, &heir, nobody).await;
        assert_eq!(refusal(to_nobody), ("invalid", vec!["/member".to_owned()]));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_ends_with_the_power_of_who_sent_it() {
    grounds(async |ground| {
        let (workspace, [owner, admin, developer, viewer]) = team(&ground).await;
        let invite = async |by: &User, email: &str, role| {
            let host =
                Host { base: "http://localhost", workspace: &workspace, email: &by.email, role: Role::Admin };
            invitations::invite(&ground, host, email, role).await.expect("invited");
        };
        let open = async || {
            let rows = invitations::list(&ground, workspace.id).await.expect("invitations");
            let mut open: Vec<_> = rows.into_iter().map(|row| row.email).collect();
            open.sort();
            open
        };
        invite(&owner, "stays@example.com", Role::Admin).await;
        invite(&admin, "admin@example.com", Role::Admin).await;
        invite(&admin, "viewer@example.com", Role::Viewer).await;
        set_role(&ground, workspace.id, owner.id, admin.id, Role::Developer).await.expect("demoted");
        assert_eq!(open().await, ["stays@example.com", "viewer@example.com"]);
        remove(&ground, workspace.id, owner.id, admin.id).await.expect("removed");
        assert_eq!(open().await, ["stays@example.com"]);
        invite(&developer, "new@example.com", Role::Viewer).await;
        leave(&ground, workspace.id, developer.id).await.expect("left");
        assert_eq!(open().await, ["stays@example.com"]);
        invite(&viewer, "new@example.com", Role::Viewer).await;
        people::account::delete(&ground, &viewer).await.expect("deleted");
        assert_eq!(open().await, ["stays@example.com"]);
    })
    .await;
}
