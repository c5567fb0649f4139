use serde_json::json;

use super::*;
use crate::domain::{
    Ground,
    testing::{grounds, workspace_id},
};

fn at(second: i64) -> Ts {
    Ts::from_micros(1_790_000_000_000_000 + second * 1_000_000)
}

/// Bob's phone of this number, which is the second of its registration too.
fn phone(workspace_id: WorkspaceId, number: i64) -> Binding {
    Binding {
        id: BindingId::new(at(number)),
        workspace_id,
        account_sid: "AC1".into(),
        identity: "bob".into(),
        channel: Word(Channel::Fcm),
        address: Some(format!("token-{number}")),
        address_hash: number.to_be_bytes().into(),
        keys: None,
        provider_id: None,
        environment: None,
        device_id: None,
        tags: Json(json!([])),
        shared: false,
        status: Word(BindingStatus::Active),
        inactive_reason: None,
        inactive_at: None,
        expires_at: None,
        registered_at: at(number),
        created_at: at(number),
        updated_at: at(number),
        last_notified_at: None,
        last_accepted_at: None,
    }
}

fn inactive(workspace: WorkspaceId, number: i64, reason: Option<&str>) -> Binding {
    Binding {
        status: Word(BindingStatus::Inactive),
        inactive_reason: reason.map(str::to_owned),
        inactive_at: Some(at(100)),
        ..phone(workspace, number)
    }
}

async fn insert(ground: &Ground, workspace: WorkspaceId, rows: Vec<Binding>) {
    let insert = async move |conn: &mut Conn| {
        for row in &rows {
            conn.binding_insert(row).await?;
        }
        Ok(())
    };
    ground.store.write(workspace, insert).await.expect("written");
}

#[tokio::test]
async fn what_networks_called_gone_comes_back_bite_by_bite() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let gone = [Some("gone"), Some(BY_HAND), None, Some("other"), Some("gone")];
        let rows: Vec<_> =
            (0..).zip(gone).map(|(number, reason)| inactive(workspace, number, reason)).collect();
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        insert(&ground, workspace, rows).await;
        let bite = async |after, limit| {
            let undo = Undo::default();
            let bite = async move |conn: &mut Conn| {
                conn.bindings_reactivate(workspace, &undo, (after, limit), at(200)).await
            };
            ground.store.write(workspace, bite).await.expect("written")
        };
        assert_eq!(bite(None, 2).await, [ids[0], ids[2]]);
        assert_eq!(bite(Some(ids[2]), 1).await, [ids[3]]);
        assert_eq!(bite(Some(ids[3]), 9).await, [ids[4]]);
        assert!(bite(None, 9).await.is_empty(), "what is left was made inactive by hand");
    })
    .await;
}

#[tokio::test]
async fn a_binding_that_was_made_inactive_by_hand_is_put_back_by_nobody_else() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let rows = [Some("gone"), None, Some(BY_HAND)];
        let rows: Vec<_> =
            (0..).zip(rows).map(|(number, reason)| inactive(workspace, number, reason)).collect();
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        insert(&ground, workspace, rows).await;
        let activate = async move |conn: &mut Conn| {
            let mut put_back = Vec::new();
            for id in ids {
                put_back.push(conn.binding_activate(workspace, id).await?);
            }
            Ok(put_back)
        };
        assert_eq!(ground.store.write(workspace, activate).await.expect("written"), [true, true, false]);
    })
    .await;
}

#[tokio::test]
async fn a_call_rings_the_devices_that_were_registered_last() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let mut rows: Vec<_> = (0..RUNG + 2).map(|number| phone(workspace, number)).collect();
        let passed_over = [rows[0].id, rows[1].id];
        // The order of making is another.
        rows.reverse();
        insert(&ground, workspace, rows).await;
        let mut conn = ground.store.engine().read().await.expect("a connection");
        let ringing = conn.bindings_ringing(workspace, "AC1", "bob", at(5000)).await.expect("a read");
        let ringing = ringing.expect("a workspace").bindings;
        assert_eq!(ringing.len(), usize::try_from(RUNG).expect("a number"));
        assert!(ringing.iter().all(|binding| !passed_over.contains(&binding.id)));
        let nobody = conn.bindings_ringing(workspace, "AC1", "eve", at(5000)).await.expect("a read");
        assert!(nobody.expect("a workspace").bindings.is_empty());
    })
    .await;
}
