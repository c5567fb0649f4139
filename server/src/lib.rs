//! Ringhook: takes Twilio's call notifications, rings every bound device, and tells why when one did not ring.

pub mod access;
pub mod api;
pub mod app;
pub mod bus;
pub mod clock;
pub mod commands;
pub mod config;
pub mod dashboard;
pub mod dispatch;
pub mod domain;
pub mod housekeeping;
pub mod http;
pub mod intake;
pub mod mail;
pub mod metrics;
pub mod nodes;
pub mod oidc;
pub mod push;
pub mod router;
pub mod secrets;
pub mod socket;
pub mod status;
pub mod store;
pub mod telemetry;
pub mod twilio;
