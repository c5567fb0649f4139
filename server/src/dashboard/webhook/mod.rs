//! The webhook's URL, and its tokens.

pub mod show;
pub mod tokens;
