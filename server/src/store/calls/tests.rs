//! What is read of calls that are still young.

use std::time::Duration;

use ringhook_openapi::{Channel, DeliveryState};

use super::*;
use crate::{
    domain::{
        Ground,
        testing::{SID, grounds, workspace_id},
    },
    store::{DeliveryId, Word, testing::new_call},
};

async fn record(ground: &Ground, calls: Vec<NewCall>) {
    let record = async move |conn: &mut Across| conn.calls_record(calls).await;
    ground.store.engine().write(record).await.expect("recorded");
}

fn delivery(call: &NewCall, binding: BindingId) -> Delivery {
    let (payload, at) = (&call.payload, call.payload.received_at);
    Delivery {
        id: DeliveryId::new(at),
        workspace_id: payload.workspace_id,
        notification_id: payload.notification_id,
        binding_id: binding,
        channel: Word(Channel::Websocket),
        provider_id: None,
        device_id: None,
        state: Word(DeliveryState::Pending),
        cause: None,
        reason: None,
        tries: 0,
        created_at: at,
        expires_at: payload.keep_until,
        next_attempt_at: at,
        lease_owner: None,
        lease_until: None,
        ended_at: None,
        acknowledged_after_ms: None,
    }
}

#[tokio::test]
async fn of_many_young_calls_the_newest_are_read_with_what_became_of_them_for_one_device() {
    grounds(async |ground| {
        let (workspace, now) = (workspace_id(&ground).await, ground.clock.now());
        let [ours, theirs] = [1, 2].map(|number| BindingId::new(Ts::from_micros(number)));
        let ages = [4, 3, 2, 1].map(Duration::from_secs);
        let mut calls = ages.map(|age| new_call(workspace, SID, "bob", now - age));
        calls[2].deliveries = [ours, theirs].map(|binding| delivery(&calls[2], binding)).to_vec();
        calls[3].deliveries = vec![delivery(&calls[3], theirs)];
        let ids = [0, 1, 2, 3].map(|number: usize| calls[number].payload.notification_id);
        let eve = new_call(workspace, SID, "eve", now);
        record(&ground, calls.into_iter().chain([eve]).collect()).await;

        let mut conn = ground.store.read(workspace).await.expect("a connection");
        let young = conn.payloads_young(workspace, SID, "bob", now, 3).await.expect("read");
        let young: Vec<_> = young.iter().map(|payload| payload.notification_id).collect();
        assert_eq!(young, ids[1..]);
        let known = conn.deliveries_to(workspace, ours, &young).await.expect("read");
        let known: Vec<_> = known.iter().map(|row| (row.notification_id, row.binding_id)).collect();
        assert_eq!(known, [(ids[2], ours)]);
        let later = now + Duration::from_secs(60);
        assert!(conn.payloads_young(workspace, SID, "bob", later, 3).await.expect("read").is_empty());
    })
    .await;
}

#[tokio::test]
async fn whom_young_calls_are_for_is_told_once_of_every_workspace() {
    grounds(async |ground| {
        let (workspace, now) = (workspace_id(&ground).await, ground.clock.now());
        let other = workspace_id(&ground).await;
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        let calls = vec![
            new_call(workspace, SID, "bob", now),
            new_call(workspace, SID, "bob", now - second),
            new_call(workspace, SID, "eve", now - minute),
            new_call(other, SID, "bob", now),
        ];
        record(&ground, calls).await;
        let mut conn = ground.store.engine().read().await.expect("a connection");
        let mut callees = conn.callees_young(now, 10).await.expect("read");
        callees.sort();
        let bob = |workspace| (workspace, SID.to_owned(), "bob".to_owned());
        let mut expected = [workspace, other].map(bob);
        expected.sort();
        assert_eq!(callees, expected);
        assert_eq!(conn.callees_young(now, 1).await.expect("read").len(), 1);
    })
    .await;
}
