//! A device on a WebSocket: who it is, what it is sent, what it acknowledges.

mod farewell;
mod handshake;
mod late;
mod session;

pub use handshake::connect;
