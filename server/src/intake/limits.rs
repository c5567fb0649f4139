//! What one workspace, and what a stranger, may ask of this node. All limits refuse early: before the
//! database is asked. That of calls is for all nodes together, and each grants its share; the others are per node.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use moka::sync::Cache;

use super::Answer;
use crate::{
    domain::{directory::Tenant, nodes::Nodes},
    store::WorkspaceId,
};

/// Calls of one workspace that wait to be recorded: with more, another's call would stand behind them.
const RECORDING: usize = 512;
/// Refused requests a second from one address on one webhook, and how many at once.
const STRANGER: NonZeroU32 = NonZeroU32::new(10).unwrap();
const STRANGER_BURST: NonZeroU32 = NonZeroU32::new(50).unwrap();
/// Refused calls a second for which the database is asked whether the workspace may make more than we know.
const LOOKS: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// A workspace that has not come for so long starts anew; by then its bucket is full again.
const IDLE: Duration = Duration::from_secs(60);

/// How often the log says of a workspace that it is over a limit, and of how many of these that is remembered.
const MINUTE: Duration = Duration::from_secs(60);
const TOLD: u64 = 50_000;

/// The buckets.
pub(super) struct Limits {
    calls: Cache<WorkspaceId, Arc<Bucket>>,
    calls_per_second: NonZeroU32,
    nodes: Nodes,
    strangers: DefaultKeyedRateLimiter<(Vec<u8>, Option<IpAddr>)>,
    recording: Cache<WorkspaceId, Arc<AtomicUsize>>,
    /// Limits of which the log has said within the last minute that a workspace is over them.
    told: Cache<(WorkspaceId, Limit), ()>,
}

/// A workspace's rate of verified calls.
struct Bucket {
    rate: NonZeroU32,
    /// The workspace's revision that this rate is of, or a later one.
    revision: i64,
    calls: DefaultDirectRateLimiter,
    looks: DefaultDirectRateLimiter,
}

impl Bucket {
    fn new(rate: NonZeroU32, revision: i64) -> Arc<Self> {
        let calls = Quota::per_second(rate).allow_burst(rate.saturating_mul(TWICE));
        let looks = Quota::per_second(LOOKS).allow_burst(NonZeroU32::MIN);
        Arc::new(Self {
            rate,
            revision,
            calls: RateLimiter::direct(calls),
            looks: RateLimiter::direct(looks),
        })
    }
}

/// Whether a verified call may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// The bucket is empty.
    Refuse,
    /// The bucket is empty, and it is time to look whether the workspace was given a larger one.
    Look,
}

/// Which limit a webhook met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Limit {
    /// The workspace's rate of verified calls.
    CallsPerSecond,
    /// What the workspace, or this node, has to deliver at once.
    DeliveriesInHand,
    /// Calls that wait to be recorded, the workspace's or this node's.
    Recording,
    /// Requests that proved nothing.
    Unverified,
}

impl Limit {
    /// As the log names it.
    fn word(self) -> &'static str {
        match self {
            Self::CallsPerSecond => "calls_per_second",
            Self::DeliveriesInHand => "deliveries_in_hand",
            Self::Recording => "recording",
            Self::Unverified => "unverified",
        }
    }
}

/// A place among the calls that wait to be recorded.
pub(super) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Limits {
    /// `calls_per_second` is the rate of verified calls of a workspace that was given none of its own; twice as many
    /// may come at once.
    pub(super) fn new(calls_per_second: NonZeroU32, nodes: Nodes) -> Self {
        Self {
            calls: Cache::builder().time_to_idle(IDLE).build(),
            calls_per_second,
            nodes,
            strangers: RateLimiter::keyed(Quota::per_second(STRANGER).allow_burst(STRANGER_BURST)),
            recording: Cache::builder().time_to_idle(IDLE).build(),
            told: Cache::builder().max_capacity(TOLD).time_to_live(MINUTE).build(),
        }
    }

    /// Whether a verified call of this workspace may pass.
    pub(super) fn call(&self, tenant: &Tenant) -> Verdict {
        let rate = tenant.calls_per_second().unwrap_or(self.calls_per_second);
        let rate = self.nodes.share(rate);
        self.call_of(tenant.id(), tenant.workspace.revision, rate)
    }

    fn call_of(&self, workspace: WorkspaceId, revision: i64, rate: NonZeroU32) -> Verdict {
        let bucket = self.bucket(workspace, revision, rate);
        if bucket.calls.check().is_ok() {
            return Verdict::Pass;
        }
        match bucket.looks.check() {
            Ok(()) => Verdict::Look,
            Err(_) => Verdict::Refuse,
        }
    }

    /// The bucket in use; a new one once the rate has changed. Calls that began before that change nothing back.
    fn bucket(&self, workspace: WorkspaceId, revision: i64, rate: NonZeroU32) -> Arc<Bucket> {
        let known = self.calls.get_with(workspace, || Bucket::new(rate, revision));
        if known.rate == rate || known.revision > revision {
            return known;
        }
        let bucket = Bucket::new(rate, revision);
        self.calls.insert(workspace, bucket.clone());
        bucket
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

    /// What a webhook is answered that is over a limit, its workspace's or this node's. The log says so once a minute: who is
    /// over one comes often.
    pub(super) fn refuse(&self, workspace: WorkspaceId, limit: Limit) -> Answer {
        if self.is_to_be_told(workspace, limit) {
            tracing::warn!(%workspace, limit = limit.word(), "webhooks are refused: a limit is reached");
        }
        Answer::Overloaded
    }

    fn is_to_be_told(&self, workspace: WorkspaceId, limit: Limit) -> bool {
        self.told.entry((workspace, limit)).or_insert(()).is_fresh()
    }

    /// Forgets who has not come for a while.
    pub(super) fn forget_idle(&self) {
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

    fn rate(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn passed(limits: &Limits, id: WorkspaceId, revision: i64, per_second: u32) -> usize {
        let pass = |_: &usize| limits.call_of(id, revision, rate(per_second)) == Verdict::Pass;
        (0..1000).filter(pass).count()
    }

    #[test]
    fn a_flood_spends_its_own_bucket() {
        let limits = Limits::new(NonZeroU32::MIN, Nodes::default());
        let (flooding, calm) = (workspace(1), workspace(2));
        assert!((2..10).contains(&passed(&limits, flooding, 1, 1)));
        assert_eq!(limits.call_of(calm, 1, rate(1)), Verdict::Pass);
    }

    #[test]
    fn a_changed_rate_holds_at_once_and_for_good() {
        let limits = Limits::new(NonZeroU32::MIN, Nodes::default());
        let id = workspace(1);
        assert!((2..10).contains(&passed(&limits, id, 1, 1)));
        assert!((200..210).contains(&passed(&limits, id, 2, 100)));
        // One that still had the old rate at hand.
        assert!(passed(&limits, id, 1, 1) < 10);
        assert!(passed(&limits, id, 2, 100) < 10);
        assert!((2..10).contains(&passed(&limits, id, 3, 1)));
    }

    #[test]
    fn who_is_refused_is_looked_at_again_now_and_then() {
        let limits = Limits::new(NonZeroU32::MIN, Nodes::default());
        let id = workspace(1);
        let verdicts: Vec<_> = (0..1000).map(|_| limits.call_of(id, 1, rate(1))).collect();
        let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
        assert!((1..10).contains(&count(Verdict::Look)));
        assert!(count(Verdict::Refuse) > 900);
    }

    #[test]
    fn strangers_are_told_apart_by_webhook_and_address() {
        let limits = Limits::new(NonZeroU32::MIN, Nodes::default());
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        let passed = (0..1000).filter(|_| limits.admits_stranger(b"a", address)).count();
        assert!((50..60).contains(&passed), "{passed}");
        assert!(limits.admits_stranger(b"b", address));
        assert!(limits.admits_stranger(b"a", None));
    }

    #[test]
    fn a_flood_is_told_once_for_each_workspace_and_limit() {
        let limits = Limits::new(NonZeroU32::MIN, Nodes::default());
        let id = workspace(1);
        let told = (0..100).filter(|_| limits.is_to_be_told(id, Limit::Recording)).count();
        assert_eq!(told, 1);
        assert!(limits.is_to_be_told(id, Limit::Unverified));
        assert!(limits.is_to_be_told(workspace(2), Limit::Recording));
    }

    #[test]
    fn places_come_back() {
        let limits = Limits::new(NonZeroU32::MIN, Nodes::default());
        let id = workspace(1);
        let places: Vec<_> = (0..RECORDING).map_while(|_| limits.place(id)).collect();
        assert_eq!(places.len(), RECORDING);
        assert!(limits.place(id).is_none());
        assert!(limits.place(workspace(2)).is_some());
        drop(places);
        assert!(limits.place(id).is_some());
    }
}
