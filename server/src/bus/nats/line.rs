//! The one task that follows which identities are here, and keeps a subscription for each: made with its first socket,
//! ended with its last. It also keeps the other nodes informed, and notices when NATS goes and comes back.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use async_nats::{Event, Message};
use futures_util::{
    StreamExt,
    stream::{BoxStream, SelectAll},
};
use tokio::{
    sync::{
        mpsc::{Receiver, UnboundedReceiver},
        oneshot,
    },
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use uuid::Uuid;

use super::{
    answers,
    link::{self, Link},
    log,
    subject::{device, short},
    wire::{self, Gossip, Told},
};
use crate::{
    bus::{Callee, Counters, Turn},
    store::WorkspaceId,
};

/// How often this node gives a sign of life.
const BEAT: Duration = Duration::from_secs(1);
/// How long a start waits for NATS.
const AT_START: Duration = Duration::from_secs(2);
/// Identities told of in one message.
const PART: usize = 20_000;

/// What a subscription is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Topic {
    /// An identity with sockets here.
    Callee(Arc<Callee>),
    /// A workspace whose log is watched here.
    Log(WorkspaceId),
}

type Messages = SelectAll<BoxStream<'static, (Topic, Message)>>;

struct Line {
    link: Arc<Link>,
    /// What is here; dropping its sender ends a subscription.
    held: HashMap<Topic, Option<oneshot::Sender<()>>>,
    /// Identities and devices that are here, and the digest of them, as told to others.
    told: HashSet<u64>,
    digest: u64,
    messages: Messages,
    /// The servers, for people.
    url: String,
    /// How often NATS was joined.
    joined: u64,
    /// Whether somebody asked to be told what is here.
    asked: bool,
    /// Whether sockets here may have missed calls that came to others.
    missed: bool,
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
        told: HashSet::new(),
        digest: 0,
        messages: SelectAll::new(),
        url,
        joined: 0,
        asked: false,
        missed: false,
        said: false,
    };
    tokio::spawn(line.run(turns, events, started));
    // Without it, it is said soon that it is away.
    let _ = timeout(AT_START, up).await;
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
        tokio::spawn(link::take_answers(link.clone(), answers));
        let mut started = Some(started);
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                turn = turns.recv() => match turn {
                    Some(turn) => if self.turn(turn).await.is_break() { return },
                    None => return,
                },
                Some((topic, message)) = self.messages.next(), if !self.messages.is_empty() => {
                    Counters::count(&link.counters.received);
                    match topic {
                        Topic::Callee(callee) => answers::answer(&link, &callee, message),
                        Topic::Log(workspace) => log::hear(&link, workspace, &message.payload),
                    }
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

    /// Breaks off with goodbye: to the others a sign of life after it would be a node that was apart, and all their sockets
    /// would look for calls.
    async fn turn(&mut self, turn: Turn) -> ControlFlow<()> {
        match turn {
            Turn::Came(callee) => {
                // Told before it is subscribed, so that who asks knows for whom to wait.
                self.tell(short(&callee), true).await;
                self.hold(Topic::Callee(callee.into())).await;
            }
            Turn::Left(callee) => {
                let number = short(&callee);
                self.held.remove(&Topic::Callee(callee.into()));
                self.tell(number, false).await;
            }
            Turn::Device(binding, here) => self.tell(device(binding), here).await,
            Turn::Watched(workspace) => self.hold(Topic::Log(workspace)).await,
            Turn::Unwatched(workspace) => {
                self.held.remove(&Topic::Log(workspace));
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
            Turn::Bye(said) => {
                self.link.leave().await;
                // Nobody waits any more when it took long.
                let _ = said.send(());
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Tells the others what has come, or gone.
    async fn tell(&mut self, number: u64, came: bool) {
        let is_news = if came { self.told.insert(number) } else { self.told.remove(&number) };
        if is_news {
            self.digest ^= number;
            if self.link.is_up() {
                self.link.gossip(if came { Gossip::Came(number) } else { Gossip::Left(number) }).await;
            }
        }
    }

    async fn hold(&mut self, topic: Topic) {
        let subscription = if self.link.is_up() { self.subscribe(topic.clone()).await } else { None };
        self.held.insert(topic, subscription);
    }

    async fn subscribe(&mut self, topic: Topic) -> Option<oneshot::Sender<()>> {
        let subject = match &topic {
            Topic::Callee(callee) => self.link.subjects.callee(callee),
            Topic::Log(workspace) => self.link.subjects.log(*workspace),
        };
        let subscribed = self.link.client.subscribe(subject).await;
        let subscribed = subscribed.inspect_err(|error| tracing::warn!(%error, "not subscribed")).ok()?;
        let (held, left) = oneshot::channel::<()>();
        let messages = subscribed.map(move |message| (topic.clone(), message)).take_until(left);
        self.messages.push(messages.boxed());
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
        let lacking = self.held.iter().filter(|(_, held)| held.is_none()).map(|(topic, _)| topic.clone());
        for topic in lacking.collect::<Vec<_>>() {
            let subscription = self.subscribe(topic.clone()).await;
            self.held.insert(topic, subscription);
        }
        if !link.is_connected() || !link.round_trip().await {
            return self.lost();
        }
        *link.peers() = super::peers::Peers::new(Instant::now());
        link.gossip(Gossip::Hello { away: self.said }).await;
        self.tell_all().await;
        self.joined += 1;
        if !link.up.joined(self.joined) {
            tracing::info!(servers = self.url, "the bus is up");
            (self.missed, self.said) = (self.said, false);
        }
    }

    fn lost(&mut self) {
        self.link.up.lost();
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
        let held: Vec<u64> = self.told.iter().copied().collect();
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
        if told.node == link.node {
            return;
        }
        self.asked |= match &told.gossip {
            Gossip::Hello { .. } => true,
            Gossip::Again(node) => *node == link.node,
            _ => false,
        };
        let hint = link.peers().hear(told.node, &told.gossip, Instant::now());
        self.missed |= hint.was_apart;
        if hint.has_missed {
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
        if std::mem::take(&mut self.missed) {
            tokio::spawn(link::look(link.clone()));
        }
        let (count, digest) = (self.told.len(), self.digest);
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
