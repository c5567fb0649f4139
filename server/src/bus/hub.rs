//! The sockets that are open in this process.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{Duration, Instant},
};
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
    look: Arc<Notify>,
    /// When it joined: by the wall clock, for other nodes, and by the steady one.
    at: Ts,
    joined: Instant,
}

/// Why a frame was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// The socket has closed.
    Gone,
    /// It does not read what it is sent.
    Slow,
    /// The node that holds the socket did not answer in time; or the bus to it is down.
    Silent,
}

impl Connection {
    /// Hands a frame over to be written; what is answered is told once it was handed to the network.
    ///
    /// # Errors
    /// [`Unwritten`] when the socket is closed, or has too many frames waiting.
    pub fn write(
        &self,
        frame: impl FnOnce(oneshot::Sender<()>) -> Frame,
    ) -> Result<oneshot::Receiver<()>, Unwritten> {
        let (written, was_written) = oneshot::channel();
        self.frames.try_send(frame(written)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unwritten::Slow,
            mpsc::error::TrySendError::Closed(_) => Unwritten::Gone,
        })?;
        Ok(was_written)
    }

    /// Has the socket look for young calls of its identity.
    pub fn look(&self) {
        self.look.notify_one();
    }
}

/// What becomes of an identity here, in the order in which it does.
#[derive(Debug)]
pub enum Turn {
    /// Its first socket has joined.
    Came(Callee),
    /// Its last socket has left.
    Left(Callee),
    /// Asks to be told once what was told before has taken effect.
    Settle(oneshot::Sender<()>),
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
    /// Told when there may be young calls that the socket was not sent.
    pub look: Arc<Notify>,
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
    /// Who follows which identities are here.
    turns: Option<mpsc::UnboundedSender<Turn>>,
}

/// Within this time two nodes may hear of a device's sockets in different orders; then the clock decides which is the
/// later one.
const CROSSING: Duration = Duration::from_secs(2);

impl Hub {
    /// A hub that tells which identities come and go. It holds no more of these than there are sockets.
    pub fn followed(turns: mpsc::UnboundedSender<Turn>) -> Self {
        Self { room: Mutex::default(), turns: Some(turns) }
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
    /// [`Full`] when its workspace has `limit` open, or its identity [`SOCKETS_PER_IDENTITY`].
    pub fn join(
        self: &Arc<Self>,
        callee: Callee,
        binding: BindingId,
        device_id: Option<String>,
        limit: NonZeroU32,
        at: Ts,
    ) -> Result<Seat, Full> {
        let (sender, frames) = mpsc::channel(WAITING_FRAMES);
        let (replaced, look) = (CancellationToken::new(), Arc::new(Notify::new()));
        let connection = Connection {
            binding,
            device_id,
            frames: sender,
            replaced: replaced.clone(),
            look: look.clone(),
            at,
            joined: Instant::now(),
        };
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
        if of_identity == 0 {
            self.tell(Turn::Came(callee.clone()));
        }
        Ok(Seat { hub: self.clone(), callee, number, frames, replaced, look })
    }

    /// A device has connected to another node, at `at` by that node's clock: its socket here has been replaced.
    pub fn replace(&self, callee: &Callee, binding: BindingId, at: Ts) {
        let mut room = self.room();
        let Some(seats) = room.seats.get_mut(callee) else { return };
        seats.retain(|(_, seat)| {
            let is_older = seat.joined.elapsed() > CROSSING || seat.at < at;
            let replaced = seat.binding == binding && is_older;
            if replaced {
                seat.replaced.cancel();
            }
            !replaced
        });
        self.clear(&mut room, callee);
    }

    /// Forgets an identity without sockets.
    fn clear(&self, room: &mut Room, callee: &Callee) {
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
            seats.retain(|(other, _)| *other != number);
        }
        self.clear(&mut room, callee);
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
mod tests {
    use super::*;

    const MANY: NonZeroU32 = NonZeroU32::MAX;

    fn now() -> Ts {
        Ts::from_micros(1_000_000)
    }

    fn callee() -> Callee {
        let workspace = crate::store::WorkspaceId::new(Ts::from_micros(0));
        Callee { workspace, account_sid: "AC1".into(), identity: "bob".into() }
    }

    #[test]
    fn a_seat_is_seen_until_it_is_dropped() {
        let (hub, callee) = (Arc::new(Hub::default()), callee());
        let binding = BindingId::new(Ts::from_micros(0));
        let seat = hub.join(callee.clone(), binding, None, MANY, now()).expect("a seat");
        assert_eq!(hub.connections(&callee).len(), 1);
        drop(seat);
        assert!(hub.connections(&callee).is_empty());
        assert!(hub.room().seats.is_empty());
    }

    #[test]
    fn a_device_that_comes_again_replaces_itself() {
        let (hub, callee) = (Arc::new(Hub::default()), callee());
        let binding = BindingId::new(Ts::from_micros(0));
        let first = hub.join(callee.clone(), binding, Some("d".into()), MANY, now()).expect("a seat");
        let second = hub.join(callee.clone(), binding, Some("d".into()), MANY, now()).expect("a seat");
        assert!(first.replaced.is_cancelled());
        assert!(!second.replaced.is_cancelled());
        drop(first);
        assert!(hub.connection(&callee, binding).is_some());
    }

    #[test]
    fn who_follows_hears_of_an_identitys_first_and_last_socket() {
        let (sender, mut turns) = mpsc::unbounded_channel();
        let (hub, callee) = (Arc::new(Hub::followed(sender)), callee());
        let ids = [1, 2].map(|number| BindingId::new(Ts::from_micros(number)));
        let [first, second] = ids.map(|id| hub.join(callee.clone(), id, None, MANY, now()).expect("a seat"));
        drop(first);
        // Another node has the device now; that its socket here ends later says nothing new.
        hub.replace(&callee, ids[1], Ts::from_micros(2_000_000));
        assert!(second.replaced.is_cancelled());
        drop(second);
        drop(hub);
        let told: Vec<bool> =
            std::iter::from_fn(|| turns.try_recv().ok()).map(|turn| matches!(turn, Turn::Came(_))).collect();
        assert_eq!(told, [true, false]);
    }

    #[test]
    fn of_two_sockets_of_a_device_that_cross_the_later_one_stays() {
        let (hub, callee) = (Arc::new(Hub::default()), callee());
        let binding = BindingId::new(Ts::from_micros(0));
        let seat = hub.join(callee.clone(), binding, Some("d".into()), MANY, now()).expect("a seat");
        hub.replace(&callee, binding, Ts::from_micros(999_999));
        assert!(!seat.replaced.is_cancelled());
        hub.replace(&callee, binding, Ts::from_micros(1_000_001));
        assert!(seat.replaced.is_cancelled());
        assert!(hub.connections(&callee).is_empty());
    }

    #[test]
    fn a_full_workspace_gets_no_seat_but_for_a_device_that_comes_again() {
        let (hub, callee) = (Arc::new(Hub::default()), callee());
        let ids = [1, 2].map(|number| BindingId::new(Ts::from_micros(number)));
        let join = |binding| hub.join(callee.clone(), binding, None, NonZeroU32::MIN, now());
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
            hub.join(callee.clone(), binding, None, MANY, now())
        };
        let seats: Vec<_> = (0..SOCKETS_PER_IDENTITY).map(|number| join(number).expect("a seat")).collect();
        assert_eq!(join(SOCKETS_PER_IDENTITY).err(), Some(Full::Identity));
        let other = Callee { identity: "carol".into(), ..callee.clone() };
        assert!(hub.join(other, BindingId::new(Ts::from_micros(0)), None, MANY, now()).is_ok());
        drop(seats);
        assert!(join(SOCKETS_PER_IDENTITY).is_ok());
    }
}
