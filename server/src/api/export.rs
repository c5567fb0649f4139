//! Bindings as a stream of lines, read a few at a time: however many there are, few are in memory.

use std::{io, sync::Arc};

use futures_util::{Stream, stream};
use poem_openapi::types::ToJSON;

use super::bindings::Wire;
use crate::{
    domain::{Ground, bindings},
    store::{BindingId, WorkspaceId, bindings::BindingFilter},
};

/// Bindings read at once.
const BITE: i64 = 500;

/// Where the reading is.
enum Next {
    After(Option<BindingId>),
    Done,
}

/// The lines, some at a time. The next are read when the reader wants them.
pub(super) fn bites(
    ground: Ground,
    workspace: WorkspaceId,
    filter: BindingFilter,
    wire: Wire,
) -> impl Stream<Item = io::Result<Vec<u8>>> {
    let shared = Arc::new((ground, filter, wire));
    stream::try_unfold(Next::After(None), move |next| {
        let shared = shared.clone();
        async move {
            let Next::After(after) = next else { return Ok(None) };
            let (ground, filter, wire) = &*shared;
            let found = bindings::list(ground, workspace, filter.clone(), None, after, BITE).await;
            let found = found.map_err(io::Error::other)?;
            let next = match found.last() {
                Some(last) => Next::After(Some(last.id)),
                None => Next::Done,
            };
            let mut lines = Vec::new();
            for row in found {
                lines.extend(wire.of(row).to_json_string().into_bytes());
                lines.push(b'\n');
            }
            Ok(Some((lines, next)))
        }
    })
}
