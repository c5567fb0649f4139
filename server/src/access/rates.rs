//! How often one credential may ask the API. Each node grants its share; what is left is told with each answer
//! (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/03/>).

use std::{hash::Hash, num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use super::shares::Shares;
use crate::{
    domain::nodes::Nodes,
    store::{ApiKeyId, WorkspaceId},
};

/// A key may ask this many times its rate at once.
const BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Requests a second of the devices of one user, and how many at once.
const DEVICE: NonZeroU32 = NonZeroU32::new(5).unwrap();
const DEVICE_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();

type Buckets<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// Whose devices ask: workspace, account and identity.
pub type User = (WorkspaceId, String, String);

/// This node's buckets.
struct Granted {
    keys: Buckets<ApiKeyId>,
    users: Buckets<User>,
}

/// The buckets.
pub struct Rates(Shares<Granted>);

/// What is left of a credential's bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Requests that may come at once.
    pub limit: u32,
    /// How many of them are left.
    pub remaining: u32,
    /// Seconds until all of them are there again.
    pub reset: u64,
    /// Seconds until one more may come; `None` when this one may.
    pub wait: Option<u32>,
}

impl Rates {
    /// `per_second` is the rate of an API key, on all nodes together.
    pub fn new(per_second: NonZeroU32, nodes: Nodes) -> Self {
        Self(Shares::new(nodes, move |nodes| {
            let (key, device) = (nodes.share(per_second), nodes.share(DEVICE));
            let keys = Quota::per_second(key).allow_burst(key.saturating_mul(BURST));
            let users = Quota::per_second(device).allow_burst(nodes.share(DEVICE_BURST));
            Granted {
                keys: RateLimiter::keyed(keys).with_middleware(),
                users: RateLimiter::keyed(users).with_middleware(),
            }
        }))
    }

    /// A request under an API key; it counts.
    pub fn of_key(&self, key: ApiKeyId) -> Left {
        taken(&self.0.get().keys, &key)
    }

    /// A request of one user's device; it counts.
    pub fn of_user(&self, user: &User) -> Left {
        taken(&self.0.get().users, user)
    }

    /// Forgets who has not asked for a while.
    pub fn forget_idle(&self) {
        let granted = self.0.get();
        granted.keys.retain_recent();
        granted.users.retain_recent();
    }
}

fn taken<K: Clone + Eq + Hash>(buckets: &Buckets<K>, key: &K) -> Left {
    match buckets.check_key(key) {
        Ok(state) => {
            let (quota, remaining) = (state.quota(), state.remaining_burst_capacity());
            let limit = quota.burst_size().get();
            let reset = quota.replenish_interval() * limit.saturating_sub(remaining);
            Left { limit, remaining, reset: seconds(reset), wait: None }
        }
        Err(refused) => {
            let quota = refused.quota();
            let wait = seconds(refused.wait_time_from(DefaultClock::default().now()));
            let limit = quota.burst_size().get();
            let reset = seconds(quota.burst_size_replenished_in());
            Left { limit, remaining: 0, reset, wait: Some(u32::try_from(wait.max(1)).unwrap_or(u32::MAX)) }
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Ts;

    #[test]
    fn a_node_grants_its_share() {
        let nodes = Nodes::default();
        let rates = Rates::new(NonZeroU32::new(9).expect("nine"), nodes.clone());
        let key = ApiKeyId::new(Ts::from_micros(0));
        assert_eq!(rates.of_key(key).limit, 90);
        nodes.set(3);
        assert_eq!(rates.of_key(key).limit, 30);
    }

    #[test]
    fn a_key_has_its_burst_and_is_told_what_is_left() {
        let rates = Rates::new(NonZeroU32::MIN, Nodes::default());
        let key = ApiKeyId::new(Ts::from_micros(0));
        let first = rates.of_key(key);
        assert_eq!((first.limit, first.remaining, first.wait), (10, 9, None));
        assert!((1..=2).contains(&first.reset), "{first:?}");
        for _ in 0..9 {
            assert_eq!(rates.of_key(key).wait, None);
        }
        let refused = rates.of_key(key);
        assert_eq!((refused.remaining, refused.wait), (0, Some(1)));
        assert_eq!(rates.of_key(ApiKeyId::new(Ts::from_micros(1_000_000))).wait, None);
    }
}
