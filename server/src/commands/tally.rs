//! What became of many simulated calls.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Answers by what they were, and how long each took.
#[derive(Default)]
pub(super) struct Tally {
    statuses: BTreeMap<u16, u64>,
    faults: BTreeMap<String, u64>,
    latencies: Vec<Duration>,
}

impl Tally {
    /// Counts one call: its status, or why there was none.
    pub fn add(&mut self, answer: Result<u16, String>, latency: Duration) {
        let count = match answer {
            Ok(status) => self.statuses.entry(status).or_default(),
            Err(fault) => self.faults.entry(fault).or_default(),
        };
        *count += 1;
        self.latencies.push(latency);
    }

    /// Whether there was a call, and each was answered with `status`.
    pub fn all_are(&self, status: u16) -> bool {
        self.faults.is_empty() && self.statuses.keys().eq([&status])
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (status, count) in &self.statuses {
            writeln!(f, "{status}: {count}")?;
        }
        for (fault, count) in &self.faults {
            writeln!(f, "no answer ({fault}): {count}")?;
        }
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        write!(f, "ms")?;
        for (name, percent) in [("min", 0), ("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)] {
            write!(f, " {name} {:.1}", millis(percentile(&sorted, percent)))?;
        }
        Ok(())
    }
}

/// Milliseconds with their fraction.
pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The nearest rank: the smallest latency that `percent` of all do not exceed. Zero when there are none.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_and_latencies_ranked() {
        let mut tally = Tally::default();
        for ms in (1..=200).rev() {
            tally.add(Ok(if ms == 7 { 404 } else { 200 }), Duration::from_millis(ms));
        }
        assert!(!tally.all_are(200));
        tally.add(Err("connection refused".to_owned()), Duration::from_millis(201));
        let shown = "200: 199\n404: 1\nno answer (connection refused): 1\n\
                     ms min 1.0 p50 101.0 p95 191.0 p99 199.0 max 201.0";
        assert_eq!(tally.to_string(), shown);
    }

    #[test]
    fn only_the_wanted_status_is_good() {
        let mut tally = Tally::default();
        assert!(!tally.all_are(200));
        tally.add(Ok(200), Duration::ZERO);
        assert!(tally.all_are(200));
        tally.add(Err("timed out".to_owned()), Duration::ZERO);
        assert!(!tally.all_are(200));
    }

    #[test]
    fn percentiles_of_few() {
        let one = [Duration::from_millis(5)];
        assert!([0, 50, 100].iter().all(|percent| percentile(&one, *percent) == one[0]));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}
