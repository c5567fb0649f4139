//! Numbers and charts, from what was counted.

use std::collections::BTreeMap;

use ringhook_openapi::{Channel, DeliveryState, Outcome};
use ringhook_web::{
    charts::{Column, Columns, Line},
    pages::{ChannelRow, ReasonRow},
};

use crate::{
    dashboard::{calls::advice, words},
    domain::rollups::{Counts, Histogram},
    store::Ts,
};

/// Reasons that are shown.
const REASONS: usize = 8;
const SECOND: i64 = 1_000_000;

/// How far back the page looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) word: &'static str,
    pub(super) name: &'static str,
    /// Seconds of one column.
    step: i64,
    columns: i64,
    /// Whether hours are fine enough.
    pub(super) by_hours: bool,
}

pub(super) const RANGES: [Range; 4] = [
    Range { word: "1h", name: "1 hour", step: 60, columns: 60, by_hours: false },
    Range { word: "24h", name: "24 hours", step: 900, columns: 96, by_hours: false },
    Range { word: "7d", name: "7 days", step: 2 * 3600, columns: 84, by_hours: true },
    Range { word: "30d", name: "30 days", step: 8 * 3600, columns: 90, by_hours: true },
];

impl Range {
    pub(super) fn of(word: &str) -> Self {
        RANGES.into_iter().find(|range| range.word == word).unwrap_or(RANGES[1])
    }

    /// The beginning of the first column; the last one is the one that `now` is in.
    pub(super) fn since(self, now: Ts) -> Ts {
        let step = self.step * SECOND;
        Ts::from_micros((now.micros().div_euclid(step) + 1 - self.columns) * step)
    }

    /// What was counted, a column each, and all of it.
    pub(super) fn columns(self, since: Ts, counted: &[(Ts, Counts)]) -> (Vec<(Ts, Counts)>, Counts) {
        let step = self.step * SECOND;
        let at = |place: i64| Ts::from_micros(since.micros() + place * step);
        let mut columns: Vec<_> = (0..self.columns).map(|place| (at(place), Counts::default())).collect();
        let mut all = Counts::default();
        for (time, counts) in counted {
            let place = (time.micros() - since.micros()).div_euclid(step);
            let Some((_, column)) = usize::try_from(place).ok().and_then(|place| columns.get_mut(place))
            else {
                continue;
            };
            column.merge(counts);
            all.merge(counts);
        }
        (columns, all)
    }
}

pub(super) fn millis(histogram: &Histogram) -> [String; 3] {
    [50, 95, 99].map(|percent| {
        histogram.percentile(percent).map_or_else(|| "–".to_owned(), |millis| format!("{millis} ms"))
    })
}

/// Calls that rang, and those that had a device and did not.
fn rang(counts: &Counts) -> (u64, u64) {
    let not = [Outcome::Dead, Outcome::Failed, Outcome::Expired, Outcome::Rejected];
    (counts.of(Outcome::Accepted), not.into_iter().map(|outcome| counts.of(outcome)).sum())
}

/// A share in percent, with a digit where it tells something.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".into();
    }
    let tenths = part * 1000 / whole;
    match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        rest => format!("{}.{rest} %", tenths / 10),
    }
}

pub(super) fn rate(counts: &Counts) -> String {
    let (good, bad) = rang(counts);
    percent(good, good + bad)
}

pub(super) fn chart(columns: &[(Ts, Counts)]) -> Columns {
    let column = |(at, counts): &(Ts, Counts)| {
        let good = counts.of(Outcome::Accepted);
        Column { at: words::time(*at), good, bad: counts.calls() - good }
    };
    Columns::new(columns.iter().map(column).collect())
}

pub(super) fn lines(columns: &[(Ts, Counts)]) -> Vec<Line> {
    let line = |class, name, percent| Line {
        class,
        name,
        values: columns.iter().map(|(_, counts)| counts.latency().percentile(percent)).collect(),
    };
    vec![line("p50", "Median", 50), line("p95", "95th percentile", 95)]
}

pub(super) fn channels(counts: &Counts) -> Vec<ChannelRow> {
    let row = |(channel, states): (&Channel, &BTreeMap<DeliveryState, u64>)| {
        let of = |state| states.get(&state).copied().unwrap_or_default();
        let good = of(DeliveryState::Accepted) + of(DeliveryState::Acknowledged);
        let ended: u64 =
            states.values().sum::<u64>() - of(DeliveryState::Pending) - of(DeliveryState::Skipped);
        let latency = counts.latencies.get(channel).cloned().unwrap_or_default();
        ChannelRow {
            channel: words::channel(*channel),
            deliveries: ended,
            rate: percent(good, ended),
            percent: (good * 100).checked_div(ended).unwrap_or(100),
            latency: millis(&latency),
        }
    };
    counts.states.iter().map(row).collect()
}

/// The most frequent reasons, with what to do.
pub(super) fn reasons(counts: &Counts) -> Vec<ReasonRow> {
    let mut sorted: Vec<_> = counts.reasons.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let row = |(key, count): (&String, &u64)| {
        let mut parts = key.splitn(3, '|');
        let channel = parts.next()?.parse::<Channel>().ok()?;
        let cause = parts.next()?.parse().ok();
        let word = parts.next().unwrap_or_default();
        let (means, fix) = advice::of(cause, Some(word)).unwrap_or(("", ""));
        let ours = || cause.map_or_else(|| "unknown".to_owned(), |cause| cause.to_string());
        Some(ReasonRow {
            channel: words::channel(channel),
            word: if word.is_empty() { ours() } else { word.to_owned() },
            count: *count,
            means,
            fix,
        })
    };
    sorted.into_iter().filter_map(row).take(REASONS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_of_a_range_has_a_column() {
        let now = Ts::from_micros(1_764_000_123_456_789);
        for range in RANGES {
            let since = range.since(now);
            let counted =
                |at| (at, Counts { outcomes: BTreeMap::from([(Outcome::Accepted, 1)]), ..Counts::default() });
            let early = Ts::from_micros(since.micros() - 1);
            let (columns, all) = range.columns(since, &[counted(since), counted(now), counted(early)]);
            assert_eq!(all.calls(), 2, "{}", range.word);
            assert_eq!(columns.first().map(|(_, counts)| counts.calls()), Some(1), "{}", range.word);
            assert_eq!(columns.last().map(|(_, counts)| counts.calls()), Some(1), "{}", range.word);
        }
    }

    #[test]
    fn shares_are_cut_and_never_rounded_up_to_all() {
        assert_eq!(percent(9999, 10_000), "99.9 %");
        assert_eq!(percent(1, 1), "100 %");
        assert_eq!(percent(0, 0), "–");
    }
}
