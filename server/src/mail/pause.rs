//! When a mail that could not be sent is tried again.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(30);
/// The longest pause: what is due later was put off by a clock that was ahead.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);
/// How long a mail is tried.
const PATIENCE: Duration = Duration::from_secs(3 * 24 * 3600);

/// The pause after try number `tries` (from 1) of a mail that is `age` old; `None` when it is given up. `random`,
/// uniform in 0 to 1, takes up to a fifth off, so that mails which failed together do not come back together.
pub(super) fn after(tries: i32, age: Duration, random: f64) -> Option<Duration> {
    let doublings = u32::try_from(tries).unwrap_or_default().saturating_sub(1).min(10);
    let pause = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let pause = pause.mul_f64(1.0 - random.clamp(0.0, 1.0) / 5.0);
    (age + pause <= PATIENCE).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour() {
        let seconds = |tries| after(tries, Duration::ZERO, 0.0).map(|pause| pause.as_secs());
        assert_eq!([1, 2, 3].map(seconds), [Some(30), Some(60), Some(120)]);
        assert_eq!([7, 8, 100, i32::MAX].map(seconds), [Some(1920), Some(3600), Some(3600), Some(3600)]);
        assert_eq!(after(1, Duration::ZERO, 1.0), Some(Duration::from_secs(24)));
    }

    #[test]
    fn after_three_days_it_is_given_up() {
        let days = |days: u64| Duration::from_secs(days * 24 * 3600);
        assert!(after(80, days(2), 0.0).is_some());
        assert_eq!(after(80, days(3), 0.0), None);
    }
}
