//! What happened to calls, written in one transaction.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ringhook_openapi::{DeliveryState, Outcome};

use super::{
    Across, Conn, Result, Word,
    connection::run,
    deliveries::{Answered, BindingNote, Ended, Progress, ProviderMark, Step},
    dialect::{Notified, insert_many},
    schema::{attempts, deliveries, notifications, providers, repeats},
};

/// Splits items into rounds in which no key comes twice, each in the order of the keys. What one key has comes in its own
/// order, a round each.
fn rounds<T, K: Ord>(mut items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<Vec<T>> {
    items.sort_by_key(&key);
    let mut rounds: Vec<Vec<T>> = Vec::new();
    let (mut last, mut round) = (None, 0);
    for item in items {
        let key = Some(key(&item));
        round = if key == last { round + 1 } else { 0 };
        last = key;
        match rounds.get_mut(round) {
            Some(rest) => rest.push(item),
            None => rounds.push(vec![item]),
        }
    }
    rounds
}

/// One row for each binding: the last of what was noted.
fn notified(notes: &[BindingNote]) -> Vec<Notified> {
    let mut all: Vec<Notified> = Vec::new();
    for note in notes {
        let accepted_at = note.accepted.then_some(note.at);
        match all.last_mut().filter(|(id, ..)| *id == note.binding_id) {
            Some((_, at, accepted)) => {
                *at = note.at;
                *accepted = accepted_at.or(*accepted);
            }
            None => all.push((note.binding_id, note.at, accepted_at)),
        }
    }
    all
}

impl Across {
    /// Writes progress; to write it twice is to write it once. Rows are taken in the order of their ids, so that nodes
    /// never lock each other.
    pub async fn progress_write(&mut self, mut progress: Progress) -> Result<()> {
        insert_many!(self, deliveries::table, progress.deliveries, or_skip);
        insert_many!(self, attempts::table, progress.attempts, or_skip);
        for steps in rounds(progress.steps, |step| step.delivery_id) {
            self.delivery_steps(&steps).await?;
        }
        progress.notes.sort_by_key(|note| note.binding_id);
        self.bindings_noted(&progress.notes).await?;
        progress.reactivations.sort();
        for (workspace, binding) in &progress.reactivations {
            self.binding_activate(*workspace, *binding).await?;
        }
        for answers in rounds(progress.answers, |answer| answer.notification_id) {
            self.notifications_answered(&answers).await?;
        }
        for ends in rounds(progress.ends, |end| end.notification_id) {
            self.notifications_ended(&ends).await?;
        }
        progress.providers.sort_by_key(|mark| mark.provider_id);
        for mark in &progress.providers {
            self.provider_mark(mark).await?;
        }
        Ok(())
    }

    async fn bindings_noted(&mut self, notes: &[BindingNote]) -> Result<()> {
        let notified = notified(notes);
        if !notified.is_empty() {
            self.bindings_notified(&notified).await?;
        }
        for note in notes {
            if let Some(reason) = &note.dead {
                self.binding_deactivate(note.workspace_id, note.binding_id, reason, note.at, note.at).await?;
            }
        }
        Ok(())
    }
}

impl Conn {
    /// Moves a delivery on. Only an acceptance may change what has ended, and nothing changes an acknowledgement.
    pub(super) async fn delivery_step(&mut self, step: &Step) -> Result<()> {
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
            let found = deliveries::table
                .find(step.delivery_id)
                .filter(deliveries::notification_id.eq(step.notification_id));
            diesel::update(found.filter(open)).set(set).execute(c).await?;
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

    pub(super) async fn notification_answered(&mut self, answer: &Answered) -> Result<()> {
        run!(self, |c| {
            let set = (
                notifications::answer_status.eq(answer.status),
                notifications::answer_after_ms.eq(answer.after_ms),
            );
            diesel::update(notifications::table.find(answer.notification_id)).set(set).execute(c).await?;
            Ok(())
        })
    }

    /// Keeps an answer for who repeats its message, or forgets the message.
    pub(super) async fn repeat_answered(&mut self, answer: &Answered) -> Result<()> {
        let key = (answer.workspace_id, &answer.account_sid, &answer.message_id);
        run!(self, |c| {
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
    pub(super) async fn notification_ended(&mut self, end: &Ended) -> Result<()> {
        run!(self, |c| {
            let open = notifications::outcome.ne(Word(Outcome::Accepted));
            let set = (notifications::outcome.eq(Word(end.outcome)), notifications::ended_at.eq(end.at));
            let found = notifications::table.find(end.notification_id).filter(open);
            diesel::update(found).set(set).execute(c).await?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
