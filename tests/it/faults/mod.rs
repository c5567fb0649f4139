//! No call is lost, whatever dies: the process, its connections, the database, the disk.

mod books;
mod catches;
mod database;
mod disk;
mod kills;
mod leases;
mod load;
mod refusals;
mod repeats;
mod rng;
