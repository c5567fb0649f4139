//! Deliveries at work: leases, claims, and what attempts came to.

use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use diesel_async::RunQueryDsl;
use ringhook_openapi::{Cause, DeliveryState, Outcome, ProviderStatus};

use super::{
    BindingId, Conn, DeliveryId, NodeId, NotificationId, ProviderId, Result, Ts, Word, WorkspaceId,
    connection::run,
    dialect::insert_many,
    notifications::{Attempt, Delivery, Notification},
    schema::{attempts, deliveries, notifications, providers, repeats},
};

/// Where an attempt, an expiry or an acknowledgement leaves a delivery.
#[derive(Debug, Clone)]
pub struct Step {
    pub delivery_id: DeliveryId,
    pub state: DeliveryState,
    pub cause: Option<Cause>,
    pub reason: Option<String>,
    pub tries: i32,
    pub next_attempt_at: Ts,
    pub ended_at: Option<Ts>,
    pub acknowledged_after_ms: Option<i32>,
}

/// What an attempt says about its binding.
#[derive(Debug, Clone)]
pub struct BindingNote {
    pub workspace_id: WorkspaceId,
    pub binding_id: BindingId,
    pub at: Ts,
    pub accepted: bool,
    /// The network's word for an address that is gone.
    pub dead: Option<String>,
}

/// The answer that a webhook got.
#[derive(Debug, Clone)]
pub struct Answered {
    pub workspace_id: WorkspaceId,
    pub account_sid: String,
    pub message_id: String,
    pub notification_id: NotificationId,
    pub status: i32,
    pub after_ms: i32,
    pub bindings: i32,
    pub accepted: i32,
    /// Whether a repeat of the message gets this answer again.
    pub remember: bool,
}

/// The end of a notification.
#[derive(Debug, Clone)]
pub struct Ended {
    pub notification_id: NotificationId,
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub at: Ts,
}

/// What a provider's answers say of the provider itself.
#[derive(Debug, Clone)]
pub struct ProviderMark {
    pub provider_id: ProviderId,
    pub status: ProviderStatus,
    /// Empty when all is well.
    pub reason: String,
}

/// What happened to calls since the last write, in groups by table.
#[derive(Debug, Default, Clone)]
pub struct Progress {
    /// Deliveries to devices that a call did not know when it came.
    pub deliveries: Vec<Delivery>,
    pub attempts: Vec<Attempt>,
    pub steps: Vec<Step>,
    pub notes: Vec<BindingNote>,
    pub answers: Vec<Answered>,
    pub ends: Vec<Ended>,
    pub providers: Vec<ProviderMark>,
    /// Bindings that were called dead while their provider was set up wrongly.
    pub reactivations: Vec<(WorkspaceId, BindingId)>,
}

impl Progress {
    /// Takes over what `other` holds.
    pub fn absorb(&mut self, other: Self) {
        self.deliveries.extend(other.deliveries);
        self.attempts.extend(other.attempts);
        self.steps.extend(other.steps);
        self.notes.extend(other.notes);
        self.answers.extend(other.answers);
        self.ends.extend(other.ends);
        self.providers.extend(other.providers);
        self.reactivations.extend(other.reactivations);
    }
}

impl Conn {
    /// Writes progress; to write it twice is to write it once. Rows are taken in the order of their ids, so that nodes never lock each other.
    pub async fn progress_write(&mut self, mut progress: Progress) -> Result<()> {
        insert_many!(self, deliveries::table, progress.deliveries, or_skip);
        insert_many!(self, attempts::table, progress.attempts, or_skip);
        progress.steps.sort_by_key(|step| step.delivery_id);
        for step in &progress.steps {
            self.delivery_step(step).await?;
        }
        progress.notes.sort_by_key(|note| note.binding_id);
        for note in &progress.notes {
            self.binding_notified(note.binding_id, note.at, note.accepted).await?;
            if let Some(reason) = &note.dead {
                self.binding_deactivate(note.workspace_id, note.binding_id, reason, note.at, note.at).await?;
            }
        }
        progress.reactivations.sort();
        for (workspace, binding) in &progress.reactivations {
            self.binding_activate(*workspace, *binding).await?;
        }
        progress.answers.sort_by_key(|answer| answer.notification_id);
        for answer in &progress.answers {
            self.notification_answered(answer).await?;
        }
        progress.ends.sort_by_key(|end| end.notification_id);
        for end in &progress.ends {
            self.notification_ended(end).await?;
        }
        progress.providers.sort_by_key(|mark| mark.provider_id);
        for mark in &progress.providers {
            self.provider_mark(mark).await?;
        }
        Ok(())
    }

    /// Moves a delivery on. Only an acceptance may change what has ended, and nothing changes an acknowledgement.
    async fn delivery_step(&mut self, step: &Step) -> Result<()> {
        use DeliveryState::{Accepted, Acknowledged, Pending};
        let late = matches!(step.state, Accepted | Acknowledged);
        run!(self, |c| {
            let open = deliveries::state
                .eq(Word(Pending))
                .or(deliveries::state.ne(Word(Acknowledged)).and(late.into_sql::<diesel::sql_types::Bool>()));
            let set = (
                deliveries::state.eq(Word(step.state)),
                deliveries::cause.eq(step.cause.map(Word)),
                deliveries::reason.eq(&step.reason),
                deliveries::tries.eq(step.tries),
                deliveries::next_attempt_at.eq(step.next_attempt_at),
                deliveries::ended_at.eq(step.ended_at),
                deliveries::acknowledged_after_ms.eq(step.acknowledged_after_ms),
            );
            diesel::update(deliveries::table.find(step.delivery_id).filter(open)).set(set).execute(c).await?;
            Ok(())
        })
    }

    /// Notes how a provider is doing; that is no change of the provider.
    async fn provider_mark(&mut self, mark: &ProviderMark) -> Result<()> {
        let reason = (!mark.reason.is_empty()).then_some(&mark.reason);
        run!(self, |c| {
            let set = (providers::status.eq(Word(mark.status)), providers::status_reason.eq(reason));
            diesel::update(providers::table.find(mark.provider_id)).set(set).execute(c).await?;
            Ok(())
        })
    }

    async fn notification_answered(&mut self, answer: &Answered) -> Result<()> {
        run!(self, |c| {
            let set = (
                notifications::answer_status.eq(answer.status),
                notifications::answer_after_ms.eq(answer.after_ms),
            );
            diesel::update(notifications::table.find(answer.notification_id)).set(set).execute(c).await?;
            let key = (answer.workspace_id, &answer.account_sid, &answer.message_id);
            if answer.remember {
                let set = (
                    repeats::answer_status.eq(answer.status),
                    repeats::answer_bindings.eq(answer.bindings),
                    repeats::answer_accepted.eq(answer.accepted),
                );
                diesel::update(repeats::table.find(key)).set(set).execute(c).await?;
            } else {
                diesel::delete(repeats::table.find(key)).execute(c).await?;
            }
            Ok(())
        })
    }

    /// Ends a notification, unless it was accepted already.
    async fn notification_ended(&mut self, end: &Ended) -> Result<()> {
        run!(self, |c| {
            let open = notifications::outcome.ne(Word(Outcome::Accepted));
            let set = (
                notifications::outcome.eq(Word(end.outcome)),
                notifications::reason.eq(&end.reason),
                notifications::ended_at.eq(end.at),
            );
            let found = notifications::table.find(end.notification_id).filter(open);
            diesel::update(found).set(set).execute(c).await?;
            Ok(())
        })
    }

    /// Leases up to `limit` pending deliveries whose lease has run out to `owner`. The guard is repeated on the update: without it two nodes that chose the same rows would both get them.
    pub async fn deliveries_claim(
        &mut self,
        owner: NodeId,
        now: Ts,
        until: Ts,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        run!(self, |c| {
            let free = || {
                let run_out = deliveries::lease_until.le(now);
                // No lease is that long: its owner's clock was ahead, or ours has been set back.
                let run_out = run_out.or(deliveries::lease_until.gt(until + (now.until(until) * 2)));
                deliveries::state.eq(Word(DeliveryState::Pending)).and(run_out)
            };
            let due = deliveries::table.filter(free()).select(deliveries::id).limit(limit);
            let due: Vec<DeliveryId> = due.load(c).await?;
            let claimed = deliveries::table.filter(deliveries::id.eq_any(due)).filter(free());
            let set = (deliveries::lease_owner.eq(owner), deliveries::lease_until.eq(until));
            let update = diesel::update(claimed).set(set).returning(Delivery::as_returning());
            Ok(update.get_results(c).await?)
        })
    }

    /// Prolongs the leases that `owner` holds on `ids`.
    pub async fn deliveries_renew(&mut self, owner: NodeId, ids: &[DeliveryId], until: Ts) -> Result<()> {
        run!(self, |c| {
            for ids in ids.chunks(500) {
                let held = deliveries::table
                    .filter(deliveries::id.eq_any(ids))
                    .filter(deliveries::lease_owner.eq(owner))
                    .filter(deliveries::state.eq(Word(DeliveryState::Pending)));
                diesel::update(held).set(deliveries::lease_until.eq(until)).execute(c).await?;
            }
            Ok(())
        })
    }

    /// Gives leases back at once, so that another node need not wait for them to run out.
    pub async fn deliveries_hand_back(&mut self, owner: NodeId, now: Ts) -> Result<usize> {
        run!(self, |c| {
            let held = deliveries::table
                .filter(deliveries::lease_owner.eq(owner))
                .filter(deliveries::state.eq(Word(DeliveryState::Pending)));
            Ok(diesel::update(held).set(deliveries::lease_until.eq(now)).execute(c).await?)
        })
    }

    /// Notifications received before `before` that nobody has ended, although none of their deliveries is pending.
    pub async fn notifications_forgotten(&mut self, before: Ts, limit: i64) -> Result<Vec<Notification>> {
        run!(self, |c| {
            let pending = deliveries::table
                .filter(deliveries::notification_id.eq(notifications::id))
                .filter(deliveries::state.eq(Word(DeliveryState::Pending)));
            let open = notifications::table
                .filter(notifications::outcome.eq(Word(Outcome::InProgress)))
                .filter(notifications::received_at.lt(before))
                .filter(not(exists(pending)));
            Ok(open.select(Notification::as_select()).limit(limit).load(c).await?)
        })
    }
}
