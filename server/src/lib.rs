//! Ringhook: takes Twilio's call notifications, rings every bound device, and tells why when one did not ring.

pub mod commands;
pub mod push;
pub mod store;
pub mod twilio;
