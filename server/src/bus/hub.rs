//! The sockets that are open in this process.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::Instant,
};

use super::{
    Callee,
    acknowledged::Acknowledged,
    connection::{Connection, End, Ending, Ends, Frame},
};
use crate::store::{AccountKeyId, BindingId, Ts, WorkspaceId};

/// Sockets of one identity, at most: more devices than anybody rings, and few enough to write to at once.
pub const SOCKETS_PER_IDENTITY: usize = 100;

/// How many sockets may be open here.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Of one workspace.
    pub workspace: NonZeroU32,
    /// Of one identity.
    pub identity: usize,
}

/// Why a socket gets no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Its workspace has as many as it may.
    Workspace,
    /// Its identity has.
    Identity,
}

/// What comes and goes here, in the order in which it does.
#[derive(Debug)]
pub enum Turn {
    /// The first socket of an identity has joined.
    Came(Callee),
    /// Its last socket has left.
    Left(Callee),
    /// A device with an id of its own has connected, or with `false` has left.
    Device(BindingId, bool),
    /// Somebody watches a workspace's log.
    Watched(WorkspaceId),
    /// Nobody does any more.
    Unwatched(WorkspaceId),
    /// Asks to be told once what was told before has taken effect.
    Settle(oneshot::Sender<()>),
    /// This process ends, and asks to be told once the others have been told.
    Bye(oneshot::Sender<()>),
}

/// A socket's place in the hub; dropping it frees the place.
pub struct Seat {
    hub: Arc<Hub>,
    callee: Callee,
    number: u64,
    /// What is to be written to the socket.
    pub frames: mpsc::Receiver<Box<Frame>>,
    /// Told when it has to end.
    pub end: Arc<End>,
    /// Told when there may be young calls that the socket was not sent.
    pub look: Arc<Notify>,
}

impl Seat {
    /// The socket stands on a token that this Twilio API key has signed, or on one that none has.
    pub fn let_in_by(&self, key: Option<AccountKeyId>) {
        self.hub.let_in_by(&self.callee, self.number, key);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(&self.callee, self.number);
    }
}

#[derive(Default)]
struct Room {
    seats: HashMap<Callee, Vec<(u64, Connection)>>,
    /// How many sockets each workspace has open.
    open: HashMap<WorkspaceId, u32>,
    last_number: u64,
}

/// The open sockets by identity.
#[derive(Default)]
pub struct Hub {
    room: Mutex<Room>,
    /// What devices said last of their calls.
    pub acknowledged: Acknowledged,
    /// Who follows which identities are here.
    turns: Option<mpsc::UnboundedSender<Turn>>,
}

impl Hub {
    /// A hub that tells which identities come and go. It holds no more of these than there are sockets.
    pub fn followed(turns: mpsc::UnboundedSender<Turn>) -> Self {
        Self { turns: Some(turns), ..Self::default() }
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        // No code under the lock can panic half-way through a change.
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Told under the lock, so that what is told is in order.
    fn tell(&self, turn: Turn) {
        if let Some(turns) = &self.turns {
            // Nobody follows any more once the process ends.
            let _ = turns.send(turn);
        }
    }

    /// Seats a socket. A device that connects again takes the place of its earlier socket.
    ///
    /// # Errors
    /// [`Full`] when its workspace or its identity has as many open as `limit` says.
    pub fn join(
        self: &Arc<Self>,
        callee: Callee,
        binding: BindingId,
        device_id: Option<String>,
        limit: Limit,
        at: Ts,
    ) -> Result<Seat, Full> {
        let (connection, ends) = Connection::new(binding, device_id, at);
        let mut room = self.room();
        let room = &mut *room;
        let is_again = room
            .seats
            .get(&callee)
            .is_some_and(|seats| seats.iter().any(|(_, other)| other.binding == binding));
        let open = room.open.entry(callee.workspace).or_default();
        if *open >= limit.workspace.get() && !is_again {
            return Err(Full::Workspace);
        }
        let of_identity = room.seats.get(&callee).map_or(0, Vec::len);
        if of_identity >= limit.identity && !is_again {
            return Err(Full::Identity);
        }
        *open += 1;
        room.last_number += 1;
        let number = room.last_number;
        let seats = room.seats.entry(callee.clone()).or_default();
        seats.retain(|(_, other)| {
            let same = other.binding == connection.binding;
            if same {
                other.end(Ending::Replaced);
            }
            !same
        });
        if !is_again && connection.device_id.is_some() {
            self.tell(Turn::Device(binding, true));
        }
        seats.push((number, connection));
        if of_identity == 0 {
            self.tell(Turn::Came(callee.clone()));
        }
        let Ends { frames, end, look } = ends;
        Ok(Seat { hub: self.clone(), callee, number, frames, end, look })
    }

    /// A device has connected to another node, at `at` by that node's clock: its socket here has been replaced.
    pub fn replace(&self, callee: &Callee, binding: BindingId, at: Ts) {
        let mut room = self.room();
        let Some(seats) = room.seats.get_mut(callee) else { return };
        let place = seats.iter().position(|(_, seat)| seat.binding == binding && seat.is_older(at));
        if let Some(place) = place {
            let (_, seat) = seats.swap_remove(place);
            seat.end(Ending::Replaced);
            self.clear(&mut room, callee, &seat);
        }
    }

    /// Ends the sockets that `why` names a reason for, by their identity and the API key they stand on. Those that came
    /// after `moment`, which is when it began to be found out what holds, are left for the next time.
    pub fn dismiss(&self, moment: Instant, why: impl Fn(&Callee, Option<AccountKeyId>) -> Option<Ending>) {
        for (callee, seats) in &self.room().seats {
            for (_, seat) in seats {
                if let Some(ending) = seat.stood_on(moment).and_then(|key| why(callee, key)) {
                    seat.end(ending);
                }
            }
        }
    }

    fn let_in_by(&self, callee: &Callee, number: u64, key: Option<AccountKeyId>) {
        let mut room = self.room();
        let mut seats = room.seats.get_mut(callee).into_iter().flatten();
        if let Some((_, seat)) = seats.find(|(other, _)| *other == number) {
            seat.let_in_by(key);
        }
    }

    /// The workspaces with open sockets.
    pub fn workspaces(&self) -> HashSet<WorkspaceId> {
        self.room().open.keys().copied().collect()
    }

    /// Forgets a socket that is in its identity's list no more, and the identity once that is empty.
    fn clear(&self, room: &mut Room, callee: &Callee, seat: &Connection) {
        if seat.device_id.is_some() {
            self.tell(Turn::Device(seat.binding, false));
        }
        if room.seats.get(callee).is_some_and(Vec::is_empty) {
            room.seats.remove(callee);
            self.tell(Turn::Left(callee.clone()));
        }
    }

    fn leave(&self, callee: &Callee, number: u64) {
        let mut room = self.room();
        if let Some(open) = room.open.get_mut(&callee.workspace) {
            *open -= 1;
            if *open == 0 {
                room.open.remove(&callee.workspace);
            }
        }
        if let Some(seats) = room.seats.get_mut(callee) {
            // One that was replaced is in the list no more.
            let place = seats.iter().position(|(other, _)| *other == number);
            if let Some((_, seat)) = place.map(|place| seats.swap_remove(place)) {
                self.clear(&mut room, callee, &seat);
            }
        }
    }

    /// Every open socket.
    pub fn all(&self) -> Vec<Connection> {
        let room = self.room();
        room.seats.values().flatten().map(|(_, connection)| connection.clone()).collect()
    }

    /// How many sockets are open.
    pub fn open(&self) -> usize {
        self.room().open.values().map(|open| *open as usize).sum()
    }

    /// The open sockets of an identity.
    pub fn connections(&self, callee: &Callee) -> Vec<Connection> {
        let room = self.room();
        let seats = room.seats.get(callee).map(Vec::as_slice).unwrap_or_default();
        seats.iter().map(|(_, connection)| connection.clone()).collect()
    }

    /// The socket of one binding, if it is open.
    pub fn connection(&self, callee: &Callee, binding: BindingId) -> Option<Connection> {
        let room = self.room();
        let seats = room.seats.get(callee)?;
        seats.iter().map(|(_, connection)| connection).find(|seat| seat.binding == binding).cloned()
    }
}

#[cfg(test)]
mod tests;
