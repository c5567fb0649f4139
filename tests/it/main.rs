//! The program from outside, against stand-ins of what it talks to.

mod access;
mod accounts;
mod bindings;
mod cleanup;
mod clock;
mod commands;
mod dashboard;
mod fairness;
mod faults;
mod health;
mod idempotency;
mod mail;
mod matrix;
mod notifications;
mod openapi;
mod pages;
mod people;
mod persons;
mod providers;
mod providers_failing;
mod push;
mod record;
mod ringing;
mod schema;
mod sockets;
mod webhook;
