//! How long to wait before the next try: exponential with full jitter, or what the network asked for.

use std::time::Duration;

const BASE: Duration = Duration::from_millis(200);
const CAP: Duration = Duration::from_secs(5);
/// A network's own wish counts up to this: no call rings as long, and no clock can add what a header can say.
const ASKED: Duration = Duration::from_secs(3600);

/// The wait after try number `tries` (from 1). `random` is uniform in 0 to 1; a network's own wish, up to an hour, counts as
/// the least.
pub fn wait(tries: u32, random: f64, asked: Option<Duration>) -> Duration {
    let ceiling = BASE.saturating_mul(1 << tries.min(10)).min(CAP);
    ceiling.mul_f64(random.clamp(0.0, 1.0)).max(asked.unwrap_or_default().min(ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_cap_and_honour_the_network() {
        assert_eq!(wait(1, 1.0, None), Duration::from_millis(400));
        assert_eq!(wait(2, 1.0, None), Duration::from_millis(800));
        assert_eq!(wait(2, 0.5, None), Duration::from_millis(400));
        assert_eq!(wait(40, 1.0, None), CAP);
        assert_eq!(wait(1, 0.0, None), Duration::ZERO);
        assert_eq!(wait(1, 1.0, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(wait(1, 1.0, Some(Duration::from_secs(u64::MAX))), ASKED);
    }
}
