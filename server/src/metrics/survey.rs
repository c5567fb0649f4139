//! What is looked for in the database when somebody asks: what waits there, and what ends soon.

use std::{collections::BTreeMap, time::Duration};

use prometheus_client::registry::Registry;
use ringhook_openapi::ProviderKind;
use tokio::{sync::Mutex, time::Instant};

use super::{
    labels::{CredentialOf, OfProvider},
    metrics,
    seen::{gauge, gauges},
};
use crate::{
    clock::Clock,
    domain::Ground,
    store::{
        Result, StoreError, Ts,
        waiting::{Expiry, Waiting},
    },
};

/// How long what was found holds, whoever asks: several servers may, and a person too.
const HOLDS: Duration = Duration::from_secs(5);
/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was found last.
#[derive(Default, Clone)]
pub struct Survey {
    is_up: bool,
    waiting: Waiting,
    expiries: Vec<Expiry>,
}

/// Looks, now and then.
#[derive(Default)]
pub struct Surveyor(Mutex<Option<(Instant, Survey)>>);

impl Surveyor {
    /// What the database holds. While it is away, what it held last, and that it is away.
    pub async fn look(&self, ground: &Ground) -> Survey {
        let mut last = self.0.lock().await;
        match &*last {
            Some((at, survey)) if at.elapsed() < HOLDS => return survey.clone(),
            _ => {}
        }
        let late = |_| StoreError::Unavailable("no answer in time".into());
        let found = tokio::time::timeout(PATIENCE, find(ground)).await.map_err(late).flatten();
        let survey = found.unwrap_or_else(|error| {
            tracing::warn!(%error, "the database was not looked into for metrics");
            let known = last.take().map(|(_, survey)| survey).unwrap_or_default();
            Survey { is_up: false, ..known }
        });
        last.insert((Instant::now(), survey)).1.clone()
    }
}

async fn find(ground: &Ground) -> Result<Survey> {
    let mut conn = ground.store.engine().read().await?;
    let waiting = conn.waiting(ground.clock.now()).await?;
    let expiries = conn.credentials_expiring().await?;
    Ok(Survey { is_up: true, waiting, expiries })
}

impl Survey {
    /// Puts all into a registry whose prefix is the program's name.
    pub fn register(&self, clock: &Clock, to: &mut Registry) {
        let now = clock.now();
        let age = |since: Option<Ts>| since.map_or(0.0, |since| since.until(now).as_secs_f64());
        gauge(to, "database_up", "Whether the database answers", f64::from(self.is_up));
        gauge(
            to,
            "delivery_oldest_due_seconds",
            "For how long the delivery that waits longest has been nobody's; 0 when none waits",
            age(self.waiting.delivery_due_since),
        );
        gauge(to, "mails_waiting", "Mails that were not sent yet", self.waiting.mails as f64);
        gauge(
            to,
            "mail_oldest_waiting_seconds",
            "Age of the oldest mail that was not sent yet; 0 when none waits",
            age(self.waiting.mail_since),
        );
        self.register_expiries(to);
    }

    fn register_expiries(&self, to: &mut Registry) {
        let mut kinds: BTreeMap<ProviderKind, Ts> = BTreeMap::new();
        let mut named: Vec<(CredentialOf, f64)> = Vec::new();
        for expiry in &self.expiries {
            let earliest = kinds.entry(expiry.kind).or_insert(expiry.at);
            *earliest = expiry.at.min(*earliest);
            if let Some(by_workspace) = metrics().by_workspace() {
                let workspace = by_workspace.name(expiry.workspace);
                named.push((CredentialOf { workspace, provider: expiry.kind.as_str() }, seconds(expiry.at)));
            }
        }
        let help = "When the first credential of this kind of provider ends";
        let of = |(kind, at): (ProviderKind, Ts)| (OfProvider { provider: kind.as_str() }, seconds(at));
        gauges(to, "credential_expiry_timestamp_seconds", help, kinds.into_iter().map(of));
        if metrics().by_workspace().is_some() {
            let help = "When the first credential of this workspace and kind of provider ends";
            // The last of equal labels stays: so the earliest comes last.
            named.sort_by(|(_, a), (_, b)| b.total_cmp(a));
            gauges(to, "workspace_credential_expiry_timestamp_seconds", help, named);
        }
    }
}

fn seconds(at: Ts) -> f64 {
    (at.micros() / 1_000_000) as f64
}
