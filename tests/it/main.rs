//! The program from outside, against stand-ins of what it talks to.

mod health;
mod push;
