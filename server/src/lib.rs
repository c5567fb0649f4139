//! Ringhook: takes Twilio's call notifications, rings every bound device, and tells why when one did not ring.

pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod push;
pub mod secrets;
pub mod store;
pub mod twilio;
