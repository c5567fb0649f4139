//! A person's workspaces.

pub mod delete;
pub mod list;
pub mod new;
pub mod restore;
