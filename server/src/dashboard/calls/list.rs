//! `GET /w/{workspace}/calls`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::{
    pages::{Calls, Here},
    paths,
};

use super::{Rows, search::Search};
use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame},
    domain::{Result, notifications, roles::may},
    http::page::{nothing_here, page, see_other},
    store::{NotificationId, notifications::Notification},
};

/// Calls on a page.
const PAGE: usize = 50;

/// A page of the log, the latest first.
#[handler]
pub async fn show(member: Member<may::Look>, Query(search): Query<Search>) -> Response {
    if let Some(id) = search.names() {
        return see_other(&paths::workspace(&member.workspace.slug, &format!("/calls/{id}")));
    }
    let before = (!search.before.is_empty()).then(|| search.before.parse::<NotificationId>());
    let Ok(before) = before.transpose() else { return nothing_here() };
    match view(&member, &search, before).await {
        Ok(view) if view.fault.is_some() => page(StatusCode::UNPROCESSABLE_ENTITY, &view),
        Ok(view) => page(StatusCode::OK, &view),
        Err(error) => refusal(error),
    }
}

async fn view(member: &Member<may::Look>, search: &Search, before: Option<NotificationId>) -> Result<Calls> {
    let rows = Rows::of(member).await?;
    let (mut found, fault) = match found(member, search, before).await? {
        Ok(found) => (found, None),
        Err(fault) => (Vec::new(), Some(fault)),
    };
    let is_more = found.len() > PAGE;
    found.truncate(PAGE);
    let query = search.query();
    let older = |last: &Notification| match query.is_empty() {
        true => format!("?before={}", last.id),
        false => format!("?{query}&before={}", last.id),
    };
    Ok(Calls {
        frame: frame(member, Here::Calls),
        search: search.fields(),
        accounts: rows
            .accounts
            .iter()
            .map(|(sid, name)| (sid.clone(), name.clone(), search.is_of(sid)))
            .collect(),
        outcomes: search.outcomes(),
        is_narrowed: !query.is_empty() || before.is_some(),
        fault,
        calls: rows.show(&member.ground, member.workspace.id, &found).await?,
        older: found.last().filter(|_| is_more).map(older),
        query,
        is_first: before.is_none(),
    })
}

async fn found(
    member: &Member<may::Look>,
    search: &Search,
    before: Option<NotificationId>,
) -> Result<std::result::Result<Vec<Notification>, &'static str>> {
    let filter = match search.filter() {
        Ok(filter) => filter,
        Err(fault) => return Ok(Err(fault)),
    };
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    Ok(Ok(notifications::list(&member.ground, member.workspace.id, &filter, before, limit).await?))
}
