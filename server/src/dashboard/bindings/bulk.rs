//! `/w/{workspace}/bindings/bulk`: the same done to all that a search finds, after it was said how many there are.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::{
    pages::{Bulk, Errors, Here, Notice},
    paths,
};
use serde::Deserialize;

use super::{
    accounts_of, row,
    search::{Search, page_of},
};
use crate::{
    access::Member,
    dashboard::{
        fields::{Fields, refusal},
        frame::frame,
    },
    domain::{
        Result,
        bindings::bulk::{self, BulkAction},
        roles::may,
    },
    http::page::{nothing_here, page, see_other},
    store::BindingId,
};

/// Bindings that are shown before.
const EXAMPLES: i64 = 5;

/// What is to be done.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    action: String,
}

/// What is entered: the count, to confirm.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    count: String,
}

const fn words(action: BulkAction) -> &'static str {
    match action {
        BulkAction::Delete => "Delete",
        BulkAction::Activate => "Activate",
        BulkAction::Deactivate => "Deactivate",
    }
}

/// How many there are.
#[handler]
pub async fn preview(
    member: Member<may::Bind>,
    Query(asked): Query<Asked>,
    Query(search): Query<Search>,
) -> Response {
    let Ok(action) = asked.action.parse::<BulkAction>() else { return nothing_here() };
    match view(&member, action, &search).await {
        Ok((view, _)) => page(StatusCode::OK, &view),
        Err(error) => refusal(error),
    }
}

/// Does it, when there are still as many.
#[handler]
pub async fn apply(
    member: Member<may::Bind>,
    Query(asked): Query<Asked>,
    Query(search): Query<Search>,
    Fields(given): Fields<Given>,
) -> Response {
    let Ok(action) = asked.action.parse::<BulkAction>() else { return nothing_here() };
    let (mut view, ids) = match view(&member, action, &search).await {
        Ok(found) => found,
        Err(error) => return refusal(error),
    };
    let is_confirmed = given.count.trim().parse() == Ok(view.count);
    if view.narrowed_by.is_empty() || view.count > bulk::LIMIT || !is_confirmed {
        view.errors = Errors::one("count", format!("Enter {} to confirm.", view.count));
        return page(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    match bulk::apply(&member.ground, member.workspace.id, action, &ids, &search.query()).await {
        Ok(_) => {
            let path = paths::workspace(&member.workspace.slug, "/bindings");
            see_other(&format!("{path}?done={}", Notice::Saved.word()))
        }
        Err(error) => refusal(error),
    }
}

async fn view(
    member: &Member<may::Bind>,
    action: BulkAction,
    search: &Search,
) -> Result<(Bulk, Vec<BindingId>)> {
    let accounts = accounts_of(member).await?;
    let narrowed_by = search.narrowed_by();
    let wanted = search.resolve(member).await?.filter(|_| !narrowed_by.is_empty());
    let (ids, examples) = match &wanted {
        Some(wanted) => {
            let workspace = member.workspace.id;
            let ids = bulk::fitting(&member.ground, workspace, &wanted.filter, wanted.provider).await?;
            (ids, page_of(member, wanted, None, EXAMPLES).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    let (slug, now) = (&member.workspace.slug, member.ground.clock.now());
    let view = Bulk {
        frame: frame(member, Here::Bindings),
        query: search.query(),
        narrowed_by,
        count: ids.len(),
        limit: bulk::LIMIT,
        action: action.as_str(),
        words: words(action),
        examples: examples.iter().map(|binding| row(slug, &accounts, binding, now)).collect(),
        errors: Errors::default(),
    };
    Ok((view, ids))
}
