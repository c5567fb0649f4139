//! Subjects. All of them lie below `ringhook.{deployment}`, so that deployments can share a NATS, and so that one
//! permission is enough for a node.

use crate::{
    bus::Callee,
    secrets,
    store::{BindingId, WorkspaceId},
};

/// The subjects of one deployment, and of one process in it.
#[derive(Debug, Clone)]
pub(super) struct Subjects {
    base: String,
    /// What answers to this process begin with.
    pub(super) inbox: String,
    /// What all nodes say of themselves.
    pub(super) nodes: String,
}

/// An identity has characters that subjects cannot have, or that mean something in them; so it is named by its hash.
/// Lengths are hashed too: no two (account, identity) give the same bytes.
fn hash(callee: &Callee) -> Vec<u8> {
    let mut text = u64::try_from(callee.account_sid.len()).unwrap_or(u64::MAX).to_le_bytes().to_vec();
    text.extend_from_slice(callee.account_sid.as_bytes());
    text.extend_from_slice(callee.identity.as_bytes());
    secrets::hash_bytes(&text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A callee in eight bytes: enough to know who holds it. Should two be the same, a call waits for a node too many.
pub(super) fn short(callee: &Callee) -> u64 {
    let all = [callee.workspace.0.as_bytes().as_slice(), &hash(callee)].concat();
    secrets::hash_bytes(&all).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A device in eight bytes: the random ones of its binding's id.
pub(super) fn device(binding: BindingId) -> u64 {
    binding.0.as_u64_pair().1
}

impl Subjects {
    pub(super) fn new(deployment: &[u8], process: &[u8]) -> Self {
        let base = format!("ringhook.{}", hex(deployment));
        Self { inbox: format!("{base}.inbox.{}", hex(process)), nodes: format!("{base}.nodes"), base }
    }

    /// Where an identity's sockets are reached.
    pub(super) fn callee(&self, callee: &Callee) -> String {
        format!("{}.call.{}.{}", self.base, callee.workspace.0.simple(), hex(&hash(callee)))
    }

    /// Where what moves in a workspace's log is told.
    pub(super) fn log(&self, workspace: WorkspaceId) -> String {
        format!("{}.log.{}", self.base, workspace.0.simple())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Ts;

    #[test]
    fn whoever_is_another_has_another_subject_of_plain_characters() {
        let workspaces = [1, 2].map(|number| WorkspaceId::new(Ts::from_micros(number)));
        let subjects = Subjects::new(&[1; 8], &[2; 8]);
        let mut seen = std::collections::HashSet::new();
        for workspace in workspaces {
            for (account, identity) in
                [("AC1", "*"), ("AC1", ">"), ("AC1", "a.b"), ("AC1", "a"), ("AC", "1a"), ("AC1", "ü \r\n")]
            {
                let (account_sid, identity) = (account.to_owned(), identity.to_owned());
                let callee = Callee { workspace, account_sid, identity };
                let subject = subjects.callee(&callee);
                assert!(
                    subject.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'),
                    "{subject}"
                );
                assert_eq!(subject.matches('.').count(), 4);
                assert!(seen.insert(subject) && seen.insert(short(&callee).to_string()));
            }
        }
    }
}
