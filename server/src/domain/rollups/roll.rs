//! Counting what is over. Every node may: what is counted twice is kept once.

use super::{BITE, Counted, Counts, HOUR, MINUTE, count, floor, ids, later};
use crate::{
    domain::{Ground, Result},
    store::{
        Across, Ts, Word,
        rollups::{Rollup, Span},
    },
};

/// Age at which a minute is counted: no call rings as long, and what happened is written.
const SETTLED: i64 = 3 * MINUTE;
/// For how long minutes are kept beside their hours.
const MINUTES_KEPT: i64 = 26 * HOUR;
/// For how long hours are kept: as long as any log.
const HOURS_KEPT: i64 = 366 * 24 * HOUR;
/// Minutes or hours counted in one round, at most.
const STEPS: usize = 50;
/// Calls of one minute that are counted, at most.
const CALLS: i64 = 2_000_000;

/// Where a round of counting ended.
#[derive(Debug, Clone, Copy)]
pub struct Rolled {
    /// Where the next one goes on.
    pub next: Ts,
    /// Whether all that is over is counted.
    pub is_done: bool,
}

/// Counts minutes and hours that are over since `from`, or since what was counted last: a few at a time, so that whoever
/// asks may stop in between.
///
/// # Errors
/// When the database fails: then the next round goes on where this one began.
pub async fn roll(ground: &Ground, from: Option<Ts>) -> Result<Rolled> {
    let end = floor(later(ground.clock.now(), -SETTLED), MINUTE);
    let mut at = match from {
        Some(from) => from,
        None => start(ground).await?,
    };
    let mut left = STEPS;
    while at < end {
        if left == 0 {
            return Ok(Rolled { next: at, is_done: false });
        }
        left -= 1;
        // An empty night is one step.
        let next = ground.store.engine().read().await?.log_next(at).await?;
        let Some(next) = next.map(|next| floor(next, MINUTE)).filter(|next| *next < end) else {
            at = end;
            break;
        };
        at = at.max(next);
        // Minutes that old are not kept: the hour is counted at once.
        if at < floor(later(end, -MINUTES_KEPT), HOUR) {
            at = floor(at, HOUR);
            put(ground, Span::Hour, at, of_minutes(ground, at, later(at, HOUR)).await?).await?;
            at = later(at, HOUR);
        } else {
            put(ground, Span::Minute, at, of_minutes(ground, at, later(at, MINUTE)).await?).await?;
            at = later(at, MINUTE);
        }
    }
    hours(ground, end).await?;
    forget(ground, end).await?;
    Ok(Rolled { next: at, is_done: true })
}

async fn start(ground: &Ground) -> Result<Ts> {
    let mut conn = ground.store.engine().read().await?;
    let minute = conn.rollup_latest(Span::Minute).await?.map(|at| later(at, MINUTE));
    let hour = conn.rollup_latest(Span::Hour).await?.map(|at| later(at, HOUR));
    Ok(minute.max(hour).unwrap_or(Ts::from_micros(0)))
}

/// Counts from the log, a minute at a time, so that a busy hour costs no more memory than a busy minute.
async fn of_minutes(ground: &Ground, mut at: Ts, until: Ts) -> Result<Counted> {
    let mut all: Counted = Counted::new();
    while at < until {
        let mut conn = ground.store.engine().read().await?;
        let calls = conn.calls_counted_of_all(at, later(at, MINUTE), CALLS).await?;
        for bite in calls.chunks(BITE) {
            let deliveries = conn.deliveries_counted_of_all(&ids(bite)).await?;
            count(&mut all, bite, deliveries);
        }
        at = later(at, MINUTE);
    }
    Ok(all)
}

/// Counts the hours that are over, from their minutes.
async fn hours(ground: &Ground, end: Ts) -> Result<()> {
    let end = floor(end, HOUR);
    let mut conn = ground.store.engine().read().await?;
    let latest = conn.rollup_latest(Span::Hour).await?;
    let mut at = latest.map_or(Ts::from_micros(0), |latest| later(latest, HOUR));
    drop(conn);
    while at < end {
        let first = ground.store.engine().read().await?.rollup_first(Span::Minute, at).await?;
        let Some(first) = first.map(|first| floor(first, HOUR)).filter(|first| *first < end) else { break };
        let minutes = ground
            .store
            .engine()
            .read()
            .await?
            .rollups_between(Span::Minute, first, later(first, HOUR))
            .await?;
        let mut counted: Counted = Counted::new();
        for row in minutes {
            counted.entry(row.workspace_id).or_default().merge(&Counts::read(&row.counts));
        }
        put(ground, Span::Hour, first, counted).await?;
        at = later(first, HOUR);
    }
    Ok(())
}

async fn put(ground: &Ground, span: Span, at: Ts, counted: Counted) -> Result<()> {
    let row = |(workspace_id, counts): (_, Counts)| Rollup {
        workspace_id,
        span: Word(span),
        at,
        counts: counts.json(),
    };
    let mut rows: Vec<Rollup> = counted.into_iter().map(row).collect();
    // In the order of their keys: two nodes that count the same minute must not wait for each other.
    rows.sort_by_key(|row| row.workspace_id);
    let write = async move |conn: &mut Across| {
        for row in &rows {
            conn.rollup_put(row).await?;
        }
        Ok(())
    };
    Ok(ground.store.engine().write_behind(write).await?)
}

async fn forget(ground: &Ground, end: Ts) -> Result<()> {
    let write = async move |conn: &mut Across| {
        conn.rollups_forget(Span::Minute, later(end, -MINUTES_KEPT)).await?;
        conn.rollups_forget(Span::Hour, later(end, -HOURS_KEPT)).await?;
        Ok(())
    };
    Ok(ground.store.engine().write_behind(write).await?)
}
