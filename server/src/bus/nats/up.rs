//! Whether NATS is reached, as far as is known.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of the joining that has held since, and none while it is away.
#[derive(Debug, Default)]
pub(super) struct Up(AtomicU64);

/// What was known at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen(u64);

const AWAY: u64 = 0;

impl Up {
    pub(super) fn is_up(&self) -> bool {
        self.0.load(Ordering::Relaxed) != AWAY
    }

    pub(super) fn seen(&self) -> Seen {
        Seen(self.0.load(Ordering::Relaxed))
    }

    /// It is reached by joining for the `number`th time, which counts from 1; whether it was reached before.
    pub(super) fn joined(&self, number: u64) -> bool {
        self.0.swap(number, Ordering::Relaxed) != AWAY
    }

    /// It is away.
    pub(super) fn lost(&self) {
        self.0.store(AWAY, Ordering::Relaxed);
    }

    /// What was `seen` holds no more: it is away, unless it was joined again since.
    pub(super) fn lost_since(&self, seen: Seen) {
        let _ = self.0.compare_exchange(seen.0, AWAY, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_it_was_joined_again_says_nothing_of_now() {
        let up = Up::default();
        let away = up.seen();
        assert!(!up.joined(1));
        up.lost_since(away);
        assert!(up.is_up());
        let (first, asked_twice) = (up.seen(), up.seen());
        up.lost_since(first);
        assert!(!up.is_up());
        assert!(!up.joined(2));
        up.lost_since(asked_twice);
        assert!(up.is_up());
        assert!(up.joined(3), "it was up already");
        up.lost();
        assert!(!up.is_up());
    }
}
