//! The program from outside, against stand-ins of what it talks to.

mod faults;
mod health;
mod push;
