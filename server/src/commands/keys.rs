//! `ringhook keys …`: the master keys.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};

use super::{existing, seal, table};
use crate::{
    config::Config,
    domain::rotation::{self, Report, Use},
};

/// What to do with master keys.
#[derive(ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Put every stored secret under the first master key, also while servers run; it can be run again at any time
    Rotate {
        /// One JSON object alone on stdout
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command; exit 1 when something is still under another key than the first.
///
/// # Errors
/// A sentence that names what is wrong.
pub async fn run(config: &Config, args: Args) -> Result<ExitCode, String> {
    let Action::Rotate { json } = args.action;
    let ground = existing::open(config).await?;
    existing::migrated(&ground).await?;
    seal::check(&ground).await?;
    let report = rotation::rotate(&ground).await.map_err(|error| {
        format!("{error}; what was done stays done: run it again, and it goes on from there")
    })?;
    match json {
        true => println!("{}", as_json(&report)),
        false => print(&report),
    }
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json(report: &Report) -> Value {
    let columns = report.columns.iter().map(|(column, counts)| {
        json!({
            "column": column.as_str(),
            "resealed": counts.resealed,
            "changed_meanwhile": counts.changed,
            "not_opened": counts.unopened,
        })
    });
    let keys = report.keys.iter().map(|used| {
        let seals: serde_json::Map<String, Value> =
            used.values.iter().map(|(column, count)| (column.to_string(), json!(count))).collect();
        json!({"key": used.key.to_string(), "place": used.place, "seals": seals, "state": state(used)})
    });
    json!({
        "complete": report.is_complete(),
        "columns": columns.collect::<Value>(),
        "keys": keys.collect::<Value>(),
        "client_tokens_end_at": report.tokens_end.utc().to_rfc3339(),
    })
}

/// What a key is to this database, in one word.
fn state(used: &Use) -> &'static str {
    match (used.place, used.values.is_empty()) {
        (Some(1), _) => "sealing",
        (Some(_), true) => "unneeded",
        (Some(_), false) => "needed",
        (None, _) => "not_given",
    }
}

fn print(report: &Report) {
    let rows = report.columns.iter().map(|(column, counts)| {
        [
            column.to_string(),
            counts.resealed.to_string(),
            counts.changed.to_string(),
            counts.unopened.to_string(),
        ]
    });
    table::print(["SECRETS", "SEALED ANEW", "CHANGED MEANWHILE", "NOT OPENED"], rows);
    println!();
    for used in &report.keys {
        println!("{}", told(report, used));
    }
}

/// A sentence about a key: what still needs it, and what to do.
fn told(report: &Report, used: &Use) -> String {
    let (key, counts) = (used.key, used.counts());
    match (used.place, state(used)) {
        (Some(place), "sealing") => format!("key {place} ({key}) seals everything from now on"),
        (Some(place), "unneeded") => format!(
            "key {place} ({key}) seals nothing any more. Client tokens that servers signed with it end 24 hours after the last \
             server had the new key in front: by {}, if all have it now. Run `ringhook keys rotate` once more before you \
             take it out of RINGHOOK_MASTER_KEY, and restart every server then",
            report.tokens_end.utc().format("%Y-%m-%d %H:%M UTC"),
        ),
        (Some(place), _) => format!(
            "key {place} ({key}) still seals {counts}. Keep it; give every server the new key in front, restart them, and \
             run this again"
        ),
        (None, _) => format!(
            "a key that is not given ({key}) seals {counts}. Add it at the end of RINGHOOK_MASTER_KEY and run this again; \
             without it they cannot be read"
        ),
    }
}
