//! Support for tests: stand-ins for what Ringhook talks to.

pub mod apns;
pub mod fcm;
pub mod stand_in;
