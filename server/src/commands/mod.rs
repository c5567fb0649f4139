//! The commands of the program, one file each.

pub mod simulate;
mod simulated;
mod tally;
pub mod verify;
