//! The other nodes, and what each holds, as far as this one has heard. It is a hint: it tells for whose answers to wait,
//! never who is rung. Each node tells what comes and goes, and every second how many it holds and their digest; who finds
//! that it has missed something asks for all of it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;
use uuid::Uuid;

use super::wire::Gossip;

/// A node that was silent for so long is gone.
const SILENCE: Duration = Duration::from_millis(3500);
/// How long after (re)connecting others may be there of whom nothing was heard.
const UNSURE: Duration = Duration::from_secs(2);

/// What one node is known to hold.
#[derive(Debug)]
struct Peer {
    heard: Instant,
    held: HashSet<u64>,
    digest: u64,
    /// Whether what is known is all of it.
    is_known: bool,
}

/// The other nodes.
#[derive(Debug)]
pub(super) struct Peers {
    peers: HashMap<Uuid, Peer>,
    sure_from: Instant,
}

/// What follows from what a node told.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hint {
    /// It is to be asked for all that it holds.
    pub(super) has_missed: bool,
    /// It was not heard for a while: calls that it took then may have missed sockets here.
    pub(super) was_apart: bool,
}

/// For whose answers to wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) nodes: HashSet<Uuid>,
    /// Whether there may be more.
    pub(super) unsure: bool,
}

impl Peers {
    pub(super) fn new(now: Instant) -> Self {
        Self { peers: HashMap::new(), sure_from: now + UNSURE }
    }

    /// Who holds an identity.
    pub(super) fn expected(&self, callee: u64, now: Instant) -> Expected {
        let live = self.peers.iter().filter(|(_, peer)| peer.heard + SILENCE > now);
        let mut expected = Expected { nodes: HashSet::new(), unsure: now < self.sure_from };
        for (node, peer) in live {
            expected.unsure |= !peer.is_known;
            if peer.held.contains(&callee) {
                expected.nodes.insert(*node);
            }
        }
        expected
    }

    /// Whether anybody holds this.
    pub(super) fn holds(&self, number: u64, now: Instant) -> bool {
        self.peers.values().any(|peer| peer.heard + SILENCE > now && peer.held.contains(&number))
    }

    /// How many live.
    pub(super) fn live(&self, now: Instant) -> usize {
        self.peers.values().filter(|peer| peer.heard + SILENCE > now).count()
    }

    /// Forgets who is silent.
    pub(super) fn forget_silent(&mut self, now: Instant) {
        self.peers.retain(|_, peer| peer.heard + SILENCE > now);
    }

    /// Takes what a node told; what to do about it.
    pub(super) fn hear(&mut self, node: Uuid, gossip: &Gossip, now: Instant) -> Hint {
        if matches!(gossip, Gossip::Bye) {
            self.peers.remove(&node);
            return Hint::default();
        }
        let is_new = !self.peers.contains_key(&node);
        let was_apart = match gossip {
            Gossip::Hello { away } => *away,
            _ => is_new,
        };
        let unknown = || Peer { heard: now, held: HashSet::new(), digest: 0, is_known: false };
        let peer = self.peers.entry(node).or_insert_with(unknown);
        peer.heard = now;
        match gossip {
            Gossip::Came(callee) => peer.add(*callee),
            Gossip::Left(callee) => {
                if peer.held.remove(callee) {
                    peer.digest ^= callee;
                }
            }
            Gossip::Holds { first, last, held } => {
                if *first {
                    (peer.held, peer.digest) = (HashSet::new(), 0);
                }
                held.iter().for_each(|callee| peer.add(*callee));
                peer.is_known = *last;
            }
            Gossip::Beat { count, digest } => {
                peer.is_known &= (peer.held.len(), peer.digest) == (*count, *digest);
            }
            Gossip::Hello { .. } | Gossip::Again(_) | Gossip::Bye => {}
        }
        let has_missed = matches!(gossip, Gossip::Beat { .. }) && !peer.is_known;
        Hint { has_missed, was_apart }
    }
}

impl Peer {
    fn add(&mut self, callee: u64) {
        if self.held.insert(callee) {
            self.digest ^= callee;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(held: &[u64]) -> Gossip {
        Gossip::Holds { first: true, last: true, held: held.to_vec() }
    }

    #[test]
    fn what_a_node_holds_is_known_and_what_was_missed_is_asked_for() {
        let (began, node) = (Instant::now(), Uuid::from_u128(1));
        let mut peers = Peers::new(began);
        assert!(peers.expected(7, began).unsure, "who has just come knows nobody");
        let now = began + UNSURE;
        assert_eq!(peers.expected(7, now), Expected { nodes: HashSet::new(), unsure: false });
        let hint = peers.hear(node, &Gossip::Beat { count: 0, digest: 0 }, now);
        assert_eq!(hint, Hint { has_missed: true, was_apart: true }, "a node that nothing is known of");
        assert!(peers.expected(7, now).unsure);
        assert_eq!(peers.hear(node, &holds(&[7, 9]), now), Hint::default());
        assert_eq!(peers.expected(7, now), Expected { nodes: [node].into(), unsure: false });
        assert!(peers.expected(8, now).nodes.is_empty());
        peers.hear(node, &Gossip::Left(7), now);
        peers.hear(node, &Gossip::Came(8), now);
        peers.hear(node, &Gossip::Came(8), now);
        assert_eq!(peers.hear(node, &Gossip::Beat { count: 2, digest: 8 ^ 9 }, now), Hint::default());
        assert_eq!(peers.expected(8, now), Expected { nodes: [node].into(), unsure: false });
        assert!(peers.hear(node, &Gossip::Beat { count: 3, digest: 8 ^ 9 ^ 10 }, now).has_missed);
        assert!(peers.expected(8, now).unsure);
    }

    #[test]
    fn a_node_that_was_not_heard_for_a_while_was_apart_and_a_new_one_was_not() {
        let (now, node) = (Instant::now(), Uuid::from_u128(1));
        let mut peers = Peers::new(now);
        assert!(!peers.hear(node, &Gossip::Hello { away: false }, now).was_apart);
        assert!(!peers.hear(node, &Gossip::Came(7), now).was_apart);
        assert!(peers.hear(node, &Gossip::Hello { away: true }, now).was_apart);
        peers.forget_silent(now + SILENCE);
        assert!(peers.hear(node, &Gossip::Came(8), now + SILENCE).was_apart);
    }

    #[test]
    fn who_is_silent_or_says_goodbye_is_not_waited_for() {
        let (began, nodes) = (Instant::now(), [1, 2].map(Uuid::from_u128));
        let mut peers = Peers::new(began);
        nodes.iter().for_each(|node| {
            peers.hear(*node, &holds(&[7]), began);
        });
        assert_eq!(peers.live(began), 2);
        peers.hear(nodes[0], &Gossip::Bye, began);
        assert_eq!(peers.expected(7, began).nodes, [nodes[1]].into());
        let later = began + SILENCE;
        assert!(peers.expected(7, later).nodes.is_empty());
        peers.forget_silent(later);
        assert_eq!(peers.live(began), 0);
    }
}
