use ringhook_openapi::{Cause, Channel};

use super::*;
use crate::{
    domain::testing::{grounds, workspace_id},
    store::{
        BindingId, DeliveryId, NotificationId, Ts, WorkspaceId,
        calls::Repeat,
        notifications::{Delivery, Notification},
    },
};

fn at(second: i64) -> Ts {
    Ts::from_micros(1_790_000_000_000_000 + second * 1_000_000)
}

#[test]
fn a_round_holds_each_key_once_and_keeps_its_order() {
    let items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (3, 'd'), (2, 'e'), (1, 'f')];
    let rounds = rounds(items, |item| item.0);
    let expected = [vec![(1, 'b'), (2, 'a'), (3, 'd')], vec![(1, 'f'), (2, 'c')], vec![(2, 'e')]];
    assert_eq!(rounds, expected);
}

#[test]
fn a_binding_keeps_the_last_time_of_each_kind() {
    let (one, two) = (BindingId::new(at(1)), BindingId::new(at(2)));
    let note = |binding_id, second, accepted| BindingNote {
        workspace_id: WorkspaceId::new(at(0)),
        binding_id,
        at: at(second),
        accepted,
        dead: None,
    };
    let notes = [note(one, 3, false), note(one, 4, true), note(one, 5, false), note(two, 6, false)];
    assert_eq!(notified(&notes), [(one, at(5), Some(at(4))), (two, at(6), None)]);
}

fn notification(workspace_id: WorkspaceId, number: i64) -> Notification {
    Notification {
        id: NotificationId::new(at(number)),
        workspace_id,
        account_sid: "AC1".into(),
        identity: "bob".into(),
        call_sid: "CA1".into(),
        message_id: format!("WB{number}"),
        message_type: "twilio.voice.call".into(),
        payload: "{}".into(),
        idempotency_token: None,
        test: false,
        received_at: at(number),
        outcome: Word(Outcome::InProgress),
        reason: None,
        detail: None,
        answer_status: None,
        answer_after_ms: None,
        ended_at: None,
    }
}

fn mark(notification: &Notification) -> Repeat {
    Repeat {
        workspace_id: notification.workspace_id,
        account_sid: notification.account_sid.clone(),
        message_id: notification.message_id.clone(),
        notification_id: notification.id,
        received_at: notification.received_at,
        answer_status: None,
        answer_bindings: None,
        answer_accepted: None,
    }
}

fn delivery(notification: &Notification, number: i64) -> Delivery {
    Delivery {
        id: DeliveryId::new(at(number)),
        workspace_id: notification.workspace_id,
        notification_id: notification.id,
        binding_id: BindingId::new(at(0)),
        channel: Word(Channel::Fcm),
        provider_id: None,
        device_id: None,
        state: Word(DeliveryState::Pending),
        cause: None,
        reason: None,
        tries: 0,
        created_at: at(0),
        expires_at: at(100),
        next_attempt_at: at(0),
        lease_owner: None,
        lease_until: None,
        ended_at: None,
        acknowledged_after_ms: None,
    }
}

fn step(delivery: &Delivery, tries: i32, state: DeliveryState) -> Step {
    let ended = state != DeliveryState::Pending;
    Step {
        notification_id: delivery.notification_id,
        delivery_id: delivery.id,
        state,
        cause: (state == DeliveryState::Failed).then_some(Cause::Timeout),
        reason: (state == DeliveryState::Failed).then(|| "timeout".into()),
        tries,
        next_attempt_at: at(i64::from(tries)),
        ended_at: ended.then_some(at(i64::from(tries))),
        acknowledged_after_ms: (state == DeliveryState::Acknowledged).then_some(7),
    }
}

fn end(notification: &Notification, outcome: Outcome) -> Ended {
    Ended { notification_id: notification.id, outcome, at: at(50) }
}

fn answer(notification: &Notification, status: i32, remember: bool) -> Answered {
    Answered {
        workspace_id: notification.workspace_id,
        account_sid: notification.account_sid.clone(),
        message_id: notification.message_id.clone(),
        notification_id: notification.id,
        status,
        after_ms: 12,
        bindings: 3,
        accepted: 1,
        remember,
    }
}

#[tokio::test]
async fn progress_means_the_same_on_both_databases() {
    use DeliveryState::{Accepted, Acknowledged, Dead, Failed, Pending};
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let calls: Vec<_> = (1..=3).map(|number| notification(workspace, number)).collect();
        let legs: Vec<_> = (1..=5).map(|number| delivery(&calls[0], number)).collect();
        let steps: [&[DeliveryState]; 5] = [
            &[Pending, Accepted],
            // Late acceptances and acknowledgements count; nothing else changes what has ended.
            &[Failed, Accepted, Acknowledged, Accepted],
            &[Dead, Failed],
            &[Pending, Pending, Failed],
            &[Acknowledged, Pending],
        ];
        let mut progress = Progress { deliveries: legs.clone(), ..Progress::default() };
        for (leg, states) in legs.iter().zip(steps) {
            progress.steps.extend((1..).zip(states).map(|(tries, state)| step(leg, tries, *state)));
        }
        progress.answers = vec![answer(&calls[0], 200, true), answer(&calls[1], 404, false)];
        progress.ends = vec![
            end(&calls[0], Outcome::Accepted),
            end(&calls[0], Outcome::Failed),
            end(&calls[1], Outcome::Failed),
            end(&calls[1], Outcome::Dead),
        ];
        let (rows, again) = (calls.clone(), progress.clone());
        let write = ground.store.engine().write(async move |conn| {
            for row in &rows {
                conn.notification_insert(row).await?;
                let mark = mark(row);
                run!(conn, |c| diesel::insert_into(repeats::table).values(&mark).execute(c).await?);
            }
            conn.progress_write(progress).await
        });
        write.await.expect("written");
        let mut conn = ground.store.engine().read().await.expect("a connection");
        let states = conn.deliveries_of(workspace, calls[0].id).await.expect("deliveries");
        let found: Vec<_> = states.iter().map(|row| (row.state.0, row.tries, row.ended_at)).collect();
        let ended = |tries| Some(at(tries));
        let expected = [
            (Accepted, 2, ended(2)),
            (Acknowledged, 3, ended(3)),
            (Dead, 1, ended(1)),
            (Failed, 3, ended(3)),
            (Acknowledged, 1, ended(1)),
        ];
        assert_eq!(found, expected);
        assert_eq!(states[3].cause, Some(Word(Cause::Timeout)));
        assert_eq!((states[3].reason.as_deref(), states[0].reason.as_deref()), (Some("timeout"), None));
        assert_eq!((states[1].acknowledged_after_ms, states[0].acknowledged_after_ms), (Some(7), None));

        let mut found = Vec::new();
        for call in &calls {
            let row = conn.notification(workspace, call.id).await.expect("a read").expect("a row");
            let kept = conn.repeat(workspace, "AC1", &call.message_id).await.expect("a read");
            let kept = kept.map(|kept| (kept.answer_status, kept.answer_bindings, kept.answer_accepted));
            found.push((row.outcome.0, row.reason, row.answer_status, row.ended_at, kept));
        }
        let expected = [
            (Outcome::Accepted, None, Some(200), Some(at(50)), Some((Some(200), Some(3), Some(1)))),
            (Outcome::Dead, None, Some(404), Some(at(50)), None),
            (Outcome::InProgress, None, None, None, Some((None, None, None))),
        ];
        assert_eq!(found, expected);

        // To write it twice is to write it once.
        ground
            .store
            .engine()
            .write_behind(async move |conn| conn.progress_write(again).await)
            .await
            .expect("written");
        let states = conn.deliveries_of(workspace, calls[0].id).await.expect("deliveries");
        assert_eq!(
            states.iter().map(|row| row.state.0).collect::<Vec<_>>(),
            [Accepted, Acknowledged, Dead, Failed, Acknowledged]
        );
    })
    .await;
}
