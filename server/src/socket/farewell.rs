//! What a socket is told last.

use poem::web::websocket::{CloseCode, Message};

use crate::bus::Ending;

/// Why a socket is closed, in codes of our own where RFC 6455 has none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Farewell {
    TokenEnded,
    Ended(Ending),
    Restarting,
    Silent,
    NotText,
    TooLarge,
}

impl Farewell {
    /// As it is sent.
    pub(super) fn message(self) -> Message {
        let (code, reason) = match self {
            Self::TokenEnded => (4401, "the token has ended; connect with a new one"),
            Self::Ended(Ending::Replaced) => (4409, "this device has connected again"),
            Self::Ended(Ending::WorkspaceClosed) => (4403, "the workspace is closed"),
            Self::Ended(Ending::AccountDisconnected) => {
                (4403, "the Twilio account is not connected any more")
            }
            Self::Ended(Ending::KeyRemoved) => (4403, "the token's API key is not stored any more"),
            Self::Restarting => (1012, "restarting; connect again"),
            Self::Silent => (4408, "no sign of life"),
            Self::NotText => (1003, "send JSON as text"),
            Self::TooLarge => (1009, "a message has at most 16 KiB"),
        };
        Message::Close(Some((CloseCode::from(code), reason.to_owned())))
    }
}
