//! The commands of the program, one file each.

pub mod openapi;
pub mod simulate;
mod simulated;
mod tally;
pub mod verify;
