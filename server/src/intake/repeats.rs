//! A message that comes again rings nobody again; its sender gets the first answer, waiting for it while there is none.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::{Answer, Intake, answer};
use crate::store::{NotificationId, Result, calls::Repeat};

type Room = HashMap<NotificationId, watch::Receiver<Option<Answer>>>;

/// Calls of this process that are not answered yet.
#[derive(Default, Clone)]
pub(super) struct Undecided(Arc<Mutex<Room>>);

/// The promise of an answer; dropped without one, those who wait look into the record.
pub(super) struct Promise {
    undecided: Undecided,
    id: NotificationId,
    answer: watch::Sender<Option<Answer>>,
}

impl Undecided {
    fn room(&self) -> MutexGuard<'_, Room> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn promise(&self, id: NotificationId) -> Promise {
        let (answer, waiting) = watch::channel(None);
        self.room().insert(id, waiting);
        Promise { undecided: self.clone(), id, answer }
    }

    pub(super) fn count(&self) -> usize {
        self.room().len()
    }

    fn waiting(&self, id: NotificationId) -> Option<watch::Receiver<Option<Answer>>> {
        self.room().get(&id).cloned()
    }
}

impl Promise {
    pub(super) fn keep(self, answer: Answer) {
        self.answer.send_replace(Some(answer));
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.undecided.room().remove(&self.id);
    }
}

/// Pause between looks into the record, while another node decides.
const LOOK: Duration = Duration::from_millis(50);
/// Time over the workspace's own that the first answer may take to be written.
const SLACK: Duration = Duration::from_secs(1);

impl Intake {
    /// The first answer to a message, waited for at most a little longer than the first sender had to wait. If its
    /// node died before it answered, the call is durable and being rung by another: then the deliveries tell.
    pub(super) async fn repeat(&self, first: Repeat, within: Duration) -> Result<Answer> {
        let until = Instant::now() + within + SLACK;
        let id = first.notification_id;
        if let Some(mut waiting) = self.undecided.waiting(id) {
            let decided = tokio::time::timeout_at(until, waiting.wait_for(Option::is_some)).await;
            if let Ok(Ok(answer)) = decided
                && let Some(answer) = answer.clone()
            {
                return Ok(answer);
            }
        }
        let mut mark = Some(first.clone());
        loop {
            if let Some(answer) = mark.as_ref().and_then(recorded) {
                return Ok(answer);
            }
            if mark.is_none() || Instant::now() >= until {
                return self.by_record(&first).await;
            }
            tokio::time::sleep(LOOK).await;
            let mut conn = self.ground.store.engine().read().await?;
            mark = conn.repeat(first.workspace_id, &first.account_sid, &first.message_id).await?;
        }
    }

    async fn by_record(&self, first: &Repeat) -> Result<Answer> {
        let mut conn = self.ground.store.engine().read().await?;
        let deliveries = conn.deliveries_of(first.workspace_id, first.notification_id).await?;
        let states: Vec<_> = deliveries.iter().map(|delivery| delivery.state.0).collect();
        Ok(answer::by_states(first.notification_id, &states))
    }
}

fn recorded(mark: &Repeat) -> Option<Answer> {
    let count = |number: Option<i32>| usize::try_from(number.unwrap_or_default()).unwrap_or_default();
    let notification = mark.notification_id;
    Some(match mark.answer_status? {
        200 => Answer::Rang {
            notification,
            bindings: count(mark.answer_bindings),
            accepted: count(mark.answer_accepted),
        },
        _ => Answer::Nobody { notification, dead: true },
    })
}
