//! People: how they come in, and how nobody else does.

mod account;
mod forgery;
mod login;
mod reset;
mod sign_up;
