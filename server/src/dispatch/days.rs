//! The log's days, where it lies by the day: made ahead, filled with what came while they were missing, and dropped whole
//! once nobody keeps them. Each step gives up rather than hold up a call, and is tried again in the next round; several
//! nodes may be at it.

use std::time::Duration;

use uuid::Uuid;

use super::Dispatch;
use crate::store::{Across, Day, Diary, NotificationId, Result, Ts};

const DAY: Duration = Duration::from_secs(86_400);
/// Days made ahead: so long all nodes may be away.
const AHEAD: u32 = 3;
/// No call of a day is changed so long after its end: none rings for more than ten minutes.
const QUIET: Duration = Duration::from_secs(3600);
/// Marks against repeats that go in one transaction, and the pause after it.
const BITE: i64 = 1000;
const BREATH: Duration = Duration::from_millis(20);

/// How the log that is kept longest goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByDays {
    /// Of workspaces that keep theirs for so many days.
    pub longest: i32,
    /// All of it that came before has gone with its day, or lies in no day of its own; `None` while a day is still to go.
    pub before: Option<Ts>,
}

/// The beginning of a day (UTC).
fn midnight(at: Ts) -> Ts {
    let day = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX);
    Ts::from_micros(at.micros() - at.micros().rem_euclid(day))
}

/// The day of a call, as far as no other partition reaches into it; `None` where one holds the call.
fn missing(diary: Diary, days: &[Day], call: NotificationId) -> Option<Day> {
    if days.iter().any(|day| day.holds(call)) {
        return None;
    }
    let at = midnight(call.time());
    let (begins, ends) = (NotificationId::first_of(at), NotificationId::first_of(at + DAY));
    let from = days.iter().filter_map(|day| day.until).filter(|until| *until <= call).fold(begins, Ord::max);
    let until = days.iter().filter_map(|day| day.from).filter(|from| *from > call).fold(ends, Ord::min);
    let name = format!("{}_{}", diary.table(), at.utc().format("%Y%m%d"));
    Some(Day { name, from: Some(from), until: Some(until) })
}

/// Makes today and the days ahead. A day that calls have come to already is made when it is over.
/// Answers whether it made one.
pub async fn make(dispatch: &Dispatch) -> Result<bool> {
    let today = midnight(dispatch.ground.clock.now());
    let mut made = false;
    for diary in Diary::ALL {
        let Some(days) = dispatch.ground.store.owner().read().await?.days(diary).await? else {
            return Ok(false);
        };
        for number in 0..=AHEAD {
            let Some(day) = missing(diary, &days, NotificationId::first_of(today + DAY * number)) else {
                continue;
            };
            let (Some(from), Some(until)) = (day.from, day.until) else { continue };
            if dispatch.ground.store.owner().read().await?.day_stray(diary, from, until).await?.is_none() {
                made |= made_now(dispatch, diary, day).await?;
            }
        }
    }
    Ok(made)
}

async fn made_now(dispatch: &Dispatch, diary: Diary, day: Day) -> Result<bool> {
    let name = day.name.clone();
    let made =
        dispatch.ground.store.owner().write(async move |conn| conn.day_make(diary, &day).await).await?;
    if made {
        tracing::info!(day = name, "a day of the log was made");
    }
    Ok(made)
}

/// Moves what came while its day was missing to where it belongs, once the day is over.
async fn settle(dispatch: &Dispatch) -> Result<()> {
    let over = NotificationId::first_of(midnight(dispatch.ground.clock.now() - QUIET));
    for diary in Diary::ALL {
        let mut since = NotificationId(Uuid::nil());
        while !dispatch.stopping.is_cancelled() {
            let mut conn = dispatch.ground.store.owner().read().await?;
            let Some(call) = conn.day_stray(diary, since, over).await? else { break };
            let Some(days) = conn.days(diary).await? else { return Ok(()) };
            drop(conn);
            let Some(day) = missing(diary, &days, call) else { break };
            since = day.until.unwrap_or(over);
            if !made_now(dispatch, diary, day).await? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Drops the days that no workspace keeps, with the marks of their messages; `None` where the log does not lie by days.
async fn drop_old(dispatch: &Dispatch) -> Result<Option<ByDays>> {
    let Some(longest) = dispatch.ground.store.engine().read().await?.retention_longest().await? else {
        return Ok(None);
    };
    let before = midnight(dispatch.ground.clock.now() - DAY * longest.unsigned_abs());
    let mut gone = true;
    for diary in Diary::ALL {
        let Some(days) = dispatch.ground.store.owner().read().await?.days(diary).await? else {
            return Ok(None);
        };
        let old = |day: &Day| day.until.is_some_and(|until| until <= NotificationId::first_of(before));
        for day in days.into_iter().filter(old) {
            gone &= dropped(dispatch, day, longest).await;
        }
    }
    if !gone {
        return Ok(Some(ByDays { longest, before: None }));
    }
    forget_marks(dispatch, before).await?;
    Ok(Some(ByDays { longest, before: Some(before) }))
}

async fn dropped(dispatch: &Dispatch, day: Day, longest: i32) -> bool {
    let name = day.name.clone();
    let drop = async move |conn: &mut Across| {
        // Whoever has come to keep its log longer keeps this day of it.
        match conn.retention_longest().await? {
            Some(now) if now > longest => Ok(false),
            _ => conn.day_drop(&day).await,
        }
    };
    match dispatch.ground.store.owner().write(drop).await {
        Ok(true) => {
            tracing::info!(day = name, "a day of the log was dropped, for nobody keeps it");
            return true;
        }
        Ok(false) => {}
        Err(error) => tracing::info!(%error, day = name, "a day of the log is dropped in a later round"),
    }
    false
}

async fn forget_marks(dispatch: &Dispatch, before: Ts) -> Result<()> {
    while !dispatch.stopping.is_cancelled() {
        let bite = async move |conn: &mut Across| conn.repeats_forget(before, BITE).await;
        if dispatch.ground.store.engine().write_behind(bite).await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// One round of all of it. What fails is tried again in the next one. The whole is measured last, for that is in the way of
/// all else: in the `first` round of a process, and with each new day.
pub async fn round(dispatch: &Dispatch, first: bool) -> Result<Option<ByDays>> {
    let made = make(dispatch).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the log's next days are not made yet");
        false
    });
    let by_days = drop_old(dispatch).await?;
    if let Err(error) = settle(dispatch).await {
        tracing::warn!(%error, "calls of a day that was missing stay apart until the next round");
    }
    if made || first {
        let measured =
            dispatch.ground.store.owner().write(async |conn: &mut Across| conn.days_measure().await);
        if let Err(error) = measured.await {
            tracing::info!(%error, "the log was not measured");
        }
    }
    Ok(by_days)
}

#[cfg(test)]
mod tests;
