//! The database, and what it tells of the installation.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Line, absent, finding::Finding, machine};
use crate::{
    commands::seal,
    config::Config,
    domain::{
        Ground, nodes,
        rotation::{self, Use},
    },
    store::{Result, RolesLacking, Ts, checkup::Outbox},
};

/// Postgres below this gets no more fixes: <https://www.postgresql.org/support/versioning/>
const OLDEST_POSTGRES: i32 = 14;
/// A mail that waits longer does not just wait for its turn.
const SLOW_MAIL: Duration = Duration::from_secs(600);
/// Credentials that end within this time are worth a word.
const SOON: Duration = Duration::from_secs(30 * 86_400);
/// Providers that are named.
const NAMED: i64 = 5;

/// What the database's side came to.
pub(super) struct Examined {
    pub(super) lines: Vec<Line>,
    /// How far ahead of ours the database's clock is.
    pub(super) skew: Option<TimeDelta>,
}

impl Examined {
    fn fault(text: String) -> Self {
        Self { lines: vec![("database", Finding::fault(text))], skew: None }
    }

    pub(super) fn late(limit: Duration) -> Self {
        Self::fault(format!("not answered within {} seconds", limit.as_secs()))
    }
}

pub(super) async fn lines(config: &Config) -> Examined {
    if let Some(path) = config.absent() {
        return Examined { lines: absent::lines(config, &path), skew: None };
    }
    let ground = match Ground::open(config).await {
        Ok(ground) => ground,
        Err(error) => return Examined::fault(error),
    };
    let lacking = ground.store.roles_lacking().await.ok().flatten();
    let mut lines = vec![("database", database(config, &ground, lacking.is_some()).await)];
    if let Some(file) = config.database_url.file() {
        lines.push(("disk", machine::disk(file.parent().unwrap_or(file))));
    }
    let (is_current, migrations) = migrations(config, &ground).await;
    lines.push(("migrations", migrations));
    match (lacking, is_current) {
        (Some(lacking), _) => lines.extend(roles(&lacking, is_current)),
        (None, true) => lines.extend(of_schema(config, &ground).await),
        (None, false) => {}
    }
    if !lines.iter().any(|(name, _)| *name == "master key") {
        lines.push(("master key", Finding::note("not checked before the database is ready")));
    }
    let skew = skew(&ground).await.ok().flatten();
    Examined { lines, skew }
}

/// What is looked at once the schema is this version's, and can be acted in.
async fn of_schema(config: &Config, ground: &Ground) -> Vec<Line> {
    let mut lines: Vec<Line> =
        wall(ground).await.map(|finding| ("row security", finding)).into_iter().collect();
    lines.push(("master key", master_key(config, ground).await));
    lines.push(("nodes", nodes(ground).await));
    lines.push(("outbox", outbox(ground).await.unwrap_or_else(failed)));
    lines.push(("providers", providers(ground).await.unwrap_or_else(failed)));
    lines
}

fn failed(error: impl ToString) -> Finding {
    Finding::fault(error)
}

/// Asked as the login: before the first migration there may be no other roles.
async fn database(config: &Config, ground: &Ground, lacks_roles: bool) -> Finding {
    let version = async { ground.store.owner().read().await?.database_version().await };
    let (name, major) = match version.await {
        Ok(version) => version,
        Err(error) => return Finding::fault(format!("{}: {error}", config.database_url)),
    };
    let text = format!("{name} at {}", config.database_url);
    if lacks_roles {
        return Finding::good(text);
    }
    match (ground.store.ping().await, major) {
        (Ok(()), Some(major)) if major < OLDEST_POSTGRES => Finding::note(format!(
            "{text}; this version gets no more fixes: go to Postgres {OLDEST_POSTGRES} or newer"
        )),
        (Ok(()), _) => Finding::good(text),
        (Err(_), _) if ground.store.migrations_pending().await.is_ok_and(|pending| !pending.is_empty()) => {
            Finding::good(format!("{text}, not yet migrated"))
        }
        (Err(error), _) => Finding::fault(format!("{}: {error}", config.database_url)),
    }
}

/// Whether the schema is this version's, and what to say of it.
async fn migrations(config: &Config, ground: &Ground) -> (bool, Finding) {
    let standing = match ground.store.standing().await {
        Ok(standing) => standing,
        Err(error) => return (false, Finding::fault(error)),
    };
    if let Some(apart) = standing.apart() {
        return (false, Finding::fault(apart));
    }
    match standing.pending.len() {
        0 => (true, newer(&standing.unknown)),
        count if config.migrate => (false, Finding::note(format!("{count} to come; serve applies them"))),
        count => (false, Finding::fault(format!("{count} missing; run `ringhook migrate`"))),
    }
}

/// Whether a newer version was here.
fn newer(unknown: &[String]) -> Finding {
    match unknown {
        [] => Finding::good("up to date"),
        unknown => Finding::note(format!(
            "a newer version applied {}; that is well after a rollback, else upgrade this one",
            unknown.join(", ")
        )),
    }
}

/// What to do about roles that are missing; nothing where the migration that is to come makes them.
fn roles(lacking: &RolesLacking, is_current: bool) -> Option<Line> {
    let RolesLacking { login, statements, may } = lacking;
    let then = if is_current { "" } else { " Then run `ringhook migrate`" };
    let text = format!(
        "{login} may not act as the roles of row-level security. Let a superuser run: {statements}{then}"
    );
    (is_current || !may).then(|| ("row security", Finding::fault(text)))
}

/// Whether row-level security stands between workspaces; of an embedded database there is nothing to say.
async fn wall(ground: &Ground) -> Option<Finding> {
    Some(match ground.store.wall_gaps().await {
        Ok(None) => return None,
        Ok(Some(gaps)) if gaps.is_empty() => Finding::good("stands between workspaces"),
        Ok(Some(gaps)) => Finding::fault(gaps.join("; ")),
        Err(error) => Finding::fault(error),
    })
}

/// Who serves from this database now.
async fn nodes(ground: &Ground) -> Finding {
    let live = match nodes::live(ground).await {
        Ok(live) => live,
        Err(error) => return Finding::fault(error),
    };
    let shown: Vec<_> =
        live.iter().map(|node| format!("{} ({}, bus {})", node.name, node.version, node.bus)).collect();
    let apart = nodes::apart(&live).len();
    match shown.len() {
        0 => Finding::good("none is running"),
        count if apart > 0 => Finding::fault(format!(
            "{count} run, and {apart} of them without a bus: calls ring only sockets of the node that they come to; set \
             RINGHOOK_NATS_URL on each of them: {}",
            shown.join(", ")
        )),
        _ => Finding::good(shown.join(", ")),
    }
}

async fn master_key(config: &Config, ground: &Ground) -> Finding {
    if let Err(error) = seal::check(ground).await {
        return Finding::fault(error);
    }
    match (rotation::uses(ground).await, config.key_file()) {
        (Err(error), _) => Finding::fault(error),
        (Ok(uses), _) if uses.iter().any(|used| used.place.is_none()) => taken_out(&uses),
        (Ok(_), Some(file)) => machine::key_file(&file),
        (Ok(_), None) if ground.keyring.ids().len() > 1 => Finding::note(
            "is this database's; there are several: `ringhook keys rotate` puts everything under the first, and says \
             which may go",
        ),
        (Ok(_), None) => Finding::good("is this database's"),
    }
}

/// What cannot be read, for its key is not given.
fn taken_out(uses: &[Use]) -> Finding {
    let lost = uses.iter().filter(|used| used.place.is_none());
    let lost: Vec<_> = lost.map(|used| format!("{} seals {}", used.key, used.counts())).collect();
    Finding::fault(format!(
        "RINGHOOK_MASTER_KEY lacks a key that is still needed ({}): give it again, behind the others, and run `ringhook keys \
         rotate` before it is taken out",
        lost.join("; ")
    ))
}

/// Half of the way there and back counts as ours.
async fn skew(ground: &Ground) -> Result<Option<TimeDelta>> {
    let mut conn = ground.store.owner().read().await?;
    let before = ground.clock.now().utc();
    let Some(theirs) = conn.database_time().await? else { return Ok(None) };
    let after = ground.clock.now().utc();
    Ok(Some(theirs.utc() - (before + (after - before) / 2)))
}

async fn outbox(ground: &Ground) -> Result<Finding> {
    let outbox = ground.store.engine().read().await?.checkup_outbox().await?;
    Ok(mails(outbox, ground.clock.now()))
}

fn mails(outbox: Outbox, now: Ts) -> Finding {
    let Outbox { waiting, oldest, given_up } = outbox;
    match oldest {
        Some(oldest) if oldest.until(now) > SLOW_MAIL => Finding::note(format!(
            "{waiting} mails wait, the oldest since {}; see the line about mail, and whether a server runs",
            oldest.utc().format("%Y-%m-%d %H:%M UTC")
        )),
        _ if given_up > 0 => Finding::note(format!(
            "{given_up} mails were given up in the last week; the log says why, at `mail given up`"
        )),
        _ => Finding::good(format!("{waiting} mails wait")),
    }
}

async fn providers(ground: &Ground) -> Result<Finding> {
    let now = ground.clock.now();
    let mut conn = ground.store.engine().read().await?;
    let failing = conn.checkup_providers_failing(NAMED).await?;
    let ending = conn.checkup_providers_ending(now + SOON, NAMED).await?;
    let mut told = Vec::new();
    for (workspace, provider) in failing {
        told.push(format!("{provider} of {workspace} fails"));
    }
    for (workspace, provider, at) in ending {
        let at = at.map(|at| at.utc().format("%Y-%m-%d").to_string()).unwrap_or_default();
        told.push(format!("the credentials of {provider} of {workspace} end on {at}"));
    }
    Ok(match told.is_empty() {
        true => Finding::good("none fails, and none ends within 30 days"),
        false => Finding::note(format!("{}; their workspaces give new credentials", told.join(", "))),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::finding::State, *};

    #[test]
    fn mails_that_wait_long_or_were_given_up_are_told() {
        let at = |seconds: i64| Ts::from_micros((1_790_000_000 + seconds) * 1_000_000);
        let state = |waiting, oldest: Option<i64>, given_up| {
            mails(Outbox { waiting, oldest: oldest.map(at), given_up }, at(0)).state
        };
        assert_eq!(state(0, None, 0), State::Good);
        assert_eq!(state(3, Some(-600), 0), State::Good);
        assert_eq!(state(3, Some(-601), 0), State::Note);
        assert_eq!(state(3, Some(-1), 2), State::Note);
    }
}
