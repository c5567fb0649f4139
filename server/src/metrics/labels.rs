//! The labels of each figure. All are `Copy` or shared, so that counting allocates nothing.

use std::{fmt::Write, sync::Arc};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

use crate::store::WorkspaceId;

/// The word in place of a cause where all went well.
pub const NO_CAUSE: &str = "none";

/// Declares sets of labels.
macro_rules! labels {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
        pub struct $name { $(pub $field: $type,)+ }
    )+};
}

labels! {
    /// A webhook by its answer; `kind` is `call` or `test`.
    Answered { answer: &'static str, kind: &'static str, }
    /// A refused signature by its likely cause.
    Rejected { reason: &'static str, }
    /// A delivery by where it ended.
    Delivered { channel: &'static str, state: &'static str, cause: &'static str, }
    /// An attempt by what the network said.
    Attempted { channel: &'static str, outcome: &'static str, cause: &'static str, }
    /// A step of a call.
    OfStep { step: &'static str, }
    /// A channel.
    OfChannel { channel: &'static str, }
    /// A kind of provider.
    OfProvider { provider: &'static str, }
    /// A queue in memory.
    OfQueue { queue: &'static str, }
    /// A pool of connections.
    OfPool { pool: &'static str, }
    /// What the database is asked for.
    OfUse { access: &'static str, }
    /// A kind of error, of the database.
    OfKind { kind: &'static str, }
    /// What a mail's try came to.
    OfResult { result: &'static str, }
    /// A line of the log.
    Logged { level: &'static str, room: &'static str, }
    /// An HTTP request.
    Requested { route: Route, method: &'static str, status: u16, }
    /// A route.
    OfRoute { route: Route, }
    /// The state of the way to other nodes: one series each, of which one is 1.
    OfState { state: &'static str, }
    /// What became of a message between nodes.
    OfFate { fate: &'static str, }
    /// The program itself.
    Built { version: &'static str, database: &'static str, }
    /// A workspace's webhooks.
    AnsweredOf { workspace: Named, answer: &'static str, }
    /// A workspace's deliveries.
    DeliveredOf { workspace: Named, state: &'static str, }
    /// A workspace's credentials.
    CredentialOf { workspace: Named, provider: &'static str, }
}

/// The pattern of a route; a path that leads nowhere has none.
#[derive(Debug, Clone, Hash, PartialEq, Eq)]
pub struct Route(pub Arc<str>);

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> std::fmt::Result {
        self.0.as_ref().encode(encoder)
    }
}

/// A workspace that is named, or all that are not.
#[derive(Debug, Clone, Copy, Hash, PartialEq, Eq)]
pub struct Named(pub Option<WorkspaceId>);

impl EncodeLabelValue for Named {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> std::fmt::Result {
        match self.0 {
            Some(id) => write!(encoder, "{id}"),
            None => encoder.write_str("other"),
        }
    }
}

/// A method's name; what is no usual one shares a word, since anybody may make some up.
pub fn method(method: &poem::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
