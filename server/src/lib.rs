//! Ringhook: takes Twilio's call notifications, rings every bound device, and tells why when one did not ring.

pub mod access;
pub mod api;
pub mod app;
pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod http;
pub mod push;
pub mod secrets;
pub mod store;
pub mod twilio;
