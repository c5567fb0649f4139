//! `ringhook doctor`: one line for each thing that must be right, with the fix where it is not.

use std::{process::ExitCode, time::SystemTime};

use super::seal;
use crate::{
    bus,
    config::Config,
    domain::{Ground, nodes},
    mail::Server,
};

/// What a check found.
enum Finding {
    Good(String),
    /// Works, with a drawback.
    Note(String),
    Fault(String),
}

/// Runs every check; exit 1 when one found a fault.
///
/// # Errors
/// Never; what cannot be checked is a finding.
pub async fn run(config: &Config) -> Result<ExitCode, String> {
    let mut findings = vec![("configuration", Finding::Good("read".into()))];
    findings.push(("public URL", public_url(config)));
    findings.push(("clock", clock()));
    match Ground::open(config).await {
        Ok(ground) => {
            findings.push(("database", database(config, &ground).await));
            findings.push(("migrations", migrations(config, &ground).await));
            findings.extend(wall(&ground).await.map(|finding| ("row security", finding)));
            findings.push(("master key", master_key(&ground).await));
            findings.push(("nodes", nodes(&ground).await));
        }
        Err(error) => findings.push(("database", Finding::Fault(error))),
    }
    findings.push(("bus", bus(config).await));
    findings.push(("mail", mail(config).await));
    let mut code = ExitCode::SUCCESS;
    for (name, finding) in findings {
        let (mark, text) = match finding {
            Finding::Good(text) => ("ok", text),
            Finding::Note(text) => ("note", text),
            Finding::Fault(text) => {
                code = ExitCode::FAILURE;
                ("FAULT", text)
            }
        };
        println!("{mark:<6}{name:<15}{text}");
    }
    Ok(code)
}

fn public_url(config: &Config) -> Finding {
    let url = config.public_base();
    match (config.is_loopback(), config.public_url.scheme()) {
        (true, _) => Finding::Note(format!(
            "{url} is reached from this machine alone; set RINGHOOK_PUBLIC_URL to the URL that Twilio will call"
        )),
        (false, "http") => Finding::Note(format!("{url} is not encrypted; put it behind https")),
        (false, _) => Finding::Good(url.to_owned()),
    }
}

async fn bus(config: &Config) -> Finding {
    let Some(url) = &config.nats else {
        return Finding::Good("none: a single node needs none; for several, set RINGHOOK_NATS_URL".into());
    };
    match bus::check(url, &config.extra_ca).await {
        Ok(took) => Finding::Good(format!("{url} answers in {:.1} ms", took.as_secs_f64() * 1000.0)),
        Err(error) => Finding::Fault(format!("{url}: {error}; see RINGHOOK_NATS_URL")),
    }
}

/// Who serves from this database now.
async fn nodes(ground: &Ground) -> Finding {
    let Ok(live) = nodes::live(ground).await else {
        return Finding::Note("not looked for before the database is migrated".into());
    };
    let shown: Vec<_> =
        live.iter().map(|node| format!("{} ({}, bus {})", node.name, node.version, node.bus)).collect();
    let apart = nodes::apart(&live).len();
    match shown.len() {
        0 => Finding::Good("none is running".into()),
        count if apart > 0 => Finding::Fault(format!(
            "{count} run, and {apart} of them without a bus: calls ring only sockets of the node that they come to; set \
             RINGHOOK_NATS_URL on each of them: {}",
            shown.join(", ")
        )),
        _ => Finding::Good(shown.join(", ")),
    }
}

async fn mail(config: &Config) -> Finding {
    let Some(smtp) = &config.mail.smtp else {
        let folder = config.outbox();
        return Finding::Note(format!(
            "goes into {}; set RINGHOOK_SMTP_URL to the server that sends it",
            folder.display()
        ));
    };
    let server = match Server::new(smtp.clone(), &config.extra_ca) {
        Ok(server) => server,
        Err(error) => return Finding::Fault(error),
    };
    match server.check().await {
        Ok(()) if smtp.login.is_some() => Finding::Good(format!("{smtp} answers and lets us in")),
        Ok(()) => Finding::Good(format!("{smtp} answers")),
        Err(error) => Finding::Fault(format!("{smtp}: {error}; see RINGHOOK_SMTP_URL")),
    }
}

/// The day this version was made: a clock before it is wrong, and signs tokens that push networks refuse.
const MADE: u64 = 1_790_000_000;

fn clock() -> Finding {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match now > MADE {
        true => Finding::Good(format!("{} UTC", chrono::Utc::now().format("%Y-%m-%d %H:%M:%S"))),
        false => Finding::Fault(
            "is in the past; set the system's time, for push networks refuse old tokens".into(),
        ),
    }
}

async fn database(config: &Config, ground: &Ground) -> Finding {
    match ground.store.ping().await {
        Ok(()) => Finding::Good(format!("{} at {}", ground.store.kind(), config.database_url)),
        Err(_) if ground.store.migrations_pending().await.is_ok_and(|pending| !pending.is_empty()) => {
            Finding::Good(format!("{} at {}, not yet migrated", ground.store.kind(), config.database_url))
        }
        Err(error) => Finding::Fault(format!("{}: {error}", config.database_url)),
    }
}

async fn migrations(config: &Config, ground: &Ground) -> Finding {
    match ground.store.migrations_pending().await {
        Ok(pending) if pending.is_empty() => newer(ground).await,
        Ok(pending) if config.migrate => {
            Finding::Note(format!("{} to come; serve applies them", pending.len()))
        }
        Ok(pending) => Finding::Fault(format!("{} missing; run `ringhook migrate`", pending.len())),
        Err(error) => Finding::Fault(error.to_string()),
    }
}

/// Whether row-level security stands between workspaces; of an embedded database there is nothing to say.
async fn wall(ground: &Ground) -> Option<Finding> {
    if ground.store.migrations_pending().await.is_ok_and(|pending| !pending.is_empty()) {
        return None;
    }
    Some(match ground.store.wall_gaps().await {
        Ok(None) => return None,
        Ok(Some(gaps)) if gaps.is_empty() => Finding::Good("stands between workspaces".into()),
        Ok(Some(gaps)) => Finding::Fault(gaps.join("; ")),
        Err(error) => Finding::Fault(error.to_string()),
    })
}

/// Whether a newer version was here.
async fn newer(ground: &Ground) -> Finding {
    match ground.store.migrations_unknown().await {
        Ok(unknown) if unknown.is_empty() => Finding::Good("up to date".into()),
        Ok(unknown) => Finding::Note(format!(
            "a newer version applied {}; that is well after a rollback, else upgrade this one",
            unknown.join(", ")
        )),
        Err(error) => Finding::Fault(error.to_string()),
    }
}

async fn master_key(ground: &Ground) -> Finding {
    match ground.store.migrations_pending().await {
        Ok(pending) if pending.is_empty() => match seal::check(ground).await {
            Ok(()) => Finding::Good("is this database's".into()),
            Err(error) => Finding::Fault(error),
        },
        _ => Finding::Note("not checked before the database is migrated".into()),
    }
}
