use ringhook_openapi::{Cause, Channel, DeliveryState, Outcome};
use serde_json::json;

use super::*;
use crate::{
    domain::testing::{SID, grounds, workspace_id},
    store::{
        Across, BindingId, DeliveryId, Word,
        deliveries::Progress,
        notifications::{Delivery, Notification},
    },
};

fn call(workspace: WorkspaceId, at: Ts, outcome: Outcome) -> Notification {
    let id = NotificationId::new(at);
    Notification {
        id,
        workspace_id: workspace,
        account_sid: SID.into(),
        identity: "bob".into(),
        call_sid: "CA0".into(),
        message_id: id.to_string(),
        message_type: "twilio.voice.call".into(),
        payload: json!({}).to_string(),
        idempotency_token: None,
        test: false,
        received_at: at,
        outcome: Word(outcome),
        reason: None,
        detail: None,
        answer_status: Some(200),
        answer_after_ms: Some(80),
        ended_at: Some(at),
    }
}

fn delivery(call: &Notification, state: DeliveryState) -> Delivery {
    let dead = state == DeliveryState::Dead;
    Delivery {
        id: DeliveryId::new(call.received_at),
        workspace_id: call.workspace_id,
        notification_id: call.id,
        binding_id: BindingId::new(call.received_at),
        channel: Word(Channel::Fcm),
        provider_id: None,
        device_id: None,
        state: Word(state),
        cause: dead.then_some(Word(Cause::AddressGone)),
        reason: dead.then(|| "UNREGISTERED".into()),
        tries: 1,
        created_at: call.received_at,
        expires_at: call.received_at,
        next_attempt_at: call.received_at,
        lease_owner: None,
        lease_until: None,
        ended_at: Some(later(call.received_at, 80_000)),
        acknowledged_after_ms: None,
    }
}

async fn record(ground: &Ground, calls: Vec<(Notification, DeliveryState)>) {
    let write = async move |conn: &mut Across| {
        for (call, state) in &calls {
            conn.notification_insert(call).await?;
            let progress = Progress { deliveries: vec![delivery(call, *state)], ..Progress::default() };
            conn.progress_write(progress).await?;
        }
        Ok(())
    };
    ground.store.engine().write(write).await.expect("written");
}

async fn all(ground: &Ground, workspace: WorkspaceId, by_hours: bool) -> Counts {
    let from = later(ground.clock.now(), -48 * HOUR);
    let mut all = Counts::default();
    for (_, counts) in since(ground, workspace, from, by_hours).await.expect("counts") {
        all.merge(&counts);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_says_what_the_log_said() {
    grounds(async |ground| {
        let (ours, theirs) = (workspace_id(&ground).await, workspace_id(&ground).await);
        let now = ground.clock.now();
        let ago = |minutes: i64| later(now, -minutes * MINUTE);
        let accepted =
            |workspace, minutes| (call(workspace, ago(minutes), Outcome::Accepted), DeliveryState::Accepted);
        let dead = (call(ours, ago(300), Outcome::Dead), DeliveryState::Dead);
        let calls = vec![
            accepted(ours, 1),
            accepted(ours, 10),
            accepted(ours, 10),
            accepted(ours, 200),
            accepted(ours, 40 * 60),
            dead,
            accepted(theirs, 10),
        ];
        record(&ground, calls).await;
        let young = all(&ground, ours, false).await;
        assert_eq!((young.calls(), young.of(Outcome::Accepted), young.of(Outcome::Dead)), (6, 5, 1));
        assert_eq!(young.reasons.get("fcm|address_gone|UNREGISTERED"), Some(&1));
        assert_eq!(young.latency().count(), 5);

        let rolled = roll(&ground, None).await.expect("rolled");
        assert!(rolled.is_done && rolled.next <= now && rolled.next >= ago(5), "up to what may still change");
        assert_eq!(all(&ground, ours, true).await, young);
        assert_eq!(all(&ground, theirs, true).await.calls(), 1);
        let hours = ground.store.engine().read().await.expect("a connection");
        let kept = { hours }.rollups(ours, Span::Hour, ago(48 * 60)).await.expect("hours");
        assert!(!kept.is_empty(), "hours that are over are counted");

        // Counting once more counts nothing twice; and what was counted outlives the log.
        roll(&ground, None).await.expect("rolled");
        let before = ago(5);
        let forget = async move |conn: &mut Across| conn.log_forget(ours, before, 100).await;
        assert_eq!(ground.store.engine().write(forget).await.expect("forgotten"), 5);
        assert_eq!(all(&ground, ours, true).await, young);
        // The last day stands in minutes too.
        assert_eq!(all(&ground, ours, false).await.calls(), 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_without_calls_is_one_step() {
    grounds(async |ground| {
        let now = ground.clock.now();
        let Rolled { next, is_done } = roll(&ground, None).await.expect("rolled");
        assert!(is_done && next <= now && next > later(now, -10 * MINUTE));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_after_a_404_is_no_latency() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let at = later(ground.clock.now(), -10 * MINUTE);
        let late = Notification { answer_status: Some(404), ..call(workspace, at, Outcome::Accepted) };
        let calls = vec![
            (late, DeliveryState::Acknowledged),
            (call(workspace, at, Outcome::Accepted), DeliveryState::Accepted),
        ];
        record(&ground, calls).await;
        let counts = all(&ground, workspace, false).await;
        assert_eq!((counts.of(Outcome::Accepted), counts.latency().count()), (2, 1));
        roll(&ground, None).await.expect("rolled");
        assert_eq!(all(&ground, workspace, true).await, counts);
    })
    .await;
}
