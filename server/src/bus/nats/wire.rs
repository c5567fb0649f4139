//! What nodes say to each other, as JSON, sealed for the subject that it is said on: NATS sees no payload of a call, and
//! what was not sealed by a node of ours is not believed.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::secrets::Keyring;

/// What is asked on an identity's subject, and by whom: it comes to who asks as well.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) node: Uuid,
    pub(super) ask: Ask,
}

/// Asked of an identity.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// Which sockets are there? Answered with [`Here`].
    Who,
    /// Write this. Answered with [`Rung`].
    Ring {
        notification: Uuid,
        text: String,
        message_id: String,
        received_at: i64,
        /// Bindings and their deliveries.
        legs: Vec<(Uuid, Uuid)>,
        others: Look,
    },
    /// A call was recorded.
    Look(Look),
    /// A device has connected, with this binding, at this time: its other sockets are replaced.
    Moved { binding: Uuid, at: i64 },
}

/// Who is to look for a call that was recorded.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Look {
    All,
    Only(Uuid),
    Nobody,
}

/// The sockets of an identity on one node.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Here {
    pub(super) node: Uuid,
    pub(super) bindings: Vec<Uuid>,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Came {
    Written,
    Gone,
    Slow,
    /// It is being written.
    Waits,
}

/// What became of the frames for one node's sockets; those that are not its own are left out.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rung {
    pub(super) node: Uuid,
    pub(super) came: Vec<(Uuid, Came)>,
}

/// Who answers.
pub(super) trait FromNode: DeserializeOwned {
    fn node(&self) -> Uuid;
}

impl FromNode for Here {
    fn node(&self) -> Uuid {
        self.node
    }
}

impl FromNode for Rung {
    fn node(&self) -> Uuid {
        self.node
    }
}

/// What a node tells all others of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Gossip {
    /// It is new, or was away, and may have taken calls meanwhile: whoever hears this tells what it holds.
    Hello { away: bool },
    /// Tell all that you hold, node.
    Again(Uuid),
    /// Identities and devices that it holds, by [`short`](super::subject::short) and [`device`](super::subject::device); the
    /// first of several parts begins anew.
    Holds { first: bool, last: bool, held: Vec<u64> },
    /// It holds one more.
    Came(u64),
    /// It holds one less.
    Left(u64),
    /// It lives, and holds so many with this digest.
    Beat { count: usize, digest: u64 },
    /// It ends.
    Bye,
}

/// Gossip and who tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) node: Uuid,
    pub(super) gossip: Gossip,
}

/// Seals a message for its subject; of a workspace, or of none.
pub(super) fn seal(
    keyring: &Keyring,
    workspace: Uuid,
    subject: &str,
    message: &impl Serialize,
) -> Option<Bytes> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(message).ok()?);
    keyring.seal_message(workspace, subject, &plain).ok().map(Bytes::from)
}

/// Opens what was sealed for this subject; `None` for anything else.
pub(super) fn open<T: DeserializeOwned>(
    keyring: &Keyring,
    workspace: Uuid,
    subject: &str,
    sealed: &[u8],
) -> Option<T> {
    serde_json::from_slice(&keyring.open_message(workspace, subject, sealed).ok()?).ok()
}
