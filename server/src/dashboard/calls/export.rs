//! `GET /w/{workspace}/calls.csv` and `.ndjson`: what a search finds, the latest first.

use std::io;

use futures_util::{Stream, stream};
use poem::{Body, Response, handler, http::header, web::Query};
use serde_json::{Value, json};

use super::{Rows, search::Search};
use crate::{
    access::Member,
    dashboard::{csv, fields::refusal},
    domain::{Ground, notifications, roles::may},
    http::page::nothing_here,
    store::{
        NotificationId, WorkspaceId,
        notifications::{Notification, NotificationFilter},
    },
};

/// Calls that are read at once.
const BITE: i64 = 1000;
const COLUMNS: [&str; 12] = [
    "id",
    "received_at",
    "outcome",
    "identity",
    "from",
    "account_sid",
    "call_sid",
    "message_id",
    "test",
    "answer_status",
    "answer_after_ms",
    "reason",
];

#[derive(Debug, Clone, Copy)]
enum Form {
    Csv,
    Ndjson,
}

/// The calls as a table (RFC 4180).
#[handler]
pub async fn as_csv(member: Member<may::Look>, Query(search): Query<Search>) -> Response {
    export(&member, &search, Form::Csv).await
}

/// The calls, one JSON object a line, with their payloads.
#[handler]
pub async fn as_ndjson(member: Member<may::Look>, Query(search): Query<Search>) -> Response {
    export(&member, &search, Form::Ndjson).await
}

/// The export is sent while it is read, so that its length costs no memory.
async fn export(member: &Member<may::Look>, search: &Search, form: Form) -> Response {
    let Ok(filter) = search.filter() else { return nothing_here() };
    if let Err(error) = Rows::of(member).await {
        return refusal(error);
    }
    let (ending, kind) = match form {
        Form::Csv => ("csv", "text/csv; charset=utf-8"),
        Form::Ndjson => ("ndjson", "application/x-ndjson"),
    };
    let name = format!("{}-calls.{ending}", member.workspace.slug);
    let bites = bites(member.ground.clone(), member.workspace.id, filter, form);
    Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Body::from_bytes_stream(bites))
}

/// Where the reading is.
enum Next {
    First,
    Before(NotificationId),
    Done,
}

fn bites(
    ground: Ground,
    workspace: WorkspaceId,
    filter: NotificationFilter,
    form: Form,
) -> impl Stream<Item = io::Result<Vec<u8>>> {
    stream::try_unfold(Next::First, move |next| {
        let (ground, filter) = (ground.clone(), filter.clone());
        async move {
            let (before, is_first) = match next {
                Next::First => (None, true),
                Next::Before(id) => (Some(id), false),
                Next::Done => return Ok(None),
            };
            let found = notifications::list(&ground, workspace, &filter, before, BITE).await;
            let found = found.map_err(io::Error::other)?;
            let next = found.last().map_or(Next::Done, |call| Next::Before(call.id));
            let lines = match form {
                Form::Csv => csv::lines(is_first.then_some(&COLUMNS[..]), found.iter().map(cells))?,
                Form::Ndjson => {
                    found.iter().flat_map(|call| format!("{}\n", object(call)).into_bytes()).collect()
                }
            };
            Ok(Some((lines, next)))
        }
    })
}

fn cells(call: &Notification) -> Vec<String> {
    let number = |number: Option<i32>| number.map_or_else(String::new, |number| number.to_string());
    vec![
        call.id.to_string(),
        call.received_at.utc().to_rfc3339(),
        call.outcome.0.to_string(),
        call.identity.clone(),
        super::caller(call),
        call.account_sid.clone(),
        call.call_sid.clone(),
        call.message_id.clone(),
        call.test.to_string(),
        number(call.answer_status),
        number(call.answer_after_ms),
        call.reason.clone().unwrap_or_default(),
    ]
}

fn object(call: &Notification) -> Value {
    let payload: Value = serde_json::from_str(&call.payload).unwrap_or_default();
    json!({
        "id": call.id.to_string(),
        "received_at": call.received_at.utc().to_rfc3339(),
        "outcome": call.outcome.0,
        "identity": call.identity,
        "account_sid": call.account_sid,
        "call_sid": call.call_sid,
        "message_id": call.message_id,
        "test": call.test,
        "answer_status": call.answer_status,
        "answer_after_ms": call.answer_after_ms,
        "reason": call.reason,
        "detail": call.detail,
        "payload": payload,
    })
}
