//! The nodes that serve from one database. Each keeps a row there; so all know how many they are, with and without a bus.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{Ground, Result};
use crate::store::{NodeId, nodes::Node};

/// How often a node says that it lives.
pub const BEAT: Duration = Duration::from_secs(2);
/// A node that was not seen for so long serves no more. It is longer than clocks of one cluster differ.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a node that is gone stands in the table.
const KEPT: Duration = Duration::from_secs(86_400);

/// How many nodes there are, as of the last look.
#[derive(Debug, Clone)]
pub struct Nodes(Arc<AtomicU32>);

impl Default for Nodes {
    /// One, until others are found.
    fn default() -> Self {
        Self(Arc::new(AtomicU32::new(1)))
    }
}

impl Nodes {
    /// How many.
    pub fn count(&self) -> NonZeroU32 {
        NonZeroU32::new(self.0.load(Ordering::Relaxed)).unwrap_or(NonZeroU32::MIN)
    }

    /// This node's part of a limit that is meant for all, rounded up.
    pub fn share(&self, limit: NonZeroU32) -> NonZeroU32 {
        NonZeroU32::new(limit.get().div_ceil(self.count().get())).unwrap_or(NonZeroU32::MIN)
    }

    /// Takes note of how many there are.
    pub fn set(&self, count: usize) {
        self.0.store(u32::try_from(count.max(1)).unwrap_or(u32::MAX), Ordering::Relaxed);
    }
}

/// Says that a node lives; answers all that do.
///
/// # Errors
/// When the database fails.
pub async fn beat(ground: &Ground, node: Node) -> Result<Vec<Node>> {
    ground.store.engine().write_behind(async move |conn| conn.node_seen(&node).await).await?;
    live(ground).await
}

/// The nodes that live.
///
/// # Errors
/// When the database fails.
pub async fn live(ground: &Ground) -> Result<Vec<Node>> {
    let seen = ground.clock.now() - SILENCE;
    Ok(ground.store.engine().read().await?.nodes_since(seen).await?)
}

/// Says that a node ends, or with `None` only forgets those that ended long ago.
///
/// # Errors
/// When the database fails.
pub async fn forget(ground: &Ground, node: Option<NodeId>) -> Result<()> {
    let unseen = ground.clock.now() - KEPT;
    Ok(ground.store.engine().write_behind(async move |conn| conn.node_forget(node, unseen).await).await?)
}

/// Several nodes of which some are not on the bus: these ring nobody who is connected to the others. Who they are.
pub fn apart(nodes: &[Node]) -> Vec<&Node> {
    let alone = crate::bus::State::SingleNode.as_str();
    match nodes.len() {
        0 | 1 => Vec::new(),
        _ => nodes.iter().filter(|node| node.bus == alone).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::testing::grounds, store::Ts};

    fn node(ground: &Ground, number: i64, bus: &str) -> Node {
        let now = ground.clock.now();
        Node {
            id: NodeId::new(Ts::from_micros(number)),
            name: format!("node {number}"),
            version: "1".into(),
            bus: bus.into(),
            started_at: now,
            seen_at: now,
        }
    }

    #[test]
    fn a_share_is_rounded_up() {
        let (nodes, limit) = (Nodes::default(), NonZeroU32::new(10).expect("ten"));
        assert_eq!(nodes.share(limit), limit);
        nodes.set(3);
        assert_eq!(nodes.share(limit).get(), 4);
        assert_eq!(nodes.share(NonZeroU32::MIN), NonZeroU32::MIN);
        nodes.set(0);
        assert_eq!(nodes.share(limit), limit);
    }

    #[tokio::test]
    async fn who_lives_is_seen_by_all_and_who_ends_is_not() {
        grounds(async |ground| {
            let first = node(&ground, 1_000, "ok");
            assert_eq!(beat(&ground, first.clone()).await.expect("nodes").len(), 1);
            let silent = Node { seen_at: first.seen_at - SILENCE * 2, ..node(&ground, 2_000, "ok") };
            beat(&ground, silent).await.expect("nodes");
            let alone = node(&ground, 3_000, "single_node");
            let all = beat(&ground, alone.clone()).await.expect("nodes");
            assert_eq!(all.len(), 2);
            assert_eq!(apart(&all).iter().map(|node| node.id).collect::<Vec<_>>(), [alone.id]);
            beat(&ground, Node { bus: "ok".into(), ..alone.clone() }).await.expect("nodes");
            assert!(apart(&live(&ground).await.expect("nodes")).is_empty());
            forget(&ground, Some(first.id)).await.expect("forgotten");
            assert_eq!(live(&ground).await.expect("nodes").len(), 1);
            assert!(apart(std::slice::from_ref(&alone)).is_empty(), "one alone lacks nothing");
        })
        .await;
    }
}
