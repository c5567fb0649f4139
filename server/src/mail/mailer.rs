//! What sends the mails of the outbox.

use std::{path::PathBuf, sync::Arc, time::Duration};

use lettre::message::Mailbox;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Content, files,
    message::{self, Letter},
    open, pause,
    smtp::{DEADLINE, Refusal, Server},
};
use crate::{
    config::Config,
    domain::Ground,
    metrics::{Mailed, metrics},
    store::{
        Across, NodeId, Result, Ts,
        mails::{LeasedMail, MailStep},
    },
};

/// How often it looks for mails that another process has put into the outbox.
const POLL: Duration = Duration::from_secs(1);
/// Mails under way at once.
const SLOTS: usize = 8;
/// How long a mail is this node's: a whole try, and time enough to note what it came to.
const LEASE: Duration = Duration::from_secs(3 * DEADLINE.as_secs());
/// Pause before what a try came to is noted once more.
const AGAIN: Duration = Duration::from_millis(500);
/// How long the row of an ended mail is kept, without its body.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
const TIDY: Duration = Duration::from_secs(600);
const BITE: i64 = 200;
/// How long the last write of a process may take.
const LAST_WRITE: Duration = Duration::from_millis(1500);

/// Where mails go.
enum Way {
    Smtp(Server),
    /// Into this folder; `shown`: with their links in the log, too.
    Files {
        folder: PathBuf,
        shown: bool,
    },
}

/// Sends mails. One per process.
pub struct Mailer {
    ground: Ground,
    node: NodeId,
    way: Way,
    from: Mailbox,
    slots: Arc<Semaphore>,
    due: Notify,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Mailer {
    /// Prepares for the configured way; `node` is this node's identity over restarts, so that it takes over its own
    /// leases.
    ///
    /// # Errors
    /// A sentence, when TLS cannot be set up.
    pub fn new(ground: Ground, config: &Config, node: NodeId) -> std::result::Result<Arc<Self>, String> {
        let way = match &config.mail.smtp {
            Some(smtp) => Way::Smtp(Server::new(smtp.clone(), &config.extra_ca)?),
            None => Way::Files { folder: config.outbox(), shown: config.is_loopback() },
        };
        Ok(Arc::new(Self {
            ground,
            node,
            way,
            from: config.mail.from.clone(),
            slots: Arc::new(Semaphore::new(SLOTS)),
            due: Notify::new(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }))
    }

    /// Looks at the outbox at once. For after the commit that put a mail there.
    pub fn wake(&self) {
        self.due.notify_one();
    }

    /// Starts sending, and deleting what is old.
    pub fn start(self: &Arc<Self>) {
        self.tasks.spawn(self.clone().run());
        self.tasks.spawn(self.clone().tidy());
    }

    /// Ends within `patience` and a moment: mails under way may finish, others are left to whoever comes next.
    pub async fn drain(&self, patience: Duration) {
        self.stopping.cancel();
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!("mails still under way are handed back");
        }
        // A database that is away now holds nobody up: leases run out by themselves.
        match tokio::time::timeout(LAST_WRITE, self.hand_back()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "leases of mails run out by themselves"),
            Err(_) => tracing::warn!("the database is away; leases of mails run out by themselves"),
        }
    }

    async fn hand_back(&self) -> Result<()> {
        let (node, now) = (self.node, self.ground.clock.now());
        self.ground
            .store
            .engine()
            .write(async move |conn| conn.mails_hand_back(node, now).await.map(|_| ()))
            .await
    }

    async fn run(self: Arc<Self>) {
        // What it held in an earlier life is its own still.
        if let Err(error) = self.hand_back().await {
            tracing::warn!(%error, "mails of an earlier life wait for their leases to run out");
        }
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "the outbox could not be looked at");
            }
            tokio::select! {
                () = self.due.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }

    /// Sends what is due, as far as there are slots.
    async fn round(self: &Arc<Self>) -> Result<()> {
        let free = i64::try_from(self.slots.available_permits()).unwrap_or_default();
        let now = self.ground.clock.now();
        let latest = now + pause::LONGEST * 2;
        if free == 0 || !self.ground.store.engine().read().await?.mails_due(now, latest).await? {
            return Ok(());
        }
        let (node, until) = (self.node, now + LEASE);
        let claim = async move |conn: &mut Across| conn.mails_claim(node, now, latest, until, free).await;
        for mail in self.ground.store.engine().write(claim).await? {
            // This loop alone takes slots, so there is one for each mail that was claimed.
            if let Ok(slot) = self.slots.clone().try_acquire_owned() {
                self.tasks.spawn(self.clone().deliver(slot, mail));
            }
        }
        Ok(())
    }

    async fn deliver(self: Arc<Self>, slot: OwnedSemaphorePermit, mail: LeasedMail) {
        let until = tokio::time::Instant::now() + LEASE;
        let step = self.attempt(&mail).await;
        metrics().mailed(match &step {
            MailStep::Sent => Mailed::Sent,
            MailStep::GivenUp { .. } => Mailed::GivenUp,
            MailStep::Later { .. } => Mailed::Later,
        });
        match &step {
            MailStep::Sent => tracing::info!(mail = %mail.id, kind = mail.kind, "mail sent"),
            MailStep::GivenUp { reason } => {
                tracing::warn!(mail = %mail.id, kind = mail.kind, reason, "mail given up");
            }
            MailStep::Later { reason, .. } => {
                tracing::warn!(mail = %mail.id, kind = mail.kind, tries = mail.tries, reason, "mail not sent yet");
            }
        }
        self.note(&mail, step, until).await;
        drop(slot);
        // There may be more that waited for the slot.
        self.wake();
    }

    /// Keeps at it as long as the lease holds: what is not noted is sent a second time.
    async fn note(&self, mail: &LeasedMail, step: MailStep, until: tokio::time::Instant) {
        loop {
            let (id, tries, now, step) = (mail.id, mail.tries, self.ground.clock.now(), step.clone());
            let noted = self
                .ground
                .store
                .engine()
                .write(async move |conn| conn.mail_step(id, tries, &step, now).await);
            let Err(error) = noted.await else { return };
            tracing::warn!(%error, mail = %mail.id, "what a mail came to was not noted");
            if tokio::time::Instant::now() + AGAIN >= until {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn attempt(&self, mail: &LeasedMail) -> MailStep {
        let content = match open(&self.ground.keyring, mail) {
            Ok(content) => content,
            // A key that is given later opens it.
            Err(reason) => return self.later(mail, reason),
        };
        let letter = match message::letter(mail, &content, &self.from) {
            Ok(letter) => letter,
            Err(reason) => return MailStep::GivenUp { reason },
        };
        match self.send(mail, &content, letter).await {
            Ok(()) => MailStep::Sent,
            Err(Refusal::Recipient(reason)) => MailStep::GivenUp { reason },
            Err(Refusal::Other(reason)) => self.later(mail, reason),
        }
    }

    async fn send(
        &self,
        mail: &LeasedMail,
        content: &Content,
        letter: Letter,
    ) -> std::result::Result<(), Refusal> {
        match &self.way {
            Way::Smtp(server) => server.send(&letter).await,
            Way::Files { folder, shown } => {
                files::write(folder.clone(), mail.id, letter.bytes).await.map_err(Refusal::Other)?;
                if *shown {
                    tracing::info!(to = mail.recipient, subject = content.subject, links = ?content.links, "mail in the outbox");
                }
                Ok(())
            }
        }
    }

    fn later(&self, mail: &LeasedMail, reason: String) -> MailStep {
        let now = self.ground.clock.now();
        match pause::after(mail.tries, mail.created_at.until(now), rand::random()) {
            Some(pause) => MailStep::Later { reason, due_at: now + pause },
            None => MailStep::GivenUp { reason },
        }
    }

    async fn tidy(self: Arc<Self>) {
        loop {
            if let Err(error) = self.forget().await {
                tracing::warn!(%error, "old mails not deleted");
            }
            tokio::select! {
                () = tokio::time::sleep(TIDY) => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }

    async fn forget(&self) -> Result<()> {
        let now = self.ground.clock.now().micros();
        let before = Ts::from_micros(now - i64::try_from(KEPT.as_micros()).unwrap_or(i64::MAX));
        while !self.stopping.is_cancelled() {
            let bite = async move |conn: &mut Across| conn.mails_forget(before, BITE).await;
            if self.ground.store.engine().write(bite).await? == 0 {
                return Ok(());
            }
        }
        Ok(())
    }
}
