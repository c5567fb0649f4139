//! The one task that follows which identities are here, and keeps a subscription for each: made with its first socket,
//! ended with its last. It also keeps the other nodes informed, and notices when NATS goes and comes back.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use async_nats::{Event, Message, Subscriber};
use futures_util::{
    StreamExt,
    stream::{BoxStream, SelectAll},
};
use tokio::{
    sync::{
        mpsc::{Receiver, UnboundedReceiver},
        oneshot,
    },
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use uuid::Uuid;

use super::{
    answers,
    link::Link,
    subject::short,
    wire::{self, Gossip, Told},
};
use crate::bus::{Callee, Counters, Turn};

/// How often this node gives a sign of life.
const BEAT: Duration = Duration::from_secs(1);
/// How long a start waits for NATS.
const AT_START: Duration = Duration::from_secs(2);
/// Identities told of in one message.
const PART: usize = 20_000;
/// Sockets that look for calls at once after NATS was away, and the pause before the next: each costs a read.
const LOOKING: usize = 50;
const BREATH: Duration = Duration::from_millis(50);

type Asks = SelectAll<BoxStream<'static, (Arc<Callee>, Message)>>;

struct Line {
    link: Arc<Link>,
    /// What is here; dropping its sender ends a subscription.
    held: HashMap<Arc<Callee>, Option<oneshot::Sender<()>>>,
    digest: u64,
    asks: Asks,
    /// The servers, for people.
    url: String,
    /// Whether somebody asked to be told what is here.
    asked: bool,
    /// Whether it was said that NATS is away.
    said: bool,
}

/// Starts the line; returns once NATS is reached, or a moment later without it.
pub(super) async fn start(
    link: Arc<Link>,
    turns: UnboundedReceiver<Turn>,
    events: Receiver<Event>,
    url: String,
) {
    let (started, up) = oneshot::channel();
    let line = Line {
        link: link.clone(),
        held: HashMap::new(),
        digest: 0,
        asks: SelectAll::new(),
        url,
        asked: false,
        said: false,
    };
    tokio::spawn(line.run(turns, events, started));
    if timeout(AT_START, up).await.is_err() {
        tracing::warn!("NATS is not reached yet; this node starts without it");
    }
}

/// Takes what this process is answered.
async fn inbox(link: Arc<Link>, mut answers: Subscriber) {
    while let Some(answer) = answers.next().await {
        Counters::count(&link.counters.received);
        if !link.inbox.take(answer) {
            Counters::count(&link.counters.late);
        }
    }
}

impl Line {
    async fn run(
        mut self,
        mut turns: UnboundedReceiver<Turn>,
        mut events: Receiver<Event>,
        started: oneshot::Sender<()>,
    ) {
        let link = self.link.clone();
        let (nodes, answers) = (link.subjects.nodes.clone(), format!("{}.*", link.subjects.inbox));
        let subscribed = tokio::try_join!(link.client.subscribe(nodes), link.client.subscribe(answers));
        let (mut gossip, answers) = match subscribed {
            Ok(subscribed) => subscribed,
            Err(error) => return tracing::error!(%error, "the bus cannot be used"),
        };
        tokio::spawn(inbox(link.clone(), answers));
        let mut started = Some(started);
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                turn = turns.recv() => match turn {
                    Some(turn) => self.turn(turn).await,
                    None => return,
                },
                Some((callee, message)) = self.asks.next(), if !self.asks.is_empty() => {
                    Counters::count(&link.counters.received);
                    answers::answer(&link, &callee, message);
                }
                Some(message) = gossip.next() => self.hear(message).await,
                Some(event) = events.recv() => self.event(event).await,
                _ = beat.tick() => self.beat().await,
            }
            if link.is_up() {
                started = started.and_then(|started| started.send(()).err().and(None));
            }
        }
    }

    async fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::Came(callee) => {
                let callee = Arc::new(callee);
                let number = short(&callee);
                self.digest ^= number;
                let mut subscription = None;
                if self.link.is_up() {
                    // Told before it is subscribed, so that who asks knows for whom to wait.
                    self.link.gossip(Gossip::Came(number)).await;
                    subscription = self.subscribe(callee.clone()).await;
                }
                self.held.insert(callee, subscription);
            }
            Turn::Left(callee) => {
                let number = short(&callee);
                if self.held.remove(&callee).is_some() {
                    self.digest ^= number;
                    if self.link.is_up() {
                        self.link.gossip(Gossip::Left(number)).await;
                    }
                }
            }
            Turn::Settle(settled) => {
                let link = self.link.clone();
                tokio::spawn(async move {
                    if link.is_up() {
                        link.round_trip().await;
                    }
                    // The socket may have closed again.
                    let _ = settled.send(());
                });
            }
        }
    }

    async fn subscribe(&mut self, callee: Arc<Callee>) -> Option<oneshot::Sender<()>> {
        let subscribed = self.link.client.subscribe(self.link.subjects.callee(&callee)).await;
        let subscribed = subscribed.inspect_err(|error| tracing::warn!(%error, "not subscribed")).ok()?;
        let (held, left) = oneshot::channel::<()>();
        let asks = subscribed.map(move |message| (callee.clone(), message)).take_until(left);
        self.asks.push(asks.boxed());
        Some(held)
    }

    async fn event(&mut self, event: Event) {
        match event {
            Event::Connected => self.join().await,
            Event::Disconnected | Event::Closed => self.lost(),
            other => tracing::debug!(event = %other, "of NATS"),
        }
    }

    /// What is heard from all others is heard anew, and they hear of all that is here.
    async fn join(&mut self) {
        let link = self.link.clone();
        let lacking: Vec<_> =
            self.held.iter().filter(|(_, held)| held.is_none()).map(|(callee, _)| callee.clone()).collect();
        for callee in lacking {
            let subscription = self.subscribe(callee.clone()).await;
            self.held.insert(callee, subscription);
        }
        if !link.is_connected() || !link.round_trip().await {
            return self.lost();
        }
        *link.peers() = super::peers::Peers::new(Instant::now());
        link.gossip(Gossip::Hello).await;
        self.tell_all().await;
        if !link.set_up(true) {
            tracing::info!(servers = self.url, "the bus is up");
            self.said = false;
            tokio::spawn(look(link));
        }
    }

    fn lost(&mut self) {
        self.link.set_up(false);
        if !self.said {
            self.said = true;
            self.link.counters.lost.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                servers = self.url,
                "NATS is away: devices on other nodes are not rung until it is back; all else goes on"
            );
        }
    }

    async fn tell_all(&mut self) {
        self.asked = false;
        let held: Vec<u64> = self.held.keys().map(|callee| short(callee)).collect();
        let parts = held.chunks(PART).count().max(1);
        for part in 0..parts {
            let held = held.chunks(PART).nth(part).unwrap_or_default().to_vec();
            let (first, last) = (part == 0, part + 1 == parts);
            self.link.gossip(Gossip::Holds { first, last, held }).await;
        }
    }

    async fn hear(&mut self, message: Message) {
        let link = self.link.clone();
        Counters::count(&link.counters.received);
        let told: Option<Told> = wire::open(&link.keyring, Uuid::nil(), &message.subject, &message.payload);
        let Some(told) = told else {
            Counters::count(&link.counters.unreadable);
            return;
        };
        self.asked |= match &told.gossip {
            Gossip::Hello => true,
            Gossip::Again(node) => *node == link.node,
            _ => false,
        };
        let missed = link.peers().hear(told.node, &told.gossip, Instant::now());
        if missed {
            link.gossip(Gossip::Again(told.node)).await;
        }
    }

    /// Once a second: a sign of life, and what was asked for. Many may ask at once, as when NATS comes back; that costs one
    /// answer.
    async fn beat(&mut self) {
        let link = self.link.clone();
        if !link.is_up() {
            self.lost_or_back().await;
            return;
        }
        if self.asked {
            self.tell_all().await;
        }
        let (count, digest) = (self.held.len(), self.digest);
        link.gossip(Gossip::Beat { count, digest }).await;
        link.peers().forget_silent(Instant::now());
        tokio::spawn(async move { link.round_trip().await });
    }

    /// NATS may be away, or have been silent for a while though it is connected.
    async fn lost_or_back(&mut self) {
        self.lost();
        if self.link.is_connected() {
            self.join().await;
        }
    }
}

/// Has every socket look for calls that it missed while NATS was away.
async fn look(link: Arc<Link>) {
    for seats in link.hub.all().chunks(LOOKING) {
        seats.iter().for_each(|seat| seat.look());
        tokio::time::sleep(BREATH).await;
    }
}
