//! Pages for people, one action a file.

pub mod account;
pub mod accounts;
mod assets;
pub mod audit;
pub mod bindings;
pub mod calls;
mod csv;
pub mod docs;
mod fields;
mod frame;
pub mod keys;
pub mod members;
pub mod overview;
pub mod people;
pub mod providers;
pub mod reference;
mod ringing;
pub mod settings;
mod start;
pub mod test_device;
pub mod webhook;
mod words;
pub mod workspaces;

pub use assets::asset;
pub use start::start_page;
