//! Figures of single workspaces, where the operator asks for them: so many at most, the others together.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
};

use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::labels::{AnsweredOf, DeliveredOf, Named};
use crate::store::WorkspaceId;

/// What is counted by workspace.
pub struct ByWorkspace {
    most: usize,
    named: RwLock<HashSet<WorkspaceId>>,
    webhooks: Family<AnsweredOf, Counter>,
    deliveries: Family<DeliveredOf, Counter>,
}

impl ByWorkspace {
    pub fn new(most: usize) -> Self {
        Self { most, named: RwLock::default(), webhooks: Family::default(), deliveries: Family::default() }
    }

    /// The name under which a workspace is counted: its own, for the first so many that come.
    pub fn name(&self, workspace: WorkspaceId) -> Named {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        if named.contains(&workspace) {
            return Named(Some(workspace));
        }
        if named.len() >= self.most {
            return Named(None);
        }
        drop(named);
        let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
        let fits = named.contains(&workspace) || named.len() < self.most;
        if fits {
            named.insert(workspace);
        }
        Named(fits.then_some(workspace))
    }

    pub fn answered(&self, workspace: WorkspaceId, answer: &'static str) {
        self.webhooks.get_or_create(&AnsweredOf { workspace: self.name(workspace), answer }).inc();
    }

    pub fn delivered(&self, workspace: WorkspaceId, state: &'static str) {
        self.deliveries.get_or_create(&DeliveredOf { workspace: self.name(workspace), state }).inc();
    }

    pub fn register(&self, to: &mut Registry) {
        to.register(
            "workspace_webhooks",
            "Webhooks of a workspace by what they were answered",
            self.webhooks.clone(),
        );
        to.register(
            "workspace_deliveries",
            "Deliveries of a workspace by where they ended",
            self.deliveries.clone(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Ts;

    #[test]
    fn the_first_are_named_and_the_others_are_not() {
        let by_workspace = ByWorkspace::new(2);
        let ids = [1, 2, 3].map(|number| WorkspaceId::new(Ts::from_micros(number * 1000)));
        let names = [ids[0], ids[1], ids[2], ids[0]].map(|id| by_workspace.name(id).0);
        assert_eq!(names, [Some(ids[0]), Some(ids[1]), None, Some(ids[0])]);
    }
}
