//! No call is lost, whatever dies: the process, its connections, the database, the disk.

pub mod books;
mod catches;
mod database;
mod disk;
mod kills;
mod leases;
pub mod load;
mod refusals;
mod repeats;
mod rng;
