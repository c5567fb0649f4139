//! One phase of load, and what it came to.

use std::fmt;
use std::time::Duration;

use ringhook_tests::app::{App, Workspace};

/// Calls a second, for so many seconds.
#[derive(Clone, Copy)]
pub struct Load {
    pub rate: u64,
    pub seconds: u64,
}

/// What `ringhook simulate` found, and what the server spent meanwhile.
pub struct Found {
    /// The statuses and how many calls each got.
    statuses: String,
    /// Milliseconds at the median, and at the 99th percentile.
    p50: f64,
    pub p99: f64,
    /// Whether every call was answered 200.
    pub all_rang: bool,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:6.1} ms, p99 {:6.1} ms   {}", self.p50, self.p99, self.statuses)
    }
}

impl Found {
    /// Milliseconds at p99 over what the provider takes.
    pub fn added(&self, provider: Duration) -> f64 {
        (self.p99 - provider.as_secs_f64() * 1000.0).max(0.1)
    }

    fn of(output: &str) -> Option<Self> {
        let (times, statuses): (Vec<_>, Vec<_>) = output.lines().partition(|line| line.starts_with("ms "));
        let words: Vec<_> = times.first()?.split_whitespace().collect();
        let at = |name: &str| {
            let place = words.iter().position(|word| *word == name)?;
            words.get(place + 1)?.parse::<f64>().ok()
        };
        let all_rang = matches!(statuses.as_slice(), [only] if only.starts_with("200:"));
        Some(Self { statuses: statuses.join(", "), p50: at("p50")?, p99: at("p99")?, all_rang })
    }
}

/// Calls bob of this workspace, from a process of its own.
pub async fn calls(workspace: &Workspace, load: Load) -> Found {
    let (count, rate) = ((load.rate * load.seconds).max(1).to_string(), load.rate.to_string());
    let hook = workspace.webhook_url.as_str();
    let (sid, token) = (workspace.account_sid.as_str(), workspace.auth_token.as_str());
    let account = ["--account-sid", sid, "--auth-token", token, "--to", "client:bob"];
    let numbers = ["--count", &count, "--rate", &rate];
    let program = std::env::var_os("RINGHOOK_TEST_BINARY").expect("RINGHOOK_TEST_BINARY: the release build");
    let mut command = tokio::process::Command::new(program);
    command.args(["simulate", "call", "--hook", hook]).args(account).args(numbers);
    let output = command.output().await.expect("the program");
    let said = String::from_utf8_lossy(&output.stdout);
    Found::of(&said)
        .unwrap_or_else(|| panic!("simulate said: {said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// The server's resident memory, in KB.
pub fn memory(app: &App) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", app.pid())).expect("the server's status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// Processor time that the server has used, in milliseconds; the kernel counts in hundredths of a second.
pub fn processor(app: &App) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", app.pid())).expect("the server's stat");
    let after_name = stat.rsplit(')').next().expect("what follows its name");
    let ticks =
        |place: usize| after_name.split_whitespace().nth(place).and_then(|word| word.parse::<u64>().ok());
    (ticks(11).expect("user time") + ticks(12).expect("system time")) * 10
}
