//! `GET /w/{workspace}/audit.csv`: the whole log, the latest first (RFC 4180).

use std::io;

use futures_util::{Stream, stream};
use poem::{Body, Response, handler, http::header};

use crate::{
    access::Member,
    dashboard::csv,
    domain::{Ground, audit, roles::may},
    store::{AuditId, WorkspaceId, audit::AuditEntry},
};

/// Entries that are read at once.
const BITE: usize = 1000;
const COLUMNS: [&str; 6] = ["at", "actor", "address", "action", "target", "changes"];

/// The log as a file. It is sent while it is read, so that its length costs no memory.
#[handler]
pub fn export(member: Member<may::Audit>) -> Response {
    let name = format!("{}-audit.csv", member.workspace.slug);
    Response::builder()
        .header(header::CONTENT_TYPE, "text/csv; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Body::from_bytes_stream(bites(member.ground.clone(), member.workspace.id)))
}

/// Where the reading is.
enum Next {
    First,
    Before(AuditId),
    Done,
}

fn bites(ground: Ground, workspace: WorkspaceId) -> impl Stream<Item = io::Result<Vec<u8>>> {
    stream::try_unfold(Next::First, move |next| {
        let ground = ground.clone();
        async move {
            let (before, is_first) = match next {
                Next::First => (None, true),
                Next::Before(id) => (Some(id), false),
                Next::Done => return Ok(None),
            };
            let found = audit::page(&ground, workspace, before, BITE).await.map_err(io::Error::other)?;
            let next = found.last().map_or(Next::Done, |entry| Next::Before(entry.id));
            Ok(Some((csv::lines(is_first.then_some(&COLUMNS[..]), found.iter().map(cells))?, next)))
        }
    })
}

fn cells(entry: &AuditEntry) -> Vec<String> {
    let (at, changes) = (entry.at.utc().to_rfc3339(), entry.changes.0.to_string());
    vec![at, entry.actor.clone(), entry.address.clone(), entry.action.clone(), entry.target.clone(), changes]
}
