//! What whoever runs Ringhook sees of it: figures, rules and runbooks, traces, the log.

mod figures;
mod log;
mod rules;
mod traces;

use std::path::{Path, PathBuf};

/// A file of this tree.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A file of this tree, as text.
fn text(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
