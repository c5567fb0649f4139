//! Counts that can be added up: outcomes, states by channel, latencies in classes, and reasons.

use std::collections::BTreeMap;

use ringhook_openapi::{Channel, DeliveryState, Outcome};
use serde::{Deserialize, Serialize};

use crate::store::{Json, Ts, rollups::CountedDelivery};

/// Classes for each doubling of a latency: a percentile is exact to a twelfth of itself.
const CLASSES: f64 = 4.0;
/// Reasons that one rollup tells apart; networks may answer anything.
const REASONS: usize = 50;

/// How often something took how long: by class of milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram(BTreeMap<u8, u64>);

impl Histogram {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 124 by construction")]
    fn add(&mut self, millis: i32) {
        let class = (f64::from(millis.max(0)) + 1.0).log2() * CLASSES;
        *self.0.entry(class.round() as u8).or_default() += 1;
    }

    fn merge(&mut self, other: &Self) {
        for (class, count) in &other.0 {
            *self.0.entry(*class).or_default() += count;
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The milliseconds that so many percent stay within; `None` without any.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a latency in milliseconds")]
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let wanted = (self.count() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let class = self.0.iter().find_map(|(class, count)| {
            seen += count;
            (seen >= wanted).then_some(*class)
        })?;
        Some(((f64::from(class) / CLASSES).exp2() - 1.0).round() as u64)
    }
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Calls by outcome.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Deliveries by channel and state.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<Channel, BTreeMap<DeliveryState, u64>>,
    /// From the webhook's coming to the provider's acceptance, by channel.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub latencies: BTreeMap<Channel, Histogram>,
    /// Why devices did not ring: channel, our cause, and the network's word, with a bar between.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, u64>,
}

impl Counts {
    /// As it was kept; what cannot be read counts nothing.
    pub fn read(kept: &Json) -> Self {
        serde_json::from_value(kept.0.clone()).unwrap_or_default()
    }

    /// As it is to be kept.
    pub fn json(&self) -> Json {
        Json(serde_json::to_value(self).unwrap_or_default())
    }

    pub(super) fn call(&mut self, outcome: Outcome) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    /// Counts a delivery, and its latency from `since` on; `None` where there is none to tell.
    pub(super) fn delivery(&mut self, delivery: &CountedDelivery, since: Option<Ts>) {
        let (channel, state) = (delivery.channel.0, delivery.state.0);
        *self.states.entry(channel).or_default().entry(state).or_default() += 1;
        match (state, delivery.ended_at) {
            (DeliveryState::Accepted | DeliveryState::Acknowledged, Some(ended)) => {
                if let Some(since) = since {
                    self.latencies.entry(channel).or_default().add(ended.millis_since(since));
                }
            }
            (DeliveryState::Pending | DeliveryState::Skipped, _) => {}
            _ => self.reason(delivery),
        }
    }

    fn reason(&mut self, delivery: &CountedDelivery) {
        let cause = delivery.cause.map_or("", |cause| cause.0.as_str());
        let word = delivery.reason.as_deref().unwrap_or_default();
        let key = format!("{}|{cause}|{word}", delivery.channel.0);
        if self.reasons.len() < REASONS || self.reasons.contains_key(&key) {
            *self.reasons.entry(key).or_default() += 1;
        }
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_default() += count;
        }
        for (channel, states) in &other.states {
            let own = self.states.entry(*channel).or_default();
            for (state, count) in states {
                *own.entry(*state).or_default() += count;
            }
        }
        for (channel, histogram) in &other.latencies {
            self.latencies.entry(*channel).or_default().merge(histogram);
        }
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// How many calls had this outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// Every channel's latencies together.
    pub fn latency(&self) -> Histogram {
        let mut all = Histogram::default();
        self.latencies.values().for_each(|histogram| all.merge(histogram));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_close() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(50), None);
        (1..=1000).for_each(|millis| histogram.add(millis));
        for (percent, exact) in [(50, 500.0), (95, 950.0), (99, 990.0)] {
            let found = histogram.percentile(percent).expect("some");
            let off = (f64::from(u32::try_from(found).expect("small")) - exact).abs() / exact;
            assert!(off < 0.1, "p{percent}: {found}");
        }
        let mut none = Histogram::default();
        none.add(0);
        assert_eq!(none.percentile(99), Some(0));
    }

    #[test]
    fn what_is_kept_reads_the_same() {
        let mut counts = Counts::default();
        counts.call(Outcome::Accepted);
        counts.latencies.entry(Channel::Fcm).or_default().add(80);
        counts.states.entry(Channel::Fcm).or_default().insert(DeliveryState::Accepted, 1);
        counts.reasons.insert("fcm|address_gone|UNREGISTERED".into(), 2);
        assert_eq!(Counts::read(&counts.json()), counts);
        let mut twice = counts.clone();
        twice.merge(&counts);
        assert_eq!((twice.calls(), twice.latency().count()), (2, 2));
        assert_eq!(twice.reasons.values().sum::<u64>(), 4);
    }
}
