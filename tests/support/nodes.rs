//! A program that is killed, or held up, while others look on.

use crate::app::App;

impl App {
    /// Ends the program as a crash would, without waiting for its end.
    pub fn crash(&self) {
        self.process().crash();
    }

    /// Whether the program still runs.
    pub fn is_alive(&self) -> bool {
        self.process().is_alive()
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.process().pid()
    }
}
