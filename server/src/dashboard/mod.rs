//! Pages for people, one action a file.

pub mod account;
mod assets;
mod fields;
mod frame;
pub mod people;
mod start;
pub mod workspaces;

pub use assets::asset;
pub use start::start_page;
