//! A person's workspaces.

pub mod list;
pub mod new;
pub mod overview;
