//! The program from outside, against stand-ins of what it talks to.

mod commands;
mod faults;
mod health;
mod openapi;
mod push;
mod ringing;
mod schema;
mod sockets;
mod webhook;
