//! The overview of a workspace.

use askama::Template;

use super::{Badge, Frame, Here, Tone};
use crate::charts::{Column, Columns, Line, top_of};

/// A step to the first ring.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it is.
    pub name: &'static str,
    /// Why, in a sentence.
    pub why: &'static str,
    /// Whether it is done.
    pub is_done: bool,
    /// Where it is done; a path below the workspace.
    pub path: &'static str,
    /// What its link says.
    pub link: &'static str,
    /// Whether the reader may.
    pub may: bool,
}

/// How a channel did.
#[derive(Debug, Clone)]
pub struct ChannelRow {
    /// Its name.
    pub channel: &'static str,
    /// Deliveries that ended.
    pub deliveries: u64,
    /// Of those accepted, in percent.
    pub rate: String,
    /// The same as a whole number, for the meter.
    pub percent: u64,
    /// Median, 95th and 99th percentile, in milliseconds.
    pub latency: [String; 3],
}

/// Why devices did not ring.
#[derive(Debug, Clone)]
pub struct ReasonRow {
    /// Which channel.
    pub channel: &'static str,
    /// The network's word, or ours.
    pub word: String,
    /// How often.
    pub count: u64,
    /// What it means.
    pub means: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// How a provider does.
#[derive(Debug, Clone)]
pub struct ProviderHealth {
    /// Its name.
    pub name: String,
    /// Its page.
    pub path: String,
    /// Whether it works.
    pub status: Badge,
    /// Why not, or nothing.
    pub reason: String,
}

/// `/w/{workspace}`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/overview.html")]
pub struct Overview {
    /// What stands around it.
    pub frame: Frame,
    /// Steps to the first ring, while some are open.
    pub steps: Vec<Step>,
    /// Whether the reader may connect accounts.
    pub may_set_up: bool,
    /// Ranges to choose from: word, name, chosen.
    pub ranges: Vec<(&'static str, &'static str, bool)>,
    /// Whether any call was ever taken.
    pub has_calls: bool,
    /// Calls in the range.
    pub calls: u64,
    /// Of those that had a device, rung, in percent.
    pub rang: String,
    /// Median, 95th and 99th percentile from webhook to acceptance.
    pub latency: [String; 3],
    /// Bindings that are inactive; with a plus when there are more than were counted.
    pub inactive: String,
    /// Calls over time.
    pub columns: Columns,
    /// Latency over time.
    pub lines: Vec<Line>,
    /// By channel.
    pub channels: Vec<ChannelRow>,
    /// The most frequent reasons.
    pub reasons: Vec<ReasonRow>,
    /// The providers.
    pub providers: Vec<ProviderHealth>,
}

impl Overview {
    /// The largest latency of the chart.
    pub fn slowest(&self) -> u64 {
        top_of(&self.lines)
    }

    /// In full swing, with a step left.
    pub fn sample() -> Self {
        let at = || "2026-11-24T08:00:00Z".to_owned();
        Self {
            frame: Frame::sample(),
            steps: vec![Step {
                name: "Ring this browser",
                why: "A test call goes the way of a real one.",
                is_done: false,
                path: "/test-device",
                link: "Ring it",
                may: true,
            }],
            may_set_up: true,
            ranges: vec![("1h", "1 hour", true), ("24h", "24 hours", false)],
            has_calls: true,
            calls: 1200,
            rang: "98.2 %".into(),
            latency: ["74 ms", "180 ms", "402 ms"].map(Into::into),
            inactive: "12".into(),
            columns: Columns::new(vec![
                Column { at: at(), good: 3, bad: 1 },
                Column { at: at(), good: 0, bad: 0 },
            ]),
            lines: vec![Line { class: "p50", name: "Median", values: vec![Some(74), None] }],
            channels: vec![ChannelRow {
                channel: "FCM",
                deliveries: 900,
                rate: "97 %".into(),
                percent: 97,
                latency: ["74 ms", "180 ms", "402 ms"].map(Into::into),
            }],
            reasons: vec![ReasonRow {
                channel: "APNs VoIP",
                word: "BadDeviceToken".into(),
                count: 7,
                means: "Apple does not know this token here.",
                fix: "Set this binding’s environment.",
            }],
            providers: vec![ProviderHealth {
                name: "Apple".into(),
                path: "/w/acme-support/providers/prv_01k0".into(),
                status: Badge { words: "Works", tone: Tone::Good },
                reason: String::new(),
            }],
        }
    }
}
