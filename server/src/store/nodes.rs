//! The processes that serve from this database. No tenant's.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Across, NodeId, Result, Ts, connection::run, schema::nodes};

/// A process, as it was when it was last seen.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = nodes)]
pub struct Node {
    pub id: NodeId,
    /// Its machine's name.
    pub name: String,
    pub version: String,
    /// How its bus was.
    pub bus: String,
    pub started_at: Ts,
    pub seen_at: Ts,
}

impl Across {
    /// Keeps a process in the list.
    pub async fn node_seen(&mut self, node: &Node) -> Result<()> {
        run!(self, |c| {
            let row = diesel::insert_into(nodes::table).values(node);
            row.on_conflict(nodes::id).do_update().set(node).execute(c).await?;
            Ok(())
        })
    }

    /// Those that were seen since then, the oldest first.
    pub async fn nodes_since(&mut self, seen: Ts) -> Result<Vec<Node>> {
        run!(self, |c| {
            let found = nodes::table.filter(nodes::seen_at.gt(seen)).order(nodes::started_at);
            Ok(found.select(Node::as_select()).load(c).await?)
        })
    }

    /// Takes a process out of the list, and those that nobody has seen since then.
    pub async fn node_forget(&mut self, node: Option<NodeId>, unseen: Ts) -> Result<()> {
        run!(self, |c| {
            if let Some(node) = node {
                diesel::delete(nodes::table.find(node)).execute(c).await?;
            }
            diesel::delete(nodes::table.filter(nodes::seen_at.lt(unseen))).execute(c).await?;
            Ok(())
        })
    }
}
