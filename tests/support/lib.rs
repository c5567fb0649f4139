//! Support for tests: the running program, throwaway databases, and stand-ins for what Ringhook talks to.

pub mod api;
pub mod apns;
pub mod app;
pub mod authenticator;
pub mod binary;
pub mod both;
pub mod browser;
pub mod database;
mod days;
pub mod fcm;
pub mod ledger;
pub mod mail;
pub mod nats;
pub mod nodes;
pub mod oidc;
pub mod pages;
pub mod pgbouncer;
pub mod plans;
pub mod postgres;
pub mod process;
mod setup;
pub mod smtp;
pub mod socket;
pub mod stand_in;
pub mod tls;
pub mod twilio;
pub mod until;
