//! What a workspace does, and what is to be done.

mod first_ring;
mod health;
pub mod show;
