//! The commands of the program, one file each.

pub mod backup;
pub mod doctor;
mod existing;
pub mod healthcheck;
pub mod keys;
pub mod migrate;
pub mod openapi;
pub mod seal;
pub mod serve;
pub mod simulate;
mod simulated;
pub mod table;
mod tally;
pub mod user;
pub mod verify;
pub mod workspace;
