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
    fn take(&self, key: (WorkspaceId, NonZeroU32)) -> bool {
        self.left.get(&key).is_some_and(|left| left.fetch_sub(1, Ordering::Relaxed) > 0)
    }

    fn found(&self, key: (WorkspaceId, NonZeroU32), left: i64) {
        // The one that is about to be made is not for others.
        self.left.insert(key, Arc::new(AtomicI64::new((left - 1) / PART)));
        if left <= 0 && key.1.get() > CHEAP {
            self.full.insert(key, ());
        }
    }
}

/// Makes sure that one more binding may be made, in the transaction that makes it. Who counts holds a lock until then:
/// of many at the last place, one gets it.
///
/// # Errors
/// 409 `quota_reached`.
pub async fn admit_binding(ground: &Ground, conn: &mut Conn, workspace: WorkspaceId) -> Result<()> {
    let limit = limit(ground, conn, workspace, Quota::Bindings).await?;
    let (headroom, key) = (&ground.headroom, (workspace, limit));
    if headroom.take(key) {
        return Ok(());
    }
    if headroom.full.contains_key(&key) {
        return Err(reached(Quota::Bindings, limit));
    }
    conn.lock(&format!("quota bindings {workspace}")).await?;
    let left = i64::from(limit.get()) - conn.bindings_count(workspace).await?;
    headroom.found(key, left);
    match left > 0 {
        true => Ok(()),
        false => Err(reached(Quota::Bindings, limit)),
    }
}
