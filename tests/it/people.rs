//! People: how they come in, and how nobody else does.

mod account;
mod audit;
mod closing;
mod forgery;
mod in_browser;
mod keys;
mod login;
mod oidc;
mod reset;
mod second_factor;
mod sign_up;
mod teams;
