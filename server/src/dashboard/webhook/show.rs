//! `GET /w/{workspace}/webhook`. Only who may change the webhook sees its URL: it is a secret.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Choice, Frame, Here, HookRow, Notice, Webhook};

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, words::time, workspaces::list::Asked},
    domain::{Result, accounts, roles::may, webhook_tokens},
    http::page::page,
};

/// Seconds for which older tokens may still hold, and what to call it.
const GRACES: [(u32, &str); 4] = [
    (0, "Ends at once"),
    (3600, "Holds for an hour"),
    (86_400, "Holds for a day"),
    (7 * 86_400, "Holds for a week"),
];
const USUAL: u32 = 86_400;

/// The page.
#[handler]
pub async fn show(member: Member<may::SetUp>, Query(asked): Query<Asked>) -> Response {
    match view(&member, String::new()).await {
        Ok(view) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..view.frame };
            page(StatusCode::OK, &Webhook { frame, ..view })
        }
        Err(error) => refusal(error),
    }
}

/// The page, with what went wrong.
pub(super) async fn again(member: &Member<may::SetUp>, fault: String) -> Response {
    match view(member, fault).await {
        Ok(view) => page(StatusCode::UNPROCESSABLE_ENTITY, &view),
        Err(error) => refusal(error),
    }
}

async fn view(member: &Member<may::SetUp>, fault: String) -> Result<Webhook> {
    let workspace = member.workspace.id;
    let tokens = webhook_tokens::list(&member.ground, workspace).await?;
    let first = accounts::list(&member.ground, workspace, None, 1).await?;
    let lasting = tokens.iter().rev().find(|shown| shown.row.ends_at.is_none());
    let base = member.visitor.base();
    let row = |shown: &webhook_tokens::Shown| HookRow {
        id: shown.row.id.to_string(),
        created: time(shown.row.created_at),
        used: shown.row.last_used_at.map(time),
        ends: shown.row.ends_at.map(time),
    };
    let grace =
        |(seconds, words): (u32, _)| Choice { value: seconds.to_string(), words, chosen: seconds == USUAL };
    Ok(Webhook {
        frame: frame(member, Here::Webhook),
        url: lasting.map_or_else(String::new, |shown| format!("{base}/hooks/{}", *shown.token)),
        is_local: member.visitor.app.config.is_loopback(),
        account_sid: first.into_iter().next().map_or_else(|| "AC…".into(), |known| known.account.account_sid),
        tokens: tokens.iter().map(row).collect(),
        graces: GRACES.map(grace).into(),
        fault,
    })
}
