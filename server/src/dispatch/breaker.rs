//! A circuit breaker: after a run of failures nobody asks the provider any more, but for one probe at a time.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row that open it.
const FAILURES: u32 = 10;
/// First pause before a probe; it doubles with each probe that fails, up to the last.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
        pause: Duration,
    },
    /// One probe is under way; should nobody report on it until then, another may go.
    Probing {
        until: Instant,
        pause: Duration,
    },
}

/// Whether one may ask now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Ask.
    Go,
    /// Come again at that moment, or when the state has changed.
    Wait(Instant),
}

/// What a report did to the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    None,
    Opened,
    Closed,
}

/// The breaker of one provider. Time is passed in.
#[derive(Debug)]
pub struct Breaker(State);

impl Default for Breaker {
    fn default() -> Self {
        Self(State::Closed { failures: 0 })
    }
}

impl Breaker {
    /// Asks for admission; a probe counts as under way for at most `patience`.
    pub fn admit(&mut self, now: Instant, patience: Duration) -> Admission {
        match self.0 {
            State::Closed { .. } => Admission::Go,
            State::Open { until, pause } | State::Probing { until, pause } if until <= now => {
                self.0 = State::Probing { until: now + patience, pause };
                Admission::Go
            }
            State::Open { until, .. } | State::Probing { until, .. } => Admission::Wait(until),
        }
    }

    /// Whether the provider is asked no more, but for probes.
    pub const fn is_open(&self) -> bool {
        !matches!(self.0, State::Closed { .. })
    }

    /// The provider answered, whatever it said of the request.
    pub fn answered(&mut self) -> Change {
        let was = std::mem::replace(&mut self.0, State::Closed { failures: 0 });
        match was {
            State::Closed { .. } => Change::None,
            _ => Change::Closed,
        }
    }

    /// The provider did not answer, or only to say that it is in trouble.
    pub fn failed(&mut self, now: Instant) -> Change {
        let open = |pause: Duration| State::Open { until: now + pause, pause };
        let (state, change) = match self.0 {
            State::Closed { failures } if failures + 1 < FAILURES => {
                (State::Closed { failures: failures + 1 }, Change::None)
            }
            State::Closed { .. } => (open(PAUSE), Change::Opened),
            State::Probing { pause, .. } => (open((pause * 2).min(LONGEST)), Change::None),
            // Asked before it opened.
            still @ State::Open { .. } => (still, Change::None),
        };
        self.0 = state;
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert_eq!(breaker.failed(now), Change::None);
            assert_eq!(breaker.admit(now, PATIENCE), Admission::Go);
        }
        assert!(!breaker.is_open());
        assert_eq!(breaker.failed(now), Change::Opened);
        assert!(breaker.is_open());
        breaker
    }

    #[test]
    fn a_run_of_failures_opens_it_and_a_good_probe_closes_it() {
        let now = Instant::now();
        let mut breaker = opened(now);
        assert_eq!(breaker.admit(now, PATIENCE), Admission::Wait(now + PAUSE));
        let later = now + PAUSE;
        assert_eq!(breaker.admit(later, PATIENCE), Admission::Go);
        assert_eq!(breaker.admit(later, PATIENCE), Admission::Wait(later + PATIENCE), "one probe at a time");
        assert_eq!(breaker.answered(), Change::Closed);
        assert_eq!(breaker.admit(later, PATIENCE), Admission::Go);
    }

    #[test]
    fn probes_that_fail_come_less_and_less_often() {
        let mut now = Instant::now();
        let mut breaker = opened(now);
        let mut pause = PAUSE;
        for _ in 0..6 {
            now += pause;
            assert_eq!(breaker.admit(now, PATIENCE), Admission::Go);
            assert_eq!(breaker.failed(now), Change::None);
            pause = (pause * 2).min(LONGEST);
            assert_eq!(breaker.admit(now, PATIENCE), Admission::Wait(now + pause));
        }
    }

    #[test]
    fn one_answer_in_between_starts_the_count_anew() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            for _ in 1..FAILURES {
                breaker.failed(now);
            }
            assert_eq!(breaker.answered(), Change::None);
        }
        assert_eq!(breaker.admit(now, PATIENCE), Admission::Go);
    }

    #[test]
    fn a_probe_that_never_reports_gives_way_to_another() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + PAUSE;
        assert_eq!(breaker.admit(later, PATIENCE), Admission::Go);
        assert_eq!(breaker.admit(later + PATIENCE, PATIENCE), Admission::Go);
    }
}
