//! What one workspace, and what a stranger, may ask of this node. All limits are per node, and refuse early: before
//! the database is asked.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use moka::sync::Cache;

use crate::store::WorkspaceId;

/// Calls of one workspace that wait to be recorded: with more, another's call would stand behind them.
const RECORDING: usize = 512;
/// Refused requests a second from one address on one webhook, and how many at once.
const STRANGER: NonZeroU32 = NonZeroU32::new(10).unwrap();
const STRANGER_BURST: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// The buckets.
pub(super) struct Limits {
    calls: DefaultKeyedRateLimiter<WorkspaceId>,
    strangers: DefaultKeyedRateLimiter<(Vec<u8>, Option<IpAddr>)>,
    recording: Cache<WorkspaceId, Arc<AtomicUsize>>,
}

/// A place among the calls that wait to be recorded.
pub(super) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Limits {
    /// `calls_per_second` is each workspace's rate of verified calls; twice as many may come at once.
    pub(super) fn new(calls_per_second: NonZeroU32) -> Self {
        let calls = Quota::per_second(calls_per_second).allow_burst(calls_per_second.saturating_mul(TWICE));
        Self {
            calls: RateLimiter::keyed(calls),
            strangers: RateLimiter::keyed(Quota::per_second(STRANGER).allow_burst(STRANGER_BURST)),
            recording: Cache::builder().time_to_idle(Duration::from_secs(60)).build(),
        }
    }

    /// Whether a verified call of this workspace may pass.
    pub(super) fn admits_call(&self, workspace: WorkspaceId) -> bool {
        self.calls.check_key(&workspace).is_ok()
    }

    /// Whether a request that proved nothing may cost us a closer look.
    pub(super) fn admits_stranger(&self, token_hash: &[u8], address: Option<IpAddr>) -> bool {
        self.strangers.check_key(&(token_hash.to_vec(), address)).is_ok()
    }

    /// A place among the workspace's calls that wait to be recorded.
    pub(super) fn place(&self, workspace: WorkspaceId) -> Option<Place> {
        let count = self.recording.get_with(workspace, Arc::default);
        let place = Place(count.clone());
        (count.fetch_add(1, Ordering::Relaxed) < RECORDING).then_some(place)
    }

    /// Forgets who has not come for a while.
    pub(super) fn forget_idle(&self) {
        self.calls.retain_recent();
        self.strangers.retain_recent();
    }
}

const TWICE: NonZeroU32 = NonZeroU32::new(2).unwrap();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Ts;

    fn workspace(number: i64) -> WorkspaceId {
        WorkspaceId::new(Ts::from_micros(number))
    }

    #[test]
    fn a_flood_spends_its_own_bucket() {
        let limits = Limits::new(NonZeroU32::MIN);
        let (flooding, calm) = (workspace(1), workspace(2));
        let passed = (0..100).filter(|_| limits.admits_call(flooding)).count();
        assert_eq!(passed, 2);
        assert!(limits.admits_call(calm));
    }

    #[test]
    fn strangers_are_told_apart_by_webhook_and_address() {
        let limits = Limits::new(NonZeroU32::MIN);
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        let passed = (0..1000).filter(|_| limits.admits_stranger(b"a", address)).count();
        assert!((50..60).contains(&passed), "{passed}");
        assert!(limits.admits_stranger(b"b", address));
        assert!(limits.admits_stranger(b"a", None));
    }

    #[test]
    fn places_come_back() {
        let limits = Limits::new(NonZeroU32::MIN);
        let id = workspace(1);
        let places: Vec<_> = (0..RECORDING).map_while(|_| limits.place(id)).collect();
        assert_eq!(places.len(), RECORDING);
        assert!(limits.place(id).is_none());
        assert!(limits.place(workspace(2)).is_some());
        drop(places);
        assert!(limits.place(id).is_some());
    }
}
