//! The program from outside, against stand-ins of what it talks to.

mod access;
mod accounts;
mod bindings;
mod commands;
mod health;
mod notifications;
mod openapi;
mod providers;
mod push;
mod ringing;
mod schema;
mod sockets;
mod webhook;
