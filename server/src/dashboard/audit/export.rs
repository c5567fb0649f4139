//! `GET /w/{workspace}/audit.csv`: the whole log, the latest first (RFC 4180).

use std::io;

use futures_util::{Stream, stream};
use poem::{Body, Response, handler, http::header};

use crate::{
    access::Member,
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
            Ok(Some((lines(&found, is_first)?, next)))
        }
    })
}

fn lines(entries: &[AuditEntry], with_head: bool) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if with_head {
        writer.write_record(COLUMNS)?;
    }
    for entry in entries {
        let (at, changes) = (entry.at.utc().to_rfc3339(), entry.changes.0.to_string());
        let cells = [&at, &entry.actor, &entry.address, &entry.action, &entry.target, &changes];
        writer.write_record(cells.map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

/// A spreadsheet would run a cell that begins like a formula; names are anybody's
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn harmless(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::{Json, Ts};

    #[test]
    fn a_cell_is_a_text_and_no_formula() {
        let at = Ts::from_micros(0);
        let entry = AuditEntry {
            id: AuditId::new(at),
            workspace_id: None,
            user_id: None,
            actor: "=cmd()".into(),
            action: "role_changed".into(),
            target: "a \"b\", c".into(),
            changes: Json(json!({})),
            address: String::new(),
            at,
        };
        let lines = String::from_utf8(lines(&[entry], true).expect("lines")).expect("a text");
        let expected = "at,actor,address,action,target,changes\r\n\
                        1970-01-01T00:00:00+00:00,'=cmd(),,role_changed,\"a \"\"b\"\", c\",{}\r\n";
        assert_eq!(lines, expected);
    }
}
