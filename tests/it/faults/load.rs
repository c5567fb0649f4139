//! Who calls whom in a test of faults, and what became of every webhook, seen from its sender.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use ringhook_tests::api::Reply;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::until::within;
use tokio::sync::watch;
use tokio::time::sleep;

/// How long a sender waits, as Twilio does.
const SENDER: Duration = Duration::from_secs(15);

/// How long a fault may take to show, and the service to come back after it.
const PATIENCE: Duration = Duration::from_secs(30);
/// The usual pace.
const PACE: Duration = Duration::from_millis(5);

/// Somebody who is called and has no device.
pub const NOBODY: &str = "nobody";

/// A webhook's fate.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Not yet anything.
    Waiting,
    /// Nobody listened: it was never sent.
    Unreached,
    /// It was sent, and no answer came.
    Nothing,
    Answer(Box<Reply>),
}

/// A webhook, as its sender knows it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub message_id: String,
    pub identity: String,
    pub at: Instant,
    pub heard: Heard,
}

impl Sent {
    /// The status it was answered with.
    pub fn status(&self) -> Option<u16> {
        match &self.heard {
            Heard::Answer(reply) => Some(reply.status),
            _ => None,
        }
    }

    /// The notification that a 200 named.
    pub fn notification_id(&self) -> Option<&str> {
        match &self.heard {
            Heard::Answer(reply) => reply.json["notification_id"].as_str(),
            _ => None,
        }
    }
}

/// All webhooks that were sent. Clones share them.
#[derive(Clone)]
pub struct Senders {
    sent: Arc<Mutex<Vec<Sent>>>,
    answers: watch::Sender<usize>,
}

impl Senders {
    fn lock(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of all of them, in the order of their sending.
    pub fn all(&self) -> Vec<Sent> {
        self.lock().clone()
    }

    /// Counts answers.
    pub fn answers(&self) -> watch::Receiver<usize> {
        self.answers.subscribe()
    }

    /// Posts a webhook and notes what became of it.
    pub async fn post(&self, webhook: Webhook) -> Heard {
        let Webhook { message_id, identity, request } = webhook;
        let number = {
            let mut sent = self.lock();
            sent.push(Sent { message_id, identity, at: Instant::now(), heard: Heard::Waiting });
            sent.len() - 1
        };
        let heard = match answer(request.timeout(SENDER)).await {
            Ok(reply) => Heard::Answer(Box::new(reply)),
            Err(error) if error.is_connect() => Heard::Unreached,
            Err(error) if error.is_timeout() => panic!("no answer within {SENDER:?}"),
            Err(_) => Heard::Nothing,
        };
        self.lock()[number].heard = heard.clone();
        if matches!(heard, Heard::Answer(_)) {
            self.answers.send_modify(|count| *count += 1);
        }
        heard
    }
}

async fn answer(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    Reply::try_of(request.send().await?).await
}

/// One call's webhook, for the process that runs now.
pub struct Webhook {
    pub message_id: String,
    pub identity: String,
    pub request: reqwest::RequestBuilder,
}

/// The program, a workspace with devices on FCM and APNs, and who calls them.
pub struct World {
    pub app: App,
    pub workspace: Workspace,
    /// Identities and the addresses of their devices.
    pub devices: BTreeMap<&'static str, Vec<String>>,
    /// Addresses by the ids of their bindings.
    pub addresses: BTreeMap<String, String>,
    pub senders: Senders,
    /// Between the answer to a call and the next one to the same person.
    pub pace: Duration,
}

impl World {
    /// Seven devices of four people.
    pub async fn new(app: App) -> Self {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.apns_provider(&workspace).await;
        let senders = Senders { sent: Arc::default(), answers: watch::Sender::new(0) };
        let devices = BTreeMap::from([(NOBODY, Vec::new())]);
        let mut world = Self { app, workspace, devices, addresses: BTreeMap::new(), senders, pace: PACE };
        let people: [(&str, &[&str]); 4] = [
            ("ann", &["fcm"]),
            ("bob", &["apns_voip"]),
            ("cyd", &["fcm", "apns_voip"]),
            ("dan", &["fcm", "apns", "apns_voip"]),
        ];
        for (identity, channels) in people {
            for channel in channels {
                world.bind(identity, channel).await;
            }
        }
        world
    }

    /// One more device of `identity`.
    pub async fn bind(&mut self, identity: &'static str, channel: &str) {
        let number = self.addresses.len();
        let address = match channel {
            "fcm" => format!("phone-{number}"),
            _ => format!("{number:064x}"),
        };
        let binding = self.app.bind(&self.workspace, identity, channel, &address).await;
        self.devices.entry(identity).or_default().push(address.clone());
        self.addresses.insert(binding, address);
    }

    /// A new call to `identity`.
    pub fn webhook(&self, identity: &str) -> Webhook {
        let call = self.app.twilio(&self.workspace).call(identity);
        Webhook { message_id: call.message_id(), identity: identity.to_owned(), request: call.to_post() }
    }

    /// Calls `identity` and waits for the answer.
    pub async fn ring(&self, identity: &str) -> Heard {
        self.senders.post(self.webhook(identity)).await
    }

    /// Calls everybody, again and again, side by side, until `meanwhile` is over.
    pub async fn under_load<T>(&self, meanwhile: impl Future<Output = T>) -> T {
        let over = AtomicBool::new(false);
        let calls = self.devices.keys().map(async |identity| {
            while !over.load(Ordering::Relaxed) {
                self.ring(identity).await;
                sleep(self.pace).await;
            }
        });
        let meanwhile = async {
            let result = meanwhile.await;
            over.store(true, Ordering::Relaxed);
            result
        };
        join(join_all(calls), meanwhile).await.1
    }

    /// What became of the calls to people with devices that were sent from `since` on.
    pub fn calls_since(&self, since: Instant) -> Vec<Sent> {
        let all = self.senders.all().into_iter();
        all.filter(|sent| sent.at >= since && sent.identity != NOBODY).collect()
    }

    /// Waits until `count` of them were answered so.
    pub async fn answered(&self, status: u16, count: usize, since: Instant) {
        within(PATIENCE, &format!("{count} answers {status}"), async || {
            let calls = self.calls_since(since);
            (calls.iter().filter(|sent| sent.status() == Some(status)).count() >= count).then_some(())
        })
        .await;
    }

    /// Checks that none of them was answered 200.
    pub fn none_taken_since(&self, since: Instant) {
        let taken: Vec<Sent> =
            self.calls_since(since).into_iter().filter(|sent| sent.status() == Some(200)).collect();
        assert!(taken.is_empty(), "answered 200, and cannot have been recorded: {taken:?}");
    }

    /// Ends the program as a crash would, and lets the networks read the last that it sent; they answer at once to
    /// whoever comes next.
    pub async fn kill(&mut self) {
        self.app.kill().await;
        self.app.fcm.ledger().deserted().await;
        self.app.apns.ledger().deserted().await;
        self.set_latency(Duration::ZERO);
    }

    /// Lets both networks take this long to answer.
    pub fn set_latency(&self, latency: Duration) {
        self.app.fcm.ledger().set_latency(latency);
        self.app.apns.ledger().set_latency(latency);
    }

    /// A setting of the workspace.
    pub async fn set(&self, setting: &str, value: impl Into<serde_json::Value>) {
        let patch = serde_json::json!({ setting: value.into() });
        self.app.api(&self.workspace).patch("/workspace", patch).await.expect(200);
    }
}
