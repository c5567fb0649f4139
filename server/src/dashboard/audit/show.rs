//! `GET /w/{workspace}/audit`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Audit, AuditRow, Here};
use serde::Deserialize;

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame},
    domain::{audit, roles::may},
    http::page::{nothing_here, page},
    store::audit::AuditEntry,
};

/// Entries on a page.
const PAGE: usize = 50;

/// Which page: what is older than this entry.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    before: Option<String>,
}

/// A page of the log, the latest first.
#[handler]
pub async fn show(member: Member<may::Audit>, Query(asked): Query<Asked>) -> Response {
    let is_later = asked.before.is_some();
    let Ok(before) = asked.before.map(|id| id.parse()).transpose() else { return nothing_here() };
    let mut found = match audit::page(&member.ground, member.workspace.id, before, PAGE + 1).await {
        Ok(found) => found,
        Err(error) => return refusal(error),
    };
    let is_more = found.len() > PAGE;
    found.truncate(PAGE);
    let last = found.last().filter(|_| is_more);
    let view = Audit {
        frame: frame(&member, Here::Audit),
        older: last.map(|entry| format!("?before={}", entry.id)),
        rows: found.iter().map(row).collect(),
        is_later,
    };
    page(StatusCode::OK, &view)
}

fn row(entry: &AuditEntry) -> AuditRow {
    AuditRow {
        at: entry.at.utc().to_rfc3339(),
        actor: entry.actor.clone(),
        address: entry.address.clone(),
        action: super::action(entry),
        target: entry.target.clone(),
        changes: super::changes(entry),
    }
}
