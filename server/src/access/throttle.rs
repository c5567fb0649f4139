//! How often one may try where one could guess, by address and by account. Each node grants its share.

use std::{num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::shares::Shares;
use crate::domain::{nodes::Nodes, people::email};

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attempt {
    /// A password.
    Login,
    /// A new account.
    SignUp,
    /// A mail with a link.
    Reset,
    /// A code, or a link's token.
    Code,
    /// An invitation.
    Invite,
    /// The password of who is in already, to confirm.
    Confirm,
}

impl Attempt {
    /// Tries at once, and the pause after which one more is allowed: for one address, and for one account.
    fn quotas(self) -> [(u32, Duration); 2] {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        match self {
            Self::Login => [(30, Duration::from_secs(10)), (10, minutes(1))],
            Self::SignUp => [(20, minutes(2)), (5, minutes(10))],
            Self::Reset => [(20, minutes(2)), (5, minutes(10))],
            Self::Code => [(30, Duration::from_secs(10)), (10, minutes(1))],
            Self::Invite => [(60, minutes(1)), (30, minutes(2))],
            Self::Confirm => [(30, Duration::from_secs(10)), (10, minutes(1))],
        }
    }

    const ALL: [Self; 6] = [Self::Login, Self::SignUp, Self::Reset, Self::Code, Self::Invite, Self::Confirm];
}

/// The buckets.
pub struct Throttle(Shares<Vec<[DefaultKeyedRateLimiter<String>; 2]>>);

/// One node's bucket.
fn bucket(nodes: &Nodes, (burst, pause): (u32, Duration)) -> DefaultKeyedRateLimiter<String> {
    let burst = nodes.share(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
    let quota = Quota::with_period(pause.saturating_mul(nodes.count().get()));
    RateLimiter::keyed(quota.unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN)).allow_burst(burst))
}

impl Throttle {
    /// Full buckets.
    pub fn new(nodes: Nodes) -> Self {
        let buckets =
            |nodes: &Nodes| Attempt::ALL.map(|attempt| attempt.quotas().map(|quota| bucket(nodes, quota)));
        Self(Shares::new(nodes, move |nodes| buckets(nodes).into()))
    }

    /// Whether one more try from `address`, at `account`, may be made; it counts. An account is an e-mail address in any
    /// spelling, or a person's id; empty where none is known.
    pub fn admits(&self, attempt: Attempt, address: &str, account: &str) -> bool {
        let buckets = self.0.get();
        let [by_address, by_account] = &buckets[attempt as usize];
        let account = key(account);
        by_address.check_key(&network(address)).is_ok()
            && (account.is_empty() || by_account.check_key(&account).is_ok())
    }

    /// Forgets who has not tried for a while.
    pub fn forget_idle(&self) {
        self.0.get().iter().flatten().for_each(RateLimiter::retain_recent);
    }
}

/// One key for every spelling that leads to one account.
fn key(account: &str) -> String {
    email::canonical(account).unwrap_or_else(|_| account.trim().to_lowercase())
}

/// Whom an address stands for: with IPv6, a household has a whole /64.
fn network(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V6(ip)) if ip.to_ipv4_mapped().is_none() => {
            ip.segments()[..4].iter().map(|part| format!("{part:x}:")).collect()
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_is_tried_ten_times_however_many_addresses_try() {
        let throttle = Throttle::new(Nodes::default());
        let tries =
            (0..100).filter(|n| throttle.admits(Attempt::Login, &format!("192.0.2.{n}"), "Ann@example.com "));
        assert_eq!(tries.count(), 10);
        assert!(!throttle.admits(Attempt::Login, "192.0.2.200", "ann@example.com"));
        assert!(throttle.admits(Attempt::Login, "192.0.2.200", "bob@example.com"));
        assert!(throttle.admits(Attempt::Reset, "192.0.2.200", "ann@example.com"));
    }

    #[test]
    fn however_an_account_is_spelled_it_is_one() {
        let throttle = Throttle::new(Nodes::default());
        let spellings = [
            "ann@example.com",
            " ANN@Example.COM",
            "ann@exam\u{ad}ple.com",
            "ann@example。com",
            "ann@ｅxample.com",
            "ann@ex%61mple.com",
        ];
        let tries = spellings.iter().cycle().take(60).enumerate();
        let admitted =
            tries.filter(|(n, account)| throttle.admits(Attempt::Login, &format!("192.0.2.{n}"), account));
        assert_eq!(admitted.count(), 10);
    }

    #[test]
    fn several_nodes_admit_as_many_together() {
        let nodes = Nodes::default();
        nodes.set(2);
        let throttle = Throttle::new(nodes);
        let tries =
            (0..100).filter(|n| throttle.admits(Attempt::Login, &format!("192.0.2.{n}"), "ann@example.com"));
        assert_eq!(tries.count(), 5);
    }

    #[test]
    fn one_network_tries_so_often() {
        let throttle = Throttle::new(Nodes::default());
        let tries =
            (0..100).filter(|n| throttle.admits(Attempt::Login, &format!("2001:db8::{n:x}"), &n.to_string()));
        assert_eq!(tries.count(), 30);
        assert!(throttle.admits(Attempt::Login, "2001:db8:0:1::1", "x"));
    }
}
