//! Deliveries at work: leases, claims, and what attempts came to.

use diesel::{
    dsl::{exists, not, sql},
    prelude::*,
    sql_types::Bool,
};
use diesel_async::RunQueryDsl;
use ringhook_openapi::{Cause, DeliveryState, Outcome, ProviderStatus};

use super::{
    Across, BindingId, DeliveryId, NodeId, NotificationId, ProviderId, Result, Ts, Word, WorkspaceId,
    connection::run,
    notifications::{Attempt, Delivery, Notification},
    range::Range,
    schema::{deliveries, notifications},
};

/// A delivery, by its call and its own id: the call says where it lies.
pub type DeliveryKey = (NotificationId, DeliveryId);

/// Pending deliveries have an index of their own; said in so many words, or a plan that was made for any state does not
/// see that it holds them all.
const PENDING: &str = "deliveries.state = 'pending'";
/// The same of calls that are open.
const OPEN: &str = "notifications.outcome = 'in_progress'";

/// Where an attempt, an expiry or an acknowledgement leaves a delivery.
#[derive(Debug, Clone)]
pub struct Step {
    pub notification_id: NotificationId,
    pub delivery_id: DeliveryId,
    pub state: DeliveryState,
    pub cause: Option<Cause>,
    pub reason: Option<String>,
    pub tries: i32,
    pub next_attempt_at: Ts,
    pub ended_at: Option<Ts>,
    pub acknowledged_after_ms: Option<i32>,
}

impl Step {
    /// That of a delivery which ended at `at` after so many tries, with nothing to add.
    pub fn ended((call, id): DeliveryKey, state: DeliveryState, tries: i32, at: Ts) -> Self {
        Self {
            notification_id: call,
            delivery_id: id,
            state,
            cause: None,
            reason: None,
            tries,
            next_attempt_at: at,
            ended_at: Some(at),
            acknowledged_after_ms: None,
        }
    }
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

impl Across {
    /// Leases up to `limit` pending deliveries of calls in `range` whose lease has run out to `owner`. The guard is repeated on the update:
    /// without it two nodes that chose the same rows would both get them.
    pub async fn deliveries_claim(
        &mut self,
        owner: NodeId,
        now: Ts,
        until: Ts,
        range: Range,
        limit: i64,
    ) -> Result<Vec<Delivery>> {
        let free = || {
            let run_out = deliveries::lease_until.le(now);
            // No lease is that long: its owner's clock was ahead, or ours has been set back.
            let run_out = run_out.or(deliveries::lease_until.gt(until + (now.until(until) * 2)));
            sql::<Bool>(PENDING).and(run_out)
        };
        let due: Vec<DeliveryKey> = run!(self, |c| {
            let due = deliveries::table
                .filter(free())
                .filter(deliveries::notification_id.between(range.first, range.last))
                .select((deliveries::notification_id, deliveries::id));
            due.limit(limit).load(c).await?
        });
        let range = Range::of_keys(&due);
        let due = self.deliveries_lock_free(due).await?;
        run!(self, |c| {
            let claimed = deliveries::table
                .filter(deliveries::id.eq_any(due))
                .filter(deliveries::notification_id.between(range.first, range.last))
                .filter(free());
            let set = (deliveries::lease_owner.eq(owner), deliveries::lease_until.eq(until));
            let update = diesel::update(claimed).set(set).returning(Delivery::as_returning());
            Ok(update.get_results(c).await?)
        })
    }

    /// Prolongs the leases that `owner` holds on these.
    pub async fn deliveries_renew(&mut self, owner: NodeId, keys: &[DeliveryKey], until: Ts) -> Result<()> {
        let (range, ids) = (Range::of_keys(keys), ids(keys));
        self.deliveries_lock(range, &ids).await?;
        run!(self, |c| {
            let held = deliveries::table
                .filter(deliveries::id.eq_any(&ids))
                .filter(deliveries::notification_id.between(range.first, range.last))
                .filter(deliveries::lease_owner.eq(owner))
                .filter(deliveries::state.eq(Word(DeliveryState::Pending)));
            diesel::update(held).set(deliveries::lease_until.eq(until)).execute(c).await?;
            Ok(())
        })
    }

    /// Gives leases back at once, so that another node need not wait for them to run out.
    pub async fn deliveries_hand_back(&mut self, owner: NodeId, now: Ts) -> Result<usize> {
        run!(self, |c| {
            let held =
                deliveries::table.filter(deliveries::lease_owner.eq(owner)).filter(sql::<Bool>(PENDING));
            Ok(diesel::update(held).set(deliveries::lease_until.eq(now)).execute(c).await?)
        })
    }

    /// Notifications in `range`, received before `before`, that nobody has ended, although none of their deliveries is
    /// pending.
    pub async fn notifications_forgotten(
        &mut self,
        before: Ts,
        range: Range,
        limit: i64,
    ) -> Result<Vec<Notification>> {
        run!(self, |c| {
            let pending = deliveries::table
                .filter(deliveries::notification_id.eq(notifications::id))
                .filter(deliveries::notification_id.between(range.first, range.last))
                .filter(sql::<Bool>(PENDING));
            let open = notifications::table
                .filter(sql::<Bool>(OPEN))
                .filter(notifications::id.between(range.first, range.last))
                .filter(notifications::received_at.lt(before))
                .filter(not(exists(pending)));
            Ok(open.select(Notification::as_select()).limit(limit).load(c).await?)
        })
    }
}

fn ids(keys: &[DeliveryKey]) -> Vec<DeliveryId> {
    keys.iter().map(|key| key.1).collect()
}
