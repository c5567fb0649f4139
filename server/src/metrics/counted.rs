//! What is counted where it happens.

use std::{
    sync::{LazyLock, OnceLock},
    time::Duration,
};

use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram};
use ringhook_openapi::{AttemptOutcome, Cause, Channel, DeliveryState, RejectReason};

use super::{
    labels::{
        Answered, Attempted, Delivered, Logged, NO_CAUSE, OfChannel, OfKind, OfResult, OfRoute, OfStep,
        OfUse, Rejected, Requested, Route, method,
    },
    words::{Mailed, Step, Use},
    workspaces::ByWorkspace,
};
use crate::store::{StoreError, Ts, WorkspaceId};

/// Seconds: from a millisecond to the longest that Twilio waits.
const LATENCY: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0];
/// Seconds: there are many routes, so few buckets.
const REQUESTS: [f64; 6] = [0.005, 0.025, 0.1, 0.5, 2.5, 10.0];
/// Channels that this version delivers over; their series are there from the start, so that the first failure counts.
const CHANNELS: [Channel; 4] = [Channel::Fcm, Channel::ApnsVoip, Channel::Apns, Channel::Websocket];

/// The process's figures.
pub fn metrics() -> &'static Metrics {
    static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);
    &METRICS
}

/// Counters and histograms.
pub struct Metrics {
    pub(super) webhooks: Family<Answered, Counter>,
    pub(super) rejections: Family<Rejected, Counter>,
    pub(super) deliveries: Family<Delivered, Counter>,
    pub(super) attempts: Family<Attempted, Counter>,
    pub(super) step_family: Family<OfStep, Histogram, fn() -> Histogram>,
    pub(super) steps: [Histogram; Step::ALL.len()],
    pub(super) answers: Histogram,
    pub(super) pushes: Family<OfChannel, Histogram, fn() -> Histogram>,
    pub(super) requests: Family<Requested, Counter>,
    pub(super) request_times: Family<OfRoute, Histogram, fn() -> Histogram>,
    pub(super) database_waits: Family<OfUse, Histogram, fn() -> Histogram>,
    pub(super) database_errors: Family<OfKind, Counter>,
    pub(super) log_events: Family<Logged, Counter>,
    pub(super) mails: Family<OfResult, Counter>,
    pub(super) taken_over: Counter,
    pub(super) forgotten: Counter,
    pub(super) retention_round: Gauge,
    pub(super) counted_until: Gauge,
    pub(super) by_workspace: OnceLock<ByWorkspace>,
}

fn latency() -> Histogram {
    Histogram::new(LATENCY)
}

fn request_latency() -> Histogram {
    Histogram::new(REQUESTS)
}

impl Metrics {
    fn new() -> Self {
        let step_family = Family::new_with_constructor(latency as fn() -> Histogram);
        let steps = Step::ALL.map(|step| step_family.get_or_create_owned(&OfStep { step: step.as_str() }));
        let made = Self {
            steps,
            step_family,
            webhooks: Family::default(),
            rejections: Family::default(),
            deliveries: Family::default(),
            attempts: Family::default(),
            answers: latency(),
            pushes: Family::new_with_constructor(latency),
            requests: Family::default(),
            request_times: Family::new_with_constructor(request_latency),
            database_waits: Family::new_with_constructor(latency),
            database_errors: Family::default(),
            log_events: Family::default(),
            mails: Family::default(),
            taken_over: Counter::default(),
            forgotten: Counter::default(),
            retention_round: Gauge::default(),
            counted_until: Gauge::default(),
            by_workspace: OnceLock::new(),
        };
        made.begin();
        made
    }

    /// Series that begin at 0: a rate of what has never been there is no rate.
    fn begin(&self) {
        for answer in crate::intake::ANSWERS {
            drop(self.webhooks.get_or_create(&Answered { answer, kind: "call" }));
        }
        for reason in RejectReason::ALL {
            drop(self.rejections.get_or_create(&Rejected { reason: reason.as_str() }));
        }
        for channel in CHANNELS.map(Channel::as_str) {
            drop(self.pushes.get_or_create(&OfChannel { channel }));
            let (state, cause) = (DeliveryState::Accepted.as_str(), NO_CAUSE);
            drop(self.deliveries.get_or_create(&Delivered { channel, state, cause }));
            let outcome = AttemptOutcome::Accepted.as_str();
            drop(self.attempts.get_or_create(&Attempted { channel, outcome, cause }));
        }
        for kind in ["conflict", "unavailable", "query"] {
            drop(self.database_errors.get_or_create(&OfKind { kind }));
        }
        for result in [Mailed::Sent, Mailed::Later, Mailed::GivenUp].map(Mailed::as_str) {
            drop(self.mails.get_or_create(&OfResult { result }));
        }
        for level in ["error", "warn"] {
            drop(self.log_events.get_or_create(&Logged { level, room: "dispatch" }));
        }
    }

    /// Counts up to `most` workspaces each on its own; 0: none.
    pub fn name_workspaces(&self, most: usize) {
        if most > 0 {
            self.by_workspace.get_or_init(|| ByWorkspace::new(most));
        }
    }

    pub(super) fn by_workspace(&self) -> Option<&ByWorkspace> {
        self.by_workspace.get()
    }

    /// A webhook was answered, so long after it came.
    pub fn answered(&self, answer: &'static str, is_test: bool, took: Duration) {
        self.answers.observe(took.as_secs_f64());
        let kind = if is_test { "test" } else { "call" };
        self.webhooks.get_or_create(&Answered { answer, kind }).inc();
    }

    /// The same, for the workspace whose webhook it was.
    pub fn answered_of(&self, workspace: WorkspaceId, answer: &'static str) {
        if let Some(by_workspace) = self.by_workspace() {
            by_workspace.answered(workspace, answer);
        }
    }

    /// A signature did not hold.
    pub fn rejected(&self, reason: RejectReason) {
        self.rejections.get_or_create(&Rejected { reason: reason.as_str() }).inc();
    }

    /// A delivery has ended, or was acknowledged.
    pub fn delivered(
        &self,
        workspace: WorkspaceId,
        channel: Channel,
        state: DeliveryState,
        cause: Option<Cause>,
    ) {
        let (channel, cause) = (channel.as_str(), cause.map_or(NO_CAUSE, Cause::as_str));
        self.deliveries.get_or_create(&Delivered { channel, state: state.as_str(), cause }).inc();
        if let Some(by_workspace) = self.by_workspace() {
            by_workspace.delivered(workspace, state.as_str());
        }
    }

    /// An attempt came to something, after so long at the network.
    pub fn attempted(&self, channel: Channel, outcome: AttemptOutcome, cause: Option<Cause>, took: Duration) {
        let channel = channel.as_str();
        let (outcome, cause) = (outcome.as_str(), cause.map_or(NO_CAUSE, Cause::as_str));
        self.attempts.get_or_create(&Attempted { channel, outcome, cause }).inc();
        self.pushes.get_or_create(&OfChannel { channel }).observe(took.as_secs_f64());
    }

    /// A step of a call took so long.
    pub fn step(&self, step: Step, took: Duration) {
        self.steps[step as usize].observe(took.as_secs_f64());
    }

    /// A request was answered; `route` is the pattern of its path.
    pub fn requested(&self, route: Route, verb: &poem::http::Method, status: u16, took: Duration) {
        self.request_times.get_or_create(&OfRoute { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Requested { route, method: method(verb), status }).inc();
    }

    /// The database gave a connection, or its writer a turn, after so long.
    pub fn database_waited(&self, access: Use, took: Duration) {
        let access = match access {
            Use::Read => "read",
            Use::Write => "write",
        };
        self.database_waits.get_or_create(&OfUse { access }).observe(took.as_secs_f64());
    }

    /// The database failed.
    pub fn database_failed(&self, error: &StoreError) {
        let kind = match error {
            StoreError::Conflict(_) => "conflict",
            StoreError::Unavailable(_) => "unavailable",
            StoreError::Query(_) => "query",
        };
        self.database_errors.get_or_create(&OfKind { kind }).inc();
    }

    pub(super) fn logged(&self, level: &'static str, room: &'static str) {
        self.log_events.get_or_create(&Logged { level, room }).inc();
    }

    /// A mail was tried.
    pub fn mailed(&self, mailed: Mailed) {
        self.mails.get_or_create(&OfResult { result: mailed.as_str() }).inc();
    }

    /// Deliveries were taken over whose lease had run out.
    pub fn took_over(&self, deliveries: usize) {
        self.taken_over.inc_by(deliveries as u64);
    }

    /// Calls were deleted for their age, or a quota.
    pub fn forgot(&self, calls: usize) {
        self.forgotten.inc_by(calls as u64);
    }

    /// A round of retention has ended, and no workspace was left out.
    pub fn retained(&self, now: Ts) {
        self.retention_round.set(now.micros() / 1_000_000);
    }

    /// What happened before `until` is counted for the overview.
    pub fn counted_until(&self, until: Ts) {
        self.counted_until.set(until.micros() / 1_000_000);
    }
}
