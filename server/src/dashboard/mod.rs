//! Pages for people, one action a file.

mod assets;
mod page;
mod start;

pub use assets::asset;
pub use page::not_found;
pub use start::start_page;
