//! Deliveries in this process's hands, and how many may be.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::store::{DeliveryId, NotificationId, WorkspaceId, deliveries::DeliveryKey};

/// In all and of one workspace: what a dead provider can pile up in memory while calls wait out their lifetime. It takes
/// more than three such workspaces to be in everybody's way.
pub const RUNNING: usize = 60_000;
const RUNNING_OF_ONE: usize = RUNNING / 4;

/// Deliveries in this process's hands.
#[derive(Default)]
pub struct Running {
    /// Each with its call.
    pub ids: HashMap<DeliveryId, NotificationId>,
    /// Of calls that are being recorded.
    reserved: usize,
    /// Both.
    by_workspace: HashMap<WorkspaceId, usize>,
}

impl Running {
    /// Takes a delivery in hand; false when it was already.
    pub fn add(&mut self, workspace: WorkspaceId, (call, id): DeliveryKey) -> bool {
        let new = self.ids.insert(id, call).is_none();
        if new {
            *self.by_workspace.entry(workspace).or_default() += 1;
        }
        new
    }

    pub fn remove(&mut self, workspace: WorkspaceId, id: DeliveryId) {
        if self.ids.remove(&id).is_some() {
            self.forget(workspace, 1);
        }
    }

    fn forget(&mut self, workspace: WorkspaceId, count: usize) {
        if let Some(own) = self.by_workspace.get_mut(&workspace) {
            *own -= count;
            if *own == 0 {
                self.by_workspace.remove(&workspace);
            }
        }
    }

    /// How many there are, with those whose calls are being recorded.
    pub fn count(&self) -> usize {
        self.ids.len() + self.reserved
    }

    /// Whether there is room for so many more of a workspace.
    pub fn has_room(&self, workspace: WorkspaceId, more: usize) -> bool {
        let own = self.by_workspace.get(&workspace).copied().unwrap_or_default();
        self.count() + more <= RUNNING && own + more <= RUNNING_OF_ONE
    }
}

/// A delivery that is in hand until this is dropped, however its work ends: what stays would be renewed for ever.
pub struct InHand<'a> {
    pub running: &'a Mutex<Running>,
    pub workspace: WorkspaceId,
    pub id: DeliveryId,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        lock(self.running).remove(self.workspace, self.id);
    }
}

/// Room for the deliveries of a call that is being recorded, until this is dropped: calls that come at one time see each
/// other.
pub struct Reserved {
    running: Arc<Mutex<Running>>,
    workspace: WorkspaceId,
    count: usize,
}

impl Reserved {
    /// Room for so many of a workspace; `None` when there is none.
    pub fn of(running: &Arc<Mutex<Running>>, workspace: WorkspaceId, count: usize) -> Option<Self> {
        let mut room = lock(running);
        if !room.has_room(workspace, count) {
            return None;
        }
        room.reserved += count;
        *room.by_workspace.entry(workspace).or_default() += count;
        drop(room);
        Some(Self { running: running.clone(), workspace, count })
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut room = lock(&self.running);
        room.reserved -= self.count;
        room.forget(self.workspace, self.count);
    }
}

pub fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Ts;

    fn workspace() -> WorkspaceId {
        WorkspaceId::new(Ts::from_micros(1))
    }

    #[test]
    fn calls_that_are_being_recorded_take_room_from_those_that_come() {
        let (running, busy, calm) = (Arc::default(), workspace(), workspace());
        let first = Reserved::of(&running, busy, RUNNING_OF_ONE).expect("room");
        assert!(Reserved::of(&running, busy, 1).is_none(), "one workspace has its part");
        assert!(Reserved::of(&running, busy, 0).is_some(), "who rings nobody takes none");
        let others: Vec<_> = (0..3).map(|_| Reserved::of(&running, workspace(), RUNNING_OF_ONE)).collect();
        assert!(others.iter().all(Option::is_some));
        assert!(Reserved::of(&running, calm, 1).is_none(), "the node has its limit");
        drop(first);
        assert!(Reserved::of(&running, calm, 1).is_some());
        drop(others);
        let room = lock(&running);
        assert_eq!((room.count(), room.by_workspace.len()), (0, 0));
    }

    #[test]
    fn what_was_in_hand_is_not_however_its_work_ends() {
        let (running, at) = (Mutex::<Running>::default(), Ts::from_micros(1));
        let (workspace, call, id) = (workspace(), NotificationId::new(at), DeliveryId::new(at));
        let counts = || {
            let room = lock(&running);
            (room.count(), room.by_workspace.len())
        };
        assert!(lock(&running).add(workspace, (call, id)));
        assert!(!lock(&running).add(workspace, (call, id)), "it is already");
        assert_eq!(counts(), (1, 1));
        drop(InHand { running: &running, workspace, id });
        assert_eq!(counts(), (0, 0));
    }
}
