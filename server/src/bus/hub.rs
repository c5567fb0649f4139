//! The sockets that are open in this process.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::Callee;
use crate::store::{BindingId, DeliveryId, NotificationId, Ts, WorkspaceId};

/// Frames that wait for a slow reader, at most; the next one finds the socket unwritable.
const WAITING_FRAMES: usize = 32;

/// Sockets of one identity, at most: more devices than anybody rings, and few enough to write to at once.
pub const SOCKETS_PER_IDENTITY: usize = 100;

/// Why a socket gets no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Its workspace has as many as it may.
    Workspace,
    /// Its identity has.
    Identity,
}

/// A payload on its way to a socket.
#[derive(Debug)]
pub struct Frame {
    /// The body exactly as Twilio sent it.
    pub text: Arc<str>,
    pub message_id: String,
    pub notification: NotificationId,
    pub delivery: DeliveryId,
    pub received_at: Ts,
    /// Told once the frame was written.
    pub written: oneshot::Sender<()>,
}

/// One open socket, as the rest of the program sees it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The device's binding; of its own where the device gave no id.
    pub binding: BindingId,
    pub device_id: Option<String>,
    frames: mpsc::Sender<Frame>,
    replaced: CancellationToken,
}

/// Why a frame was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// The socket has closed.
    Gone,
    /// It does not read what it is sent.
    Slow,
}

impl Connection {
    /// Writes a frame; answers once it was handed to the network.
    pub async fn write(&self, frame: impl FnOnce(oneshot::Sender<()>) -> Frame) -> Result<(), Unwritten> {
        let (written, was_written) = oneshot::channel();
        self.frames.try_send(frame(written)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unwritten::Slow,
            mpsc::error::TrySendError::Closed(_) => Unwritten::Gone,
        })?;
        was_written.await.map_err(|_| Unwritten::Gone)
    }
}

/// A socket's place in the hub; dropping it frees the place.
pub struct Seat {
    hub: Arc<Hub>,
    callee: Callee,
    number: u64,
    /// What is to be written to the socket.
    pub frames: mpsc::Receiver<Frame>,
    /// Cancelled when the same device connects again.
    pub replaced: CancellationToken,
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
pub struct Hub(Mutex<Room>);

impl Hub {
    fn room(&self) -> MutexGuard<'_, Room> {
        // No code under the lock can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seats a socket. A device that connects again takes the place of its earlier socket.
    ///
    /// # Errors
    /// [`Full`] when its workspace has `limit` open, or its identity [`SOCKETS_PER_IDENTITY`].
    pub fn join(
        self: &Arc<Self>,
        callee: Callee,
        binding: BindingId,
        device_id: Option<String>,
        limit: NonZeroU32,
    ) -> Result<Seat, Full> {
        let (sender, frames) = mpsc::channel(WAITING_FRAMES);
        let replaced = CancellationToken::new();
        let connection = Connection { binding, device_id, frames: sender, replaced: replaced.clone() };
        let mut room = self.room();
        let room = &mut *room;
        let is_again = room
            .seats
            .get(&callee)
            .is_some_and(|seats| seats.iter().any(|(_, other)| other.binding == binding));
        let open = room.open.entry(callee.workspace).or_default();
        if *open >= limit.get() && !is_again {
            return Err(Full::Workspace);
        }
        let of_identity = room.seats.get(&callee).map_or(0, Vec::len);
        if of_identity >= SOCKETS_PER_IDENTITY && !is_again {
            return Err(Full::Identity);
        }
        *open += 1;
        room.last_number += 1;
        let number = room.last_number;
        let seats = room.seats.entry(callee.clone()).or_default();
        seats.retain(|(_, other)| {
            let same = other.binding == connection.binding;
            if same {
                other.replaced.cancel();
            }
            !same
        });
        seats.push((number, connection));
        Ok(Seat { hub: self.clone(), callee, number, frames, replaced })
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
            seats.retain(|(other, _)| *other != number);
            if seats.is_empty() {
                room.seats.remove(callee);
            }
        }
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
mod tests {
    use super::*;

    const MANY: NonZeroU32 = NonZeroU32::MAX;

    fn callee() -> Callee {
        let workspace = crate::store::WorkspaceId::new(Ts::from_micros(0));
        Callee { workspace, account_sid: "AC1".into(), identity: "bob".into() }
    }

    #[test]
    fn a_seat_is_seen_until_it_is_dropped() {
        let (hub, callee) = (Arc::new(Hub::default()), callee());
        let binding = BindingId::new(Ts::from_micros(0));
        let seat = hub.join(callee.clone(), binding, None, MANY).expect("a seat");
        assert_eq!(hub.connections(&callee).len(), 1);
        drop(seat);
        assert!(hub.connections(&callee).is_empty());
        assert!(hub.room().seats.is_empty());
    }

    #[test]
    fn a_device_that_comes_again_replaces_itself() {
        let (hub, callee) = (Arc::new(Hub::default()), callee());
        let binding = BindingId::new(Ts::from_micros(0));
        let first = hub.join(callee.clone(), binding, Some("d".into()), MANY).expect("a seat");
        let second = hub.join(callee.clone(), binding, Some("d".into()), MANY).expect("a seat");
        assert!(first.replaced.is_cancelled());
        assert!(!second.replaced.is_cancelled());
        drop(first);
        assert!(hub.connection(&callee, binding).is_some());
    }

    #[test]
    fn a_full_workspace_gets_no_seat_but_for_a_device_that_comes_again() {
        let (hub, callee) = (Arc::new(Hub::default()), callee());
        let ids = [1, 2].map(|number| BindingId::new(Ts::from_micros(number)));
        let join = |binding| hub.join(callee.clone(), binding, None, NonZeroU32::MIN);
        let first = join(ids[0]).expect("a seat");
        assert_eq!(join(ids[1]).err(), Some(Full::Workspace));
        let again = join(ids[0]).expect("its own seat");
        drop(first);
        assert_eq!(join(ids[1]).err(), Some(Full::Workspace));
        drop(again);
        assert!(hub.room().open.is_empty());
        assert!(join(ids[1]).is_ok());
    }

    #[test]
    fn one_identity_has_only_so_many() {
        let (hub, callee) = (Arc::new(Hub::default()), callee());
        let join = |number| {
            let binding = BindingId::new(Ts::from_micros(i64::try_from(number).expect("a number") * 1000));
            hub.join(callee.clone(), binding, None, MANY)
        };
        let seats: Vec<_> = (0..SOCKETS_PER_IDENTITY).map(|number| join(number).expect("a seat")).collect();
        assert_eq!(join(SOCKETS_PER_IDENTITY).err(), Some(Full::Identity));
        let other = Callee { identity: "carol".into(), ..callee.clone() };
        assert!(hub.join(other, BindingId::new(Ts::from_micros(0)), None, MANY).is_ok());
        drop(seats);
        assert!(join(SOCKETS_PER_IDENTITY).is_ok());
    }
}
