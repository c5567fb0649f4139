//! The program from outside, against stand-ins of what it talks to.

<<<<<<< HEAD
mod access;
mod accounts;
mod bindings;
=======
mod cleanup;
mod clock;
>>>>>>> h8
mod commands;
mod fairness;
mod health;
mod notifications;
mod openapi;
<<<<<<< HEAD
mod providers;
=======
mod providers_failing;
>>>>>>> h8
mod push;
mod record;
mod ringing;
mod schema;
mod sockets;
mod webhook;
