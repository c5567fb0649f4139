//! One open socket, as the rest of the program sees it.

use std::sync::{Arc, OnceLock};

use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

use crate::store::{AccountKeyId, BindingId, DeliveryId, NotificationId, Ts};

/// Frames that wait for a socket, at most; the next one finds it unwritable, and is tried again. As many calls as are
/// recorded at once may be for one device.
const WAITING_FRAMES: usize = 256;
/// Within this time two nodes may hear of a device's sockets in different orders; then the clock decides which is the
/// later one.
const CROSSING: Duration = Duration::from_secs(2);

/// A payload on its way to a socket.
#[derive(Debug)]
pub struct Frame {
    /// The body exactly as Twilio sent it.
    pub text: Arc<str>,
    pub message_id: String,
    pub notification: NotificationId,
    pub delivery: DeliveryId,
    pub received_at: Ts,
    /// Told what came of it; dropped with a socket that ended before.
    pub written: oneshot::Sender<Result<(), Unwritten>>,
}

/// One open socket, as the rest of the program sees it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The device's binding; of its own where the device gave no id.
    pub binding: BindingId,
    pub device_id: Option<String>,
    /// Boxed: a channel sets room for 32 values aside, and most sockets never have one waiting.
    frames: mpsc::Sender<Box<Frame>>,
    end: Arc<End>,
    look: Arc<Notify>,
    /// When it joined: by the wall clock, for other nodes, and by the steady one.
    at: Ts,
    joined: Instant,
    /// What lets it in, and since when: see [`Connection::let_in_by`].
    key: Option<AccountKeyId>,
    known: Instant,
}

/// Why a frame was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// The socket has closed.
    Gone,
    /// It takes no more for now.
    Slow,
    /// The node that holds the socket did not answer in time; or the bus to it is down.
    Silent,
}

/// The socket's own ends of its [`Connection`].
pub(super) struct Ends {
    pub(super) frames: mpsc::Receiver<Box<Frame>>,
    pub(super) end: Arc<End>,
    pub(super) look: Arc<Notify>,
}

impl Connection {
    /// A socket that joins now, which is `at` by the wall clock.
    pub(super) fn new(binding: BindingId, device_id: Option<String>, at: Ts) -> (Self, Ends) {
        let (sender, frames) = mpsc::channel(WAITING_FRAMES);
        let (end, look) = (Arc::new(End::default()), Arc::new(Notify::new()));
        let ends = Ends { frames, end: end.clone(), look: look.clone() };
        let joined = Instant::now();
        let connection =
            Self { binding, device_id, frames: sender, end, look, at, joined, key: None, known: joined };
        (connection, ends)
    }

    /// It stands on a token that this Twilio API key has signed, or on one that none has.
    pub(super) fn let_in_by(&mut self, key: Option<AccountKeyId>) {
        self.key = key;
        self.known = Instant::now();
    }

    /// The key that it stood on at `moment`, if it was there.
    pub(super) fn stood_on(&self, moment: Instant) -> Option<Option<AccountKeyId>> {
        (self.known <= moment).then_some(self.key)
    }

    /// Whether it joined before one of another node did, at `at` by that node's clock.
    pub(super) fn is_older(&self, at: Ts) -> bool {
        self.joined.elapsed() > CROSSING || self.at < at
    }

    /// Has it end.
    pub(super) fn end(&self, why: Ending) {
        self.end.tell(why);
    }

    /// Hands a frame over to be written; what is answered is told once it was handed to the network.
    ///
    /// # Errors
    /// [`Unwritten`] when the socket is closed, or has too many frames waiting.
    pub fn write(
        &self,
        frame: impl FnOnce(oneshot::Sender<Result<(), Unwritten>>) -> Frame,
    ) -> Result<oneshot::Receiver<Result<(), Unwritten>>, Unwritten> {
        let (written, was_written) = oneshot::channel();
        self.frames.try_send(Box::new(frame(written))).map_err(|error| match error {
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

/// Why a socket is ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its device has connected again.
    Replaced,
    /// Its workspace was stopped, or is to be deleted.
    WorkspaceClosed,
    /// Its Twilio account was disconnected, or disabled.
    AccountDisconnected,
    /// The Twilio API key that signed its token was removed from the account, or its secret replaced.
    KeyRemoved,
}

/// The end of a socket, told to it from outside.
#[derive(Debug, Default)]
pub struct End {
    why: OnceLock<Ending>,
    is_told: CancellationToken,
}

impl End {
    fn tell(&self, why: Ending) {
        // Whoever is first has said why.
        let _ = self.why.set(why);
        self.is_told.cancel();
    }

    /// Whether it was told.
    #[cfg(test)]
    pub(super) fn is_told(&self) -> bool {
        self.is_told.is_cancelled()
    }

    /// Waits until it is told, and says why.
    pub async fn told(&self) -> Ending {
        self.is_told.cancelled().await;
        self.why.get().copied().unwrap_or(Ending::Replaced)
    }
}
