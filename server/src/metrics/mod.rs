//! Figures for Prometheus: what is counted where it happens, and what is looked at when somebody asks.
//!
//! One set per process, as there is one log. Counting is an atomic or a short lock, and allocates nothing; what has to
//! be looked for, in memory or in the database, is looked for when `/metrics` is read. Labels are closed words, patterns
//! of routes and kinds of providers. Workspaces are named only where the operator asks for it, and up to a number.

mod counted;
mod labels;
pub mod listener;
mod log;
mod process;
mod seen;
mod shown;
mod survey;
mod words;
mod workspaces;

pub use counted::{Metrics, metrics};
pub use labels::Route;
pub use log::LogCounter;
pub use words::{Mailed, Step, Use};
