//! Counts the log's warnings and errors: what goes wrong anywhere shows, though nobody thought of a figure for it.

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, layer::Context};

use super::metrics;

/// The layer.
pub struct LogCounter;

impl<S: Subscriber> Layer<S> for LogCounter {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let level = match *metadata.level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            _ => return,
        };
        metrics().logged(level, room(metadata.target()));
    }
}

/// The room of this program that a line comes from; what comes from a library shares a word.
fn room(target: &'static str) -> &'static str {
    match target.strip_prefix("ringhook") {
        Some(path) => {
            path.trim_start_matches("::").split("::").next().filter(|room| !room.is_empty()).unwrap_or("main")
        }
        None => "library",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_those_of_the_program() {
        assert_eq!(room("ringhook::dispatch::journal"), "dispatch");
        assert_eq!(room("ringhook"), "main");
        assert_eq!(room("h2::client"), "library");
    }
}
