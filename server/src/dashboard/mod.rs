//! Pages for people, one action a file.

pub mod account;
mod assets;
pub mod audit;
mod fields;
mod frame;
pub mod keys;
pub mod members;
pub mod people;
pub mod settings;
mod start;
pub mod workspaces;

pub use assets::asset;
pub use start::start_page;
