//! A webhook from Twilio: verified, matched with bindings, recorded, rung, answered.

mod answer;
mod handler;
mod limits;
mod matching;
mod record;
mod rejections;
mod repeats;
mod test_call;
mod verify;

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use ringhook_openapi::{Cause, Channel, DeliveryState};
use tokio::time::Instant;

pub use answer::{ANSWERS, Answer};
pub use handler::webhook;
use limits::{Limit, Limits, Place, Verdict};
use record::{Recorder, in_time};
use rejections::Rejections;
use repeats::Undecided;
pub use test_call::{Test, TestCall};

use crate::{
    bus::Others,
    config::Config,
    dispatch::{Call, Dispatch},
    domain::{
        Ground,
        directory::{Directory, Tenant},
        nodes::Nodes,
    },
    metrics::{Step, metrics},
    secrets,
    store::{BindingId, Result, Ts, bindings::Binding, calls::Recorded},
    telemetry::{Trail, step},
    twilio::Notification,
};

/// A webhook as it came in.
#[derive(Debug)]
pub struct Incoming {
    /// The token of its URL.
    pub token: String,
    /// Path and query exactly as received.
    pub path_and_query: String,
    pub body: Vec<u8>,
    pub signature: Option<String>,
    /// Hosts that the request named, for telling why a signature fails.
    pub seen_hosts: Vec<String>,
    /// `I-Twilio-Idempotency-Token`: unsigned, so it is recorded and decides nothing.
    pub idempotency_token: Option<String>,
    /// Where it came from.
    pub address: Option<std::net::IpAddr>,
    pub received_at: Ts,
    /// The same moment on the steady clock.
    pub received: Instant,
    /// For a call that is only tried: what it rings.
    pub test: Option<Test>,
}

/// What takes webhooks. One per process.
pub struct Intake {
    ground: Ground,
    public_url: String,
    directory: Arc<Directory>,
    dispatch: Arc<Dispatch>,
    recorder: Recorder,
    rejections: Rejections,
    limits: Limits,
    undecided: Undecided,
    /// Webhook tokens whose use was noted within the last minute.
    noted: Cache<uuid::Uuid, ()>,
}

/// A webhook that was believed.
struct Verified {
    tenant: Arc<Tenant>,
    notification: Notification,
    incoming: Incoming,
}

impl Intake {
    /// Signatures are checked against the configured public URL.
    pub fn new(
        ground: Ground,
        config: &Config,
        directory: Arc<Directory>,
        dispatch: Arc<Dispatch>,
        nodes: Nodes,
    ) -> Arc<Self> {
        Arc::new(Self {
            recorder: Recorder::start(ground.store.clone()),
            rejections: Rejections::new(ground.store.clone(), dispatch.bus.feed.clone()),
            limits: Limits::new(config.quotas.calls_per_second, nodes),
            undecided: Undecided::default(),
            noted: Cache::builder().max_capacity(50_000).time_to_live(Duration::from_secs(60)).build(),
            public_url: config.public_base().to_owned(),
            ground,
            directory,
            dispatch,
        })
    }

    /// Takes one webhook and answers it by the workspace's rule.
    pub async fn take(self: Arc<Self>, incoming: Incoming) -> Answer {
        let (received, is_test) = (incoming.received, incoming.test.is_some());
        let answer = self.try_take(incoming).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a webhook could not be taken");
            Answer::Unavailable
        });
        metrics().answered(answer.word(), is_test, received.elapsed());
        answer
    }

    async fn try_take(&self, incoming: Incoming) -> Result<Answer> {
        let hash = secrets::hash(&incoming.token);
        let Some(tenant) = in_time(incoming.received, self.directory.by_token(&hash)).await? else {
            return Ok(Answer::UnknownToken);
        };
        let workspace = tenant.id();
        Trail::workspace(workspace);
        let answer = self.take_of(tenant, &hash, incoming).await;
        let word = answer.as_ref().map_or(Answer::Unavailable.word(), Answer::word);
        metrics().answered_of(workspace, word);
        answer
    }

    async fn take_of(&self, tenant: Arc<Tenant>, hash: &[u8], incoming: Incoming) -> Result<Answer> {
        let notification = match Notification::parse(&incoming.body) {
            Ok(notification) => notification,
            Err(fault) => return Ok(Answer::Malformed(fault)),
        };
        let refused = match self.verify(&tenant, hash, &notification, &incoming) {
            Ok(()) => return self.accept(Verified { tenant, notification, incoming }, hash).await,
            Err(refused) => refused,
        };
        if !self.limits.admits_stranger(hash, incoming.address) {
            return Ok(self.limits.refuse(tenant.id(), Limit::Unverified));
        }
        // What is in memory may be out of date: nobody is refused for that.
        let fresh = in_time(incoming.received, self.directory.fresh(&tenant)).await?;
        let Some(fresh) = fresh else { return Ok(Answer::UnknownToken) };
        if fresh.workspace.revision == tenant.workspace.revision {
            return Ok(self.refuse(&tenant, &notification, &incoming, refused));
        }
        match self.verify(&fresh, hash, &notification, &incoming) {
            Ok(()) => self.accept(Verified { tenant: fresh, notification, incoming }, hash).await,
            Err(refused) => Ok(self.refuse(&fresh, &notification, &incoming, refused)),
        }
    }

    /// Rings a webhook that was believed. The one read may show that the workspace has changed since it was: then it
    /// is verified once more.
    async fn accept(&self, verified: Verified, hash: &[u8]) -> Result<Answer> {
        let Verified { tenant, notification, incoming } = verified;
        let place = match self.admit(&tenant, incoming.received).await? {
            Ok(place) => place,
            Err(limit) => return Ok(self.limits.refuse(tenant.id(), limit)),
        };
        let callee = matching::callee(&tenant, &notification);
        let ringing = async {
            let mut conn = self.ground.store.engine().read().await?;
            let (sid, identity) = (&callee.account_sid, &callee.identity);
            conn.bindings_ringing(callee.workspace, sid, identity, incoming.received_at).await
        };
        // Side by side: other nodes answer sooner than the database, unless one is cut off.
        let matching = async {
            let (ringing, elsewhere) = tokio::join!(ringing, self.dispatch.bus.elsewhere(&callee));
            Result::Ok((ringing?, elsewhere))
        };
        let (ringing, elsewhere) = step(Step::Match, in_time(incoming.received, matching)).await?;
        let Some(ringing) = ringing else { return Ok(Answer::UnknownToken) };
        let current = in_time(incoming.received, self.directory.at(&tenant, ringing.revision)).await?;
        let Some(current) = current else { return Ok(Answer::UnknownToken) };
        if current.workspace.revision != tenant.workspace.revision
            && let Err(refused) = self.verify(&current, hash, &notification, &incoming)
        {
            return Ok(self.refuse(&current, &notification, &incoming, refused));
        }
        if current.calls_per_second() != tenant.calls_per_second()
            && self.limits.call(&current) != Verdict::Pass
        {
            return Ok(self.limits.refuse(current.id(), Limit::CallsPerSecond));
        }
        if incoming.test.is_none() {
            self.note_use(&current, hash, incoming.received_at);
        }
        let verified = Verified { tenant: current, notification, incoming };
        self.ring(verified, (ringing.bindings, elsewhere), place).await
    }

    /// A place for one more call of the workspace, or the limit that is in its way.
    async fn admit(
        &self,
        tenant: &Arc<Tenant>,
        received: Instant,
    ) -> Result<std::result::Result<Place, Limit>> {
        Ok(if !self.is_within_rate(tenant, received).await? {
            Err(Limit::CallsPerSecond)
        } else if self.dispatch.is_full(tenant.id()) {
            Err(Limit::DeliveriesInHand)
        } else {
            self.limits.place(tenant.id()).ok_or(Limit::Recording)
        })
    }

    /// Whether the workspace's rate admits one more call. A raised rate must hold though every call is refused by the
    /// one that we know: so now and then a refusal asks for it.
    async fn is_within_rate(&self, tenant: &Arc<Tenant>, received: Instant) -> Result<bool> {
        match self.limits.call(tenant) {
            Verdict::Pass => return Ok(true),
            Verdict::Refuse => return Ok(false),
            Verdict::Look => {}
        }
        let fresh = in_time(received, self.directory.fresh(tenant)).await?;
        Ok(fresh.is_some_and(|fresh| {
            fresh.calls_per_second() != tenant.calls_per_second() && self.limits.call(&fresh) == Verdict::Pass
        }))
    }

    /// Rings these bindings, and sockets here and elsewhere.
    async fn ring(
        &self,
        verified: Verified,
        devices: (Vec<Binding>, Vec<BindingId>),
        place: Place,
    ) -> Result<Answer> {
        let Verified { tenant, notification, incoming } = verified;
        let matched =
            matching::matched(&self.dispatch, &tenant, &notification, devices, incoming.received_at);
        let only = incoming.test.and_then(|test| test.only);
        let matched = matched.only(only);
        let (absent, rung) = (matched.absent.len(), matched.legs.len());
        let Some(reserved) = self.dispatch.reserve(tenant.id(), rung) else {
            return Ok(self.limits.refuse(tenant.id(), Limit::DeliveriesInHand));
        };
        let prepared = record::prepare(self, &tenant, notification, incoming, matched)?;
        Trail::notification(prepared.call.id);
        let rule = answer::Rule::of(&tenant.workspace, &prepared);
        // Before the record: a copy that comes while it is written finds whom to wait for.
        let promise = self.undecided.promise(prepared.call.id);
        // Who connected since the matching is in no record, and may have looked for the call before it was in one.
        let others = only.map_or(Others::Look, Others::Only);
        let (call, row, received) = (&prepared.call, prepared.row, prepared.received);
        let recorded = match record::recorded(self, call, row, received, others).await {
            Ok(recorded) => recorded,
            Err(instead) => return Ok(instead),
        };
        drop(place);
        self.dispatch.bus.feed.tell(prepared.call.callee.workspace, prepared.call.id);
        if let Recorded::Repeat(first) = recorded {
            drop((promise, reserved));
            return self.repeat(first, rule.within).await;
        }
        for _ in 0..absent {
            let (state, cause) = (DeliveryState::Skipped, Some(Cause::NotConnected));
            metrics().delivered(tenant.id(), Channel::Websocket, state, cause);
        }
        self.dispatch.ring(&prepared.call, prepared.legs, others);
        drop(reserved);
        let answer = step(Step::Wait, rule.wait(&self.dispatch, &prepared.call)).await;
        promise.keep(answer.clone());
        Ok(answer)
    }

    /// Calls that wait to be recorded, and how many may.
    pub fn recording(&self) -> (usize, usize) {
        self.recorder.waiting()
    }

    /// Calls that were taken and not answered yet.
    pub fn undecided(&self) -> usize {
        self.undecided.count()
    }

    /// Clean-up that nobody waits for, until the process is to end.
    pub async fn tidy(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(60)) => self.limits.forget_idle(),
                () = self.dispatch.stopping().cancelled() => return,
            }
        }
    }

    fn note_use(&self, tenant: &Tenant, hash: &[u8], now: Ts) {
        let Some(token) = tenant.token(hash, now) else { return };
        let (workspace, id) = (tenant.id(), token.id);
        if self.noted.contains_key(&id.0) {
            return;
        }
        self.noted.insert(id.0, ());
        let store = self.ground.store.clone();
        tokio::spawn(async move {
            let noted =
                store.engine().write(async move |conn| conn.webhook_token_used(workspace, id, now).await);
            if let Err(error) = noted.await {
                tracing::warn!(%error, "a webhook token's use was not noted");
            }
        });
    }
}

/// A call made ready: its row, and what rings when the row is durable.
struct Prepared {
    row: crate::store::calls::NewCall,
    call: Arc<Call>,
    legs: Vec<crate::dispatch::Leg>,
    received: Instant,
}
