//! `GET /w/{workspace}/bindings`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Bindings, Frame, Here, Notice};

use super::{
    accounts_of, row,
    search::{Search, page_of},
};
use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, workspaces::list::Asked},
    domain::{
        Result,
        roles::{Power, may},
    },
    http::page::{nothing_here, page, see_other},
    store::BindingId,
};

/// Bindings on a page.
const PAGE: usize = 50;

/// A page of the bindings, in the order of making.
#[handler]
pub async fn show(
    member: Member<may::Look>,
    Query(search): Query<Search>,
    Query(asked): Query<Asked>,
) -> Response {
    if let Some(id) = search.names() {
        return see_other(&super::path(&member.workspace.slug, id));
    }
    let after = (!search.after.is_empty()).then(|| search.after.parse::<BindingId>());
    let Ok(after) = after.transpose() else { return nothing_here() };
    match view(&member, &search, after).await {
        Ok(view) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..view.frame };
            page(StatusCode::OK, &Bindings { frame, ..view })
        }
        Err(error) => refusal(error),
    }
}

async fn view(member: &Member<may::Look>, search: &Search, after: Option<BindingId>) -> Result<Bindings> {
    let accounts = accounts_of(member).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut found = match search.resolve(member).await? {
        Some(wanted) => page_of(member, &wanted, after, limit).await?,
        None => Vec::new(),
    };
    let is_more = found.len() > PAGE;
    found.truncate(PAGE);
    let (query, now) = (search.query(), member.ground.clock.now());
    let next = found.last().filter(|_| is_more).map(|last| match query.is_empty() {
        true => format!("?after={}", last.id),
        false => format!("?{query}&after={}", last.id),
    });
    let slug = &member.workspace.slug;
    Ok(Bindings {
        frame: frame(member, Here::Bindings),
        search: search.fields(member, &accounts).await?,
        is_narrowed: !query.is_empty(),
        bindings: found.iter().map(|binding| row(slug, &accounts, binding, now)).collect(),
        query,
        next,
        is_first: after.is_none(),
        may_bind: member.role.may(Power::Bind),
    })
}
