//! The program from outside, against stand-ins of what it talks to.

mod cleanup;
mod clock;
mod commands;
mod fairness;
mod health;
mod openapi;
mod providers_failing;
mod push;
mod record;
mod ringing;
mod schema;
mod sockets;
mod webhook;
