//! One lane per provider: what is wrong with a provider holds up its own deliveries and nobody else's. A lane bounds
//! what is under way and what waits, and keeps the provider's circuit breaker.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use ringhook_openapi::{AttemptOutcome, Cause, ProviderKind, ProviderStatus};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{
    breaker::{Admission, Breaker, Change},
    suspicion::{Suspicion, Verdict},
};
use crate::{
    push::Answer,
    store::{
        BindingId, ProviderId, Ts, WorkspaceId,
        deliveries::{BindingNote, Progress, ProviderMark},
        providers::Provider,
    },
};

/// Attempts under way at one provider.
const IN_FLIGHT: usize = 512;
/// Deliveries that wait for their turn at one provider; one more is told so at once, and backs off.
const WAITING: usize = 8192;
/// How long the database is believed to hold what it was told of a provider: other nodes, checks and changes of the
/// provider write there too.
const MARK_HOLDS: Duration = Duration::from_secs(10);

/// The lanes in use. A provider with other credentials, or in another environment, has nothing to do with what was
/// learnt of it before, and gets a new lane.
pub struct Lanes(Cache<(ProviderId, Ts), Arc<Lane>>);

impl Default for Lanes {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(20_000).time_to_idle(Duration::from_secs(3600)).build())
    }
}

impl Lanes {
    /// The lane of a provider.
    pub fn of(&self, provider: &Provider) -> Arc<Lane> {
        self.0.get_with((provider.id, provider.changed_at), || Arc::new(Lane::new(provider)))
    }

    /// How each of them stands.
    pub fn states(&self) -> Vec<LaneState> {
        self.0.iter().map(|(_, lane)| lane.state()).collect()
    }
}

struct Health {
    breaker: Breaker,
    suspicion: Suspicion,
    /// What the database was told last, and when.
    marked: Option<(Instant, Status)>,
}

type Status = (ProviderStatus, String);

impl Health {
    /// What the database is to be told, unless it knows.
    fn mark(&mut self, now: Instant, status: Status) -> Option<Status> {
        let known =
            self.marked.as_ref().is_some_and(|(at, known)| *known == status && now < *at + MARK_HOLDS);
        (!known).then(|| self.marked.insert((now, status)).1.clone())
    }
}

/// How a lane stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneState {
    pub kind: ProviderKind,
    /// Whether its provider is asked no more, but for probes.
    pub is_open: bool,
    pub waiting: usize,
    pub under_way: usize,
}

/// One provider's lane.
pub struct Lane {
    kind: ProviderKind,
    workspace: WorkspaceId,
    provider: ProviderId,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    health: Mutex<Health>,
    changed: Notify,
}

/// Why a delivery did not get its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Too many wait already.
    Full,
    /// The turn did not come in time.
    Late,
}

struct Wait<'a>(&'a AtomicUsize);

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lane {
    fn new(provider: &Provider) -> Self {
        Self {
            kind: provider.kind.0,
            workspace: provider.workspace_id,
            provider: provider.id,
            places: Arc::new(Semaphore::new(IN_FLIGHT)),
            waiting: AtomicUsize::new(0),
            health: Mutex::new(Health {
                breaker: Breaker::default(),
                suspicion: Suspicion::default(),
                marked: None,
            }),
            changed: Notify::new(),
        }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> LaneState {
        LaneState {
            kind: self.kind,
            is_open: self.health().breaker.is_open(),
            waiting: self.waiting.load(Ordering::Relaxed),
            under_way: IN_FLIGHT - self.places.available_permits(),
        }
    }

    /// Waits for a turn, until `deadline` at most; an attempt then takes at most `patience`.
    pub async fn turn(&self, deadline: Instant, patience: Duration) -> Result<OwnedSemaphorePermit, Refused> {
        let waits = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _wait = Wait(&self.waiting);
        if waits >= WAITING {
            return Err(Refused::Full);
        }
        let turn = async {
            let place = self.places.clone().acquire_owned().await.map_err(|_| Refused::Late)?;
            loop {
                let changed = self.changed.notified();
                let admission = self.health().breaker.admit(Instant::now(), patience);
                match admission {
                    Admission::Go => return Ok(place),
                    Admission::Wait(until) => tokio::select! {
                        () = tokio::time::sleep_until(until) => {}
                        () = changed => {}
                    },
                }
            }
        };
        tokio::time::timeout_at(deadline, turn).await.unwrap_or(Err(Refused::Late))
    }

    /// Learns from what `binding` was answered when it was asked at `asked_at`, and corrects what the answer means
    /// where the lane knows better. What follows for bindings and the provider is handed to `note` before another
    /// answer is learnt from, so that a binding is never taken out of service after it was put back.
    pub fn learn(&self, binding: BindingId, asked_at: Ts, answer: &mut Answer, note: impl FnOnce(Progress)) {
        let now = Instant::now();
        let mut health = self.health();
        let change = match is_trouble(answer) {
            true => health.breaker.failed(now),
            false => health.breaker.answered(),
        };
        if change != Change::None {
            tracing::warn!(provider = %self.provider, ?change, "circuit breaker");
            self.changed.notify_waiters();
        }
        let mut progress = Progress::default();
        let verdict = health.suspicion.weigh(now, binding, answer);
        if let Verdict::ProviderAtFault { undo } = &verdict {
            answer.outcome = AttemptOutcome::Misconfigured;
            answer.detail = Some(
                "many devices are refused at once: the provider's environment or credentials do not fit them"
                    .into(),
            );
            progress.reactivations.extend(undo.iter().map(|binding| (self.workspace, *binding)));
        }
        progress.notes.extend(self.death(binding, asked_at, answer));
        let status = status_of(answer, change, verdict != Verdict::AsItSays);
        if let Some((status, reason)) = status.and_then(|status| health.mark(now, status)) {
            progress.providers.push(ProviderMark { provider_id: self.provider, status, reason });
        }
        if !(progress.notes.is_empty() && progress.providers.is_empty() && progress.reactivations.is_empty())
        {
            note(progress);
        }
    }

    fn death(&self, binding: BindingId, asked_at: Ts, answer: &Answer) -> Option<BindingNote> {
        let word = || answer.reason.clone().unwrap_or_else(|| Cause::AddressGone.to_string());
        (answer.outcome == AttemptOutcome::Dead).then(|| BindingNote {
            workspace_id: self.workspace,
            binding_id: binding,
            at: asked_at,
            accepted: false,
            dead: Some(word()),
        })
    }
}

fn is_trouble(answer: &Answer) -> bool {
    use Cause::{BadAnswer, ConnectionFailed, ProviderError, Timeout};
    let trouble = matches!(answer.cause, Some(Timeout | ConnectionFailed | ProviderError | BadAnswer));
    answer.outcome == AttemptOutcome::Retry && trouble
}

/// What an answer says of the provider itself; `None` where it says nothing. One device's address does not.
fn status_of(answer: &Answer, change: Change, at_fault: bool) -> Option<Status> {
    let word =
        answer.reason.clone().or_else(|| answer.cause.map(|cause| cause.to_string())).unwrap_or_default();
    match (answer.outcome, change) {
        (AttemptOutcome::Accepted, _) => Some((ProviderStatus::Ok, String::new())),
        (AttemptOutcome::Misconfigured, _) if answer.cause == Some(Cause::AddressInvalid) && !at_fault => {
            None
        }
        (AttemptOutcome::Misconfigured, _) => Some((ProviderStatus::Failing, word)),
        (_, Change::Opened) => {
            Some((ProviderStatus::Failing, format!("no longer asked, but for probes: {word}")))
        }
        _ => None,
    }
}
