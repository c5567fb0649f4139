//! The program as a running process.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::binary::binary;
use crate::stand_in::lock;
use crate::statements;
use crate::until::PATIENCE;

/// Settings by the names of their variables.
pub type Env = BTreeMap<&'static str, String>;

/// What a command came to.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

/// The program with these settings and no others, in a folder without a settings file.
fn program(env: &Env, folder: &Path, args: &[&str]) -> Command {
    let env = statements::asked(env);
    let mut command = Command::new(binary());
    command.args(args).env_clear().envs(env).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub async fn run(env: &Env, folder: &Path, args: &[&str]) -> Finished {
    let started = Instant::now();
    let output = timeout(PATIENCE, program(env, folder, args).output()).await;
    let output = output.unwrap_or_else(|_| panic!("{args:?} did not end within {PATIENCE:?}"));
    let output = output.expect("the program under test");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8 on stderr");
    Finished {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        stderr: stderr.split_inclusive('\n').filter(|line| !statements::keep(env, line)).collect(),
        took: started.elapsed(),
    }
}

/// A serving process. What it says is shown when the test fails.
pub struct Process {
    child: Mutex<Child>,
    log: Arc<Mutex<String>>,
    url: String,
}

impl Process {
    /// Starts `ringhook serve` and waits until it says where it listens.
    pub async fn serve(env: &Env, folder: &Path) -> Self {
        let mut command = program(env, folder, &["serve"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program");
        let stderr = child.stderr.take().expect("its stderr");
        let log = Arc::new(Mutex::new(String::new()));
        let (found, mut url) = watch::channel(None);
        tokio::spawn(listen(env.clone(), stderr, log.clone(), found));
        let found = timeout(PATIENCE, url.wait_for(Option::is_some)).await;
        let Ok(Ok(url)) = found.map(|found| found.map(|url| url.clone().unwrap_or_default())) else {
            panic!("ringhook did not start:\n{}", lock(&log));
        };
        Self { child: Mutex::new(child), log, url }
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it said on stderr so far.
    pub fn log(&self) -> String {
        lock(&self.log).clone()
    }

    /// SIGKILL, as a crash would.
    pub async fn kill(&mut self) {
        self.child().kill().await.expect("to kill it");
    }

    /// SIGKILL at once, without waiting for its end.
    pub fn crash(&self) {
        lock(&self.child).start_kill().expect("to kill it");
    }

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        lock(&self.child).try_wait().expect("its state").is_none()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        lock(&self.child).id().expect("a running process")
    }

    fn child(&mut self) -> &mut Child {
        self.child.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// SIGTERM: how it ended, and after what time.
    pub async fn terminate(&mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().await.expect("the program kill");
        assert!(sent.success(), "SIGTERM was not sent");
        let ended = timeout(PATIENCE, self.child().wait()).await;
        let status =
            ended.unwrap_or_else(|_| panic!("not ended {PATIENCE:?} after SIGTERM:\n{}", self.log()));
        (status.expect("its exit status"), started.elapsed())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- what ringhook said\n{}---", lock(&self.log));
        }
    }
}

/// Keeps what the process says, and tells where it listens.
async fn listen(
    env: Env,
    stderr: impl AsyncRead + Unpin,
    log: Arc<Mutex<String>>,
    found: watch::Sender<Option<String>>,
) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if statements::keep(&env, &line) {
            continue;
        }
        {
            let mut log = lock(&log);
            log.push_str(&line);
            log.push('\n');
        }
        if let Some(url) = told(&line, "listening on ", "address") {
            found.send_replace(Some(url));
        }
    }
}

/// The URL that a line of the greeting tells after these words; or, to machines, the member of the line that says that it is
/// ready.
pub(crate) fn told(line: &str, words: &str, member: &str) -> Option<String> {
    if let Some(url) = line.trim().strip_prefix(words) {
        return Some(url.trim().to_owned());
    }
    let line: Value = serde_json::from_str(line).ok()?;
    let fields = &line["fields"];
    let address = fields[member].as_str().filter(|_| fields["message"] == "ready")?;
    Some(format!("http://{address}"))
}
