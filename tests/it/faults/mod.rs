//! No call is lost, whatever dies: the process, its connections, the database, the disk.

mod books;
mod catches;
mod kills;
mod load;
mod rng;
