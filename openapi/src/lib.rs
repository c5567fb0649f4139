//! The wire of Ringhook's API: its words, its types, its problems, and the committed document.
//!
//! Inputs are read by serde ([`body`], [`json`], [`strict`]), so that every refusal names the field; answers are written by
//! poem-openapi's `ToJSON`, the same description from which the document is made. In an answer every field is present
//! and `null` when it has no value, except where its description says that it is left out.

pub mod accounts;
pub mod batch;
pub mod bindings;
pub mod body;
pub mod client_tokens;
pub mod codes;
pub mod devices;
pub mod errors;
mod explain;
pub mod json;
pub mod notifications;
pub mod page;
pub mod problem;
pub mod providers;
pub mod strict;
pub mod values;
pub mod webhook_tokens;
pub mod words;
pub mod workspace;

pub use words::*;

#[cfg(test)]
mod wire_tests;
