//! The settings of a workspace.

pub mod calls;
pub mod name;
pub mod show;
pub mod transfer;
