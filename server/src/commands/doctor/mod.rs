//! `ringhook doctor`: one line for each thing that must be right, with the fix where it is not. The checks run side by
//! side, each with a limit of time of its own.

mod absent;
mod data;
mod finding;
mod machine;
mod people;
mod reach;

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use serde_json::json;

use crate::config::{self, Config};
use finding::{Finding, State};

/// How long any check may take; longer than what it asks may take by itself.
const LIMIT: Duration = Duration::from_secs(35);

/// What was checked, and what was found.
type Line = (&'static str, Finding);

/// The arguments.
#[derive(Debug, Parser)]
pub struct Args {
    /// One JSON object alone on stdout
    #[arg(long)]
    json: bool,
}

/// Runs every check; exit 1 when one found a fault. A note is no fault.
///
/// # Errors
/// Never; what cannot be checked is a finding.
pub async fn run(config: Result<Config, String>, args: Args) -> Result<ExitCode, String> {
    let lines = match config {
        Ok(config) => examine(&config).await,
        Err(fault) => vec![("configuration", Finding::fault(fault))],
    };
    let is_well = lines.iter().all(|(_, finding)| finding.state != State::Fault);
    match args.json {
        true => println!("{}", as_json(&lines)),
        false => lines.iter().for_each(|(name, finding)| {
            println!("{:<6}{name:<16}{}", finding.state.mark(), finding.text);
        }),
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn examine(config: &Config) -> Vec<Line> {
    let (reach, data, bus, metrics, mail, openid) = tokio::join!(
        within(reach::public_url(config), |_| reach::Reached::late()),
        within(data::lines(config), data::Examined::late),
        within(reach::bus(config), late),
        within(reach::metrics(config), late),
        within(people::mail(config), late),
        within(people::openid(config), late),
    );
    let mut lines = vec![("configuration", configuration(&config::unknown()))];
    lines.push(("data directory", machine::data_directory(&config.data_dir)));
    lines.push(("listener", reach::listener(config)));
    lines.push(("public URL", reach.finding));
    lines.push(("trusted proxies", reach::proxies(config)));
    lines.push(("clock", machine::clock(data.skew, reach.skew)));
    lines.extend(data.lines);
    lines.push(("bus", bus));
    lines.push(("metrics", metrics));
    lines.push(("traces", reach::traces(config)));
    lines.push(("mail", mail));
    lines.push(("OpenID", openid));
    lines.push(("open files", machine::open_files()));
    lines
}

fn configuration(unknown: &[String]) -> Finding {
    match unknown {
        [] => Finding::good("read"),
        names => Finding::note(format!(
            "read; not settings of this version: {}. Are they spelled right?",
            names.join(", ")
        )),
    }
}

/// `check`, or what `late` says once it has taken too long.
async fn within<T>(check: impl Future<Output = T>, late: impl FnOnce(Duration) -> T) -> T {
    match tokio::time::timeout(LIMIT, check).await {
        Ok(found) => found,
        Err(_) => late(LIMIT),
    }
}

fn late(limit: Duration) -> Finding {
    Finding::fault(format!("not answered within {} seconds", limit.as_secs()))
}

fn as_json(lines: &[Line]) -> serde_json::Value {
    let count = |state| lines.iter().filter(|(_, finding)| finding.state == state).count();
    let checks = lines
        .iter()
        .map(|(name, finding)| json!({"check": name, "state": finding.state.word(), "detail": finding.text}));
    json!({
        "faults": count(State::Fault),
        "notes": count(State::Note),
        "checks": checks.collect::<serde_json::Value>(),
    })
}
