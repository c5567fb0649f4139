//! Counting bindings is slow where there are many. So a count also tells how many more may be made without another one:
//! a part of the room that is left, since other nodes count too; the fuller the workspace, the smaller the part.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;

use super::{Quota, limit, reached};
use crate::{
    domain::{Ground, Result},
    store::{Conn, WorkspaceId},
};

/// This part of the room is given out without counting again: with as many nodes, none is over the quota.
const PART: i64 = 16;
/// How long a count holds: what other nodes make meanwhile is not in it.
const HOLDS: Duration = Duration::from_secs(60);
/// Counting more than these again for each refusal would cost everybody.
const CHEAP: u32 = 10_000;
/// How long a refusal of a large workspace stands without another count.
const FULL: Duration = Duration::from_secs(1);

/// What was counted lately.
#[derive(Clone)]
pub struct Headroom {
    left: Cache<(WorkspaceId, NonZeroU32), Arc<AtomicI64>>,
    full: Cache<(WorkspaceId, NonZeroU32), ()>,
}

impl Default for Headroom {
    fn default() -> Self {
        const WORKSPACES: u64 = 10_000;
        Self {
            left: Cache::builder().max_capacity(WORKSPACES).time_to_live(HOLDS).build(),
            full: Cache::builder().max_capacity(WORKSPACES).time_to_live(FULL).build(),
        }
    }
}

impl Headroom {
    fn take(&self, key: (WorkspaceId, NonZeroU32), wanted: i64) -> bool {
        self.left.get(&key).is_some_and(|left| left.fetch_sub(wanted, Ordering::Relaxed) >= wanted)
    }

    fn found(&self, key: (WorkspaceId, NonZeroU32), left: i64, wanted: i64) {
        // Those that are about to be made are not for others.
        self.left.insert(key, Arc::new(AtomicI64::new((left - wanted).max(0) / PART)));
        if left <= 0 && key.1.get() > CHEAP {
            self.full.insert(key, ());
        }
    }
}

/// Room for bindings that are about to be made, in the transaction that makes them.
pub struct Room {
    left: i64,
    limit: NonZeroU32,
}

impl Room {
    /// Asks for so many. Who counts holds a lock until the transaction ends: of many at the last place, one gets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn for_bindings(
        ground: &Ground,
        conn: &mut Conn,
        workspace: WorkspaceId,
        wanted: usize,
    ) -> Result<Self> {
        let limit = limit(ground, conn, workspace, Quota::Bindings).await?;
        let (headroom, key) = (&ground.headroom, (workspace, limit));
        let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
        if wanted == 0 || headroom.take(key, wanted) {
            return Ok(Self { left: wanted, limit });
        }
        if headroom.full.contains_key(&key) {
            return Ok(Self { left: 0, limit });
        }
        conn.lock(&format!("quota bindings {workspace}")).await?;
        let left = i64::from(limit.get()) - conn.bindings_count(workspace).await?;
        headroom.found(key, left, wanted);
        Ok(Self { left, limit })
    }

    /// Whether there is room for so many.
    pub fn holds(&self, wanted: usize) -> bool {
        i64::try_from(wanted).is_ok_and(|wanted| wanted <= self.left)
    }

    /// Takes the room of one.
    ///
    /// # Errors
    /// 409 `quota_reached`.
    pub fn take(&mut self) -> Result<()> {
        self.left -= 1;
        match self.left >= 0 {
            true => Ok(()),
            false => Err(reached(Quota::Bindings, self.limit)),
        }
    }
}
