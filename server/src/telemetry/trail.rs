//! What a request, a call or a delivery leaves behind: the same words in every line of the log about it, and its trace.
//! It is ambient, as spans are: what is started on its behalf follows it.

use std::sync::Arc;

use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use poem::http::HeaderMap;
use ringhook_openapi::Channel;
use tokio::{task::JoinError, time::Instant};
use tracing::{Instrument, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::is_traced;
use crate::{
    metrics::{Step, metrics},
    store::{DeliveryId, NotificationId, WorkspaceId},
};

tokio::task_local! {
    static TRAIL: Trail;
}

/// The handle.
#[derive(Clone)]
pub struct Trail(Arc<Spans>);

struct Spans {
    request: Option<String>,
    /// In the log.
    line: Span,
    /// In the trace; none when there is no trace.
    step: Span,
}

/// Makes a span of a trace.
macro_rules! step_span {
    ($($part:tt)*) => {
        tracing::info_span!(target: "steps", $($part)*)
    };
}

impl Trail {
    /// A request's, which goes on with the trace that its sender began (<https://www.w3.org/TR/trace-context/>).
    pub fn of_request(id: &str, headers: &HeaderMap) -> Self {
        let line = tracing::error_span!(
            "request",
            request = id,
            trace = Empty,
            workspace = Empty,
            notification = Empty
        );
        let step = step_span!(parent: None, "request", otel.kind = "server", workspace = Empty, notification = Empty, outcome = Empty);
        if is_traced() {
            let sender = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
            follow(&step, sender);
            line.record("trace", trace_of(&step));
        }
        Self(Arc::new(Spans { request: Some(id.to_owned()), line, step }))
    }

    /// A delivery's: it goes on when its request is long answered, so its spans lie beside the request's and not within.
    /// What is taken over from another node has no request here, and begins a trace of its own.
    pub fn of_delivery(
        workspace: WorkspaceId,
        notification: NotificationId,
        delivery: DeliveryId,
        channel: Channel,
    ) -> Self {
        let above = Self::current();
        let request = above.as_ref().and_then(|trail| trail.0.request.clone());
        let line = tracing::error_span!(parent: None, "delivery", request, trace = Empty, %workspace, %notification, %delivery, channel = channel.as_str());
        let step = step_span!(parent: None, "deliver", %workspace, %notification, channel = channel.as_str(), outcome = Empty);
        if is_traced() {
            if let Some(above) = above {
                follow(&step, above.0.step.context());
            }
            line.record("trace", trace_of(&step));
        }
        Self(Arc::new(Spans { request, line, step }))
    }

    /// The one that is followed here; none beside requests and deliveries.
    pub fn current() -> Option<Self> {
        TRAIL.try_with(Self::clone).ok()
    }

    /// Runs something on its behalf.
    pub async fn follow<T>(self, work: impl Future<Output = T>) -> T {
        let Spans { line, step, .. } = &*self.0;
        let work = work.instrument(step.clone()).instrument(line.clone());
        TRAIL.scope(self.clone(), work).await
    }

    /// Runs something in a task of its own, on behalf of whoever is followed here: who stops waiting for it does not stop
    /// it.
    ///
    /// # Errors
    /// When it panics.
    pub async fn apart<T: Send + 'static>(
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, JoinError> {
        match Self::current() {
            Some(trail) => tokio::spawn(trail.follow(work)).await,
            None => tokio::spawn(work).await,
        }
    }

    /// Runs something beside it: with its words in the log, and without holding its trace open.
    pub async fn beside<T>(work: impl Future<Output = T>) -> T {
        let line = Self::current().map_or_else(Span::none, |trail| trail.0.line.clone());
        work.instrument(line).await
    }

    /// Says something at its end, or in the middle.
    pub fn within<T>(&self, say: impl FnOnce() -> T) -> T {
        self.0.line.in_scope(say)
    }

    /// The request is about this workspace.
    pub fn workspace(id: WorkspaceId) {
        Self::note("workspace", id);
    }

    /// The request is about this call.
    pub fn notification(id: NotificationId) {
        Self::note("notification", id);
    }

    fn note(field: &str, id: impl std::fmt::Display) {
        // A delivery's words stand from its beginning.
        let _ = TRAIL.try_with(|trail| {
            let id = tracing::field::display(id);
            trail.0.line.record(field, &id);
            trail.0.step.record(field, &id);
        });
    }

    /// What the one that is followed here came to, for the trace.
    pub fn outcome(word: &str) {
        let _ = TRAIL.try_with(|trail| {
            trail.0.step.record("outcome", word);
        });
    }

    /// What it came to, for the trace; a request is named after its route.
    pub fn came_to(&self, outcome: &str, name: Option<std::fmt::Arguments<'_>>) {
        self.0.step.record("outcome", outcome);
        // The span has begun, and its fields name it no more.
        if let Some(name) = name.filter(|_| is_traced()) {
            self.0.step.context().span().update_name(name.to_string());
        }
    }
}

/// Makes `step` a child of what the context holds, if it holds anything.
fn follow(step: &Span, context: Context) {
    if context.span().span_context().is_valid() {
        // It fails when the span is not in the trace, or has begun: neither is so here.
        let _ = step.set_parent(context);
    }
}

fn trace_of(step: &Span) -> tracing::field::DisplayValue<opentelemetry::TraceId> {
    tracing::field::display(step.context().span().span_context().trace_id())
}

fn span_of(step: Step) -> Span {
    match step {
        Step::Verify => step_span!("verify"),
        Step::Match => step_span!("match"),
        Step::Record => step_span!("record"),
        Step::Turn => step_span!("turn"),
        Step::Wait => step_span!("wait"),
    }
}

/// One step of a call: how long it takes is counted, and it is a span of the trace.
pub async fn step<T>(step: Step, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let done = work.instrument(span_of(step)).await;
    metrics().step(step, start.elapsed());
    done
}

/// The same, for a step that waits for nothing.
pub fn step_in_place<T>(step: Step, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = span_of(step).in_scope(work);
    metrics().step(step, start.elapsed());
    done
}

/// One attempt at a delivery, and within it the push to the network.
pub fn attempt_span(channel: Channel) -> Span {
    step_span!("attempt", channel = channel.as_str(), outcome = Empty)
}

/// The push to a network.
pub fn push_span(channel: Channel) -> Span {
    step_span!("push", otel.kind = "client", channel = channel.as_str())
}
