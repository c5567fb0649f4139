//! What dies is taken over: leases are renewed while a delivery is worked on, and those that ran out are claimed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream};
use ringhook_openapi::{Cause, Channel, DeliveryState};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Call, Dispatch, LEASE, Leg, Tally, call::CallParts};
use crate::{
    bus::{Callee, Others},
    domain::notifications,
    metrics::metrics,
    store::{
        Across, NotificationId, Result,
        bindings::Binding,
        deliveries::{DeliveryKey, Ended, Progress, Step},
        notifications::Delivery,
        range::Range,
    },
};

/// How often this node looks for leases to renew.
const RENEW: Duration = Duration::from_millis(1500);
/// Leases renewed in one transaction: calls that are recorded go in between.
const RENEWED: usize = 250;
/// How often this node looks for orphans.
const CLAIM: Duration = Duration::from_millis(500);
/// A database that has answered no claim for so long may have been away, and leases may not have been renewed meanwhile.
const AWAY: Duration = Duration::from_secs(2);
/// How often this node looks for calls that nobody ended.
const FORGOTTEN: Duration = Duration::from_secs(3);
/// What is left is young: it is looked for among the calls of so long, before and after now, which lie on two days.
const NEAR: Duration = Duration::from_secs(43_200);
/// One look of so many is at the whole log: for what was left while nobody looked, or by a node whose clock was off. About
/// once a minute.
const WIDELY: u32 = 120;
const FORGOTTEN_WIDELY: u32 = 20;
/// Such calls ended at once.
const FORGOTTEN_AT_ONCE: i64 = 500;
/// Orphans taken over at once.
const CLAIMED: i64 = 500;
/// Calls resumed side by side: a callee waits for each round trip, and new calls need connections too.
const RESUMED: usize = 4;

/// Keeps the leases of what this node works on, until nothing is under way any more.
pub async fn renew_leases(dispatch: Arc<Dispatch>) {
    while pause(&dispatch.ended, RENEW).await {
        let mut keys: Vec<DeliveryKey> =
            dispatch.running().ids.iter().map(|(id, call)| (*call, *id)).collect();
        // Of few days at a time.
        keys.sort_unstable();
        for keys in keys.chunks(RENEWED) {
            if dispatch.ended.is_cancelled() {
                return;
            }
            let (node, until, keys) = (dispatch.node, dispatch.ground.clock.now() + LEASE, keys.to_vec());
            let renew = async move |conn: &mut Across| conn.deliveries_renew(node, &keys, until).await;
            if let Err(error) = dispatch.ground.store.engine().write_behind(renew).await {
                tracing::warn!(%error, "leases not renewed");
            }
        }
    }
}

/// Waits; false once `end` is cancelled.
async fn pause(end: &CancellationToken, time: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        () = end.cancelled() => false,
    }
}

/// Takes over what this node held when it last died: nothing of it runs any more.
pub async fn take_over(dispatch: &Arc<Dispatch>) {
    if let Err(error) = dispatch.hand_back().await {
        tracing::warn!(%error, "leases of an earlier life run out by themselves");
    }
    claim(dispatch, Range::ALL).await;
}

/// Takes over what other nodes left. While the database is away the leases of all run out; so once it is back, those who live
/// renew theirs first, or each would ring what another rings already.
pub async fn claim_orphans(dispatch: Arc<Dispatch>) {
    let mut answered = Instant::now();
    for number in (1..=WIDELY).cycle() {
        if !pause(&dispatch.stopping, CLAIM).await {
            return;
        }
        if answered.elapsed() > AWAY {
            if dispatch.ground.store.ping().await.is_err() {
                continue;
            }
            if !pause(&dispatch.stopping, LEASE).await {
                return;
            }
        }
        if claim(&dispatch, range(&dispatch, number == WIDELY)).await {
            answered = Instant::now();
        }
    }
}

/// The calls that are looked through for what was left: those of these hours, and now and then all of them.
fn range(dispatch: &Dispatch, all: bool) -> Range {
    match all {
        true => Range::ALL,
        false => Range::around(dispatch.ground.clock.now(), NEAR),
    }
}

/// Ends notifications whose deliveries have all ended without anybody having said so: their node died in between.
pub async fn end_forgotten(dispatch: Arc<Dispatch>) {
    for number in (0..FORGOTTEN_WIDELY).cycle() {
        let range = range(&dispatch, number == 0);
        if let Err(error) = end_forgotten_once(&dispatch, range).await {
            tracing::warn!(%error, "open calls not read");
        }
        if !pause(&dispatch.stopping, FORGOTTEN).await {
            return;
        }
    }
}

/// Claims until nothing is left to claim, or there is no room for more: who dies under load leaves more than one batch. False
/// when the database did not answer, or only after a while in which it may have been away.
async fn claim(dispatch: &Arc<Dispatch>, range: Range) -> bool {
    while dispatch.has_room() && !dispatch.stopping.is_cancelled() {
        let (node, now) = (dispatch.node, dispatch.ground.clock.now());
        let claim = async move |conn: &mut Across| {
            conn.deliveries_claim(node, now, now + LEASE, range, CLAIMED).await
        };
        let asked = Instant::now();
        let claimed = match dispatch.ground.store.engine().write(claim).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, "orphaned deliveries not claimed");
                return false;
            }
        };
        let was_away = asked.elapsed() > AWAY;
        let last = claimed.len() < usize::try_from(CLAIMED).unwrap_or(usize::MAX);
        resume(dispatch, claimed).await;
        if was_away || last {
            return !was_away;
        }
    }
    true
}

/// Rings on with what was claimed. It is in our hands from here on, so its leases are renewed however long it takes.
async fn resume(dispatch: &Arc<Dispatch>, claimed: Vec<Delivery>) {
    let mut calls: HashMap<NotificationId, Vec<Delivery>> = HashMap::new();
    {
        let mut running = dispatch.running();
        for delivery in claimed {
            // What was in our hands before is still being worked on: its lease ran out while the database was away.
            if running.add(delivery.workspace_id, (delivery.notification_id, delivery.id)) {
                calls.entry(delivery.notification_id).or_default().push(delivery);
            }
        }
    }
    let resuming = calls.into_iter().map(|(id, deliveries)| resume_call(dispatch, id, deliveries));
    stream::iter(resuming).buffer_unordered(RESUMED).collect::<()>().await;
}

async fn resume_call(dispatch: &Arc<Dispatch>, id: NotificationId, deliveries: Vec<Delivery>) {
    let mut left: HashMap<_, _> =
        deliveries.iter().map(|delivery| (delivery.id, delivery.workspace_id)).collect();
    metrics().took_over(deliveries.len());
    tracing::info!(notification = %id, deliveries = deliveries.len(), "taken over");
    match reopen(dispatch, id, deliveries).await {
        Ok(Some((call, legs))) => {
            left.retain(|id, _| legs.iter().all(|leg| leg.id != *id));
            // Whoever joined later has looked for it.
            dispatch.ring(&call, legs, Others::Leave);
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, notification = %id, "not resumed yet"),
    }
    let mut running = dispatch.running();
    left.into_iter().for_each(|(delivery, workspace)| running.remove(workspace, delivery));
}

/// A claimed call and those of its deliveries that are ours to ring; nothing when it is too old, which is noted.
async fn reopen(
    dispatch: &Dispatch,
    id: NotificationId,
    deliveries: Vec<Delivery>,
) -> Result<Option<(Arc<Call>, Vec<Leg>)>> {
    let mut conn = dispatch.ground.store.engine().read().await?;
    let Some(payload) = conn.payload(id).await? else {
        expire(dispatch, deliveries);
        return Ok(None);
    };
    let all = conn.deliveries_of(payload.workspace_id, id).await?;
    let now = dispatch.ground.clock.now();
    let opened = notifications::open(&dispatch.ground, &payload);
    let Some((raw, notification)) = opened.filter(|_| payload.keep_until > now) else {
        expire(dispatch, deliveries);
        return Ok(None);
    };
    let call = Call::new(CallParts {
        id,
        callee: Callee {
            workspace: payload.workspace_id,
            account_sid: payload.account_sid,
            identity: payload.identity,
        },
        message_id: notification.message_id,
        received_at: payload.received_at,
        expires_at: payload.keep_until,
        // Never longer than a new call's, though the clock was set back.
        left: now.until(payload.keep_until).min(payload.received_at.until(payload.keep_until)),
        raw,
        fields: notification.fields,
        tally: Tally::of(all.iter().map(|delivery| delivery.state.0)),
    });
    // The end of one may have been written since it was claimed; or this took so long that another node claimed it.
    let ours = |row: &&Delivery| row.is_leased_to(dispatch.node, now);
    let ours: HashSet<_> = all.iter().filter(ours).map(|row| row.id).collect();
    let deliveries: Vec<Delivery> =
        deliveries.into_iter().filter(|delivery| ours.contains(&delivery.id)).collect();
    let rung: Vec<_> = deliveries.iter().map(|delivery| delivery.binding_id).collect();
    let mut bindings = conn.bindings_rung(call.callee.workspace, &rung).await?;
    // A device that changed user since must not ring for the old one.
    bindings.retain(|binding| binding.identity == call.callee.identity);
    let legs = deliveries.into_iter().map(|delivery| leg_of(delivery, &bindings)).collect();
    Ok(Some((call, legs)))
}

fn leg_of(delivery: Delivery, bindings: &[Binding]) -> Leg {
    let binding = match delivery.channel.0 {
        Channel::Websocket => None,
        _ => bindings.iter().find(|binding| binding.id == delivery.binding_id).cloned(),
    };
    Leg {
        id: delivery.id,
        channel: delivery.channel.0,
        binding,
        binding_id: delivery.binding_id,
        tries: delivery.tries,
    }
}

/// Ends deliveries whose call is too old, or has no payload left to send.
fn expire(dispatch: &Dispatch, deliveries: Vec<Delivery>) {
    let now = dispatch.ground.clock.now();
    for delivery in &deliveries {
        let cause = delivery.cause.map_or(Cause::TooOld, |cause| cause.0);
        let (workspace, channel) = (delivery.workspace_id, delivery.channel.0);
        metrics().delivered(workspace, channel, DeliveryState::Expired, Some(cause));
    }
    let steps = deliveries.into_iter().map(|delivery| {
        let key = (delivery.notification_id, delivery.id);
        Step {
            cause: Some(delivery.cause.map_or(Cause::TooOld, |cause| cause.0)),
            reason: delivery.reason,
            ..Step::ended(key, DeliveryState::Expired, delivery.tries, now)
        }
    });
    dispatch.journal.note(Progress { steps: steps.collect(), ..Progress::default() });
}

async fn end_forgotten_once(dispatch: &Arc<Dispatch>, range: Range) -> Result<()> {
    let now = dispatch.ground.clock.now();
    let before = now - LEASE;
    let mut conn = dispatch.ground.store.engine().read().await?;
    let mut ends = Vec::new();
    for open in conn.notifications_forgotten(before, range, FORGOTTEN_AT_ONCE).await? {
        let deliveries = conn.deliveries_of(open.workspace_id, open.id).await?;
        let tally = Tally::of(deliveries.iter().map(|delivery| delivery.state.0));
        ends.push(Ended { notification_id: open.id, outcome: tally.outcome(), at: now });
    }
    drop(conn);
    if !ends.is_empty() {
        dispatch.journal.note(Progress { ends, ..Progress::default() });
    }
    Ok(())
}
