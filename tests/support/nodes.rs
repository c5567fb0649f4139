//! Processes that die, and others beside them.

use crate::app::App;
use crate::process::Process;

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

    /// One more node on the same database, with a data folder of its own.
    pub async fn node(&self, name: &str) -> Process {
        let folder = self.folder().join(name);
        std::fs::create_dir_all(&folder).expect("a folder for the node");
        let mut env = self.env().clone();
        env.insert("RINGHOOK_DATA_DIR", folder.join("data").display().to_string());
        Process::serve(&env, &folder).await
    }
}
