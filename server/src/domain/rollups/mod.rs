//! What happened over time. A minute is counted once it is over and its calls can ring no more, and an hour from its
//! minutes; both are kept, so that a month is read as few hundred rows. What is younger is counted when it is asked for.

mod counts;
mod roll;

use std::collections::HashMap;

pub use counts::{Counts, Histogram};
pub use roll::{Rolled, roll};

use super::{Ground, Result};
use crate::store::{
    NotificationId, Ts, WorkspaceId,
    rollups::{CountedCall, CountedDelivery, Span},
};

/// Microseconds.
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
/// Calls whose deliveries are read at once.
const BITE: usize = 500;
/// Calls that are counted when they are asked for, at most: the latest.
const FRESH: i64 = 20_000;

/// The beginning of the span that a time is in.
fn floor(at: Ts, span: i64) -> Ts {
    Ts::from_micros(at.micros().div_euclid(span) * span)
}

fn later(at: Ts, micros: i64) -> Ts {
    Ts::from_micros(at.micros().saturating_add(micros))
}

/// Counts of one workspace from `since` on, each with the beginning of what it counts: hours where they are over, then
/// minutes, then what is younger.
///
/// # Errors
/// When the database fails.
pub async fn since(
    ground: &Ground,
    workspace: WorkspaceId,
    since: Ts,
    by_hours: bool,
) -> Result<Vec<(Ts, Counts)>> {
    let mut conn = ground.store.read(workspace).await?;
    let mut all = Vec::new();
    let mut from = floor(since, MINUTE);
    if by_hours {
        for row in conn.rollups(workspace, Span::Hour, floor(since, HOUR)).await? {
            from = later(row.at, HOUR);
            all.push((row.at, Counts::read(&row.counts)));
        }
    }
    for row in conn.rollups(workspace, Span::Minute, from).await? {
        from = later(row.at, MINUTE);
        all.push((row.at, Counts::read(&row.counts)));
    }
    let end = later(ground.clock.now(), MINUTE);
    let calls = conn.calls_counted(workspace, from, end, FRESH).await?;
    let mut fresh: HashMap<Ts, Vec<CountedCall>> = HashMap::new();
    for call in calls {
        fresh.entry(floor(call.received_at, MINUTE)).or_default().push(call);
    }
    for (at, calls) in fresh {
        let mut counted = Counted::new();
        for bite in calls.chunks(BITE) {
            let deliveries = conn.deliveries_counted(workspace, &ids(bite)).await?;
            count(&mut counted, bite, deliveries);
        }
        all.extend(counted.into_values().map(|counts| (at, counts)));
    }
    all.sort_by_key(|(at, _)| *at);
    Ok(all)
}

/// What was counted, by workspace.
type Counted = HashMap<WorkspaceId, Counts>;

fn ids(calls: &[CountedCall]) -> Vec<NotificationId> {
    calls.iter().map(|call| call.id).collect()
}

/// Since when a call waits for its devices. Nobody was there for one that was answered 404: who takes it later came late,
/// and says nothing of how fast calls ring.
fn waiting_since(call: &CountedCall) -> Option<Ts> {
    (call.answer_status != Some(404)).then_some(call.received_at)
}

/// Counts calls with their deliveries.
fn count(all: &mut Counted, calls: &[CountedCall], deliveries: Vec<CountedDelivery>) {
    let waited: HashMap<NotificationId, Option<Ts>> =
        calls.iter().map(|call| (call.id, waiting_since(call))).collect();
    for call in calls {
        all.entry(call.workspace_id).or_default().call(call.outcome.0);
    }
    for delivery in deliveries {
        let since = waited.get(&delivery.notification_id).copied().unwrap_or(Some(delivery.created_at));
        all.entry(delivery.workspace_id).or_default().delivery(&delivery, since);
    }
}

#[cfg(test)]
mod tests;
