//! The commands of the program, one file each.

pub mod doctor;
pub mod migrate;
pub mod openapi;
pub mod seal;
pub mod serve;
pub mod simulate;
mod simulated;
mod tally;
pub mod verify;
pub mod workspace;
