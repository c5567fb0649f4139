//! The wire of Ringhook's API: its words, its types, its problems, and the committed document.

pub mod words;

pub use words::*;
