//! Buckets of which each node has its share.

use std::{
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock},
};

use crate::domain::nodes::Nodes;

type Make<T> = Box<dyn Fn(&Nodes) -> T + Send + Sync>;

/// Made anew, and so full again, when the number of nodes changes.
pub(super) struct Shares<T> {
    nodes: Nodes,
    make: Make<T>,
    made: RwLock<(NonZeroU32, Arc<T>)>,
}

impl<T> Shares<T> {
    pub(super) fn new(nodes: Nodes, make: impl Fn(&Nodes) -> T + Send + Sync + 'static) -> Self {
        let made = (nodes.count(), Arc::new(make(&nodes)));
        Self { nodes, make: Box::new(make), made: RwLock::new(made) }
    }

    /// This node's.
    pub(super) fn get(&self) -> Arc<T> {
        let count = self.nodes.count();
        {
            let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
            if made.0 == count {
                return made.1.clone();
            }
        }
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        if made.0 != count {
            *made = (count, Arc::new((self.make)(&self.nodes)));
        }
        made.1.clone()
    }
}
