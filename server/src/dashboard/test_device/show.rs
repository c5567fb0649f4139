//! `GET /w/{workspace}/test-device`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Errors, Frame, Here, Notice, TestDevice};

use super::Given;
use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, workspaces::list::Asked},
    domain::{
        Result, accounts,
        roles::{Power, may},
    },
    http::page::page,
};

/// Accounts to choose from, at most.
const ACCOUNTS: i64 = 1000;

/// The page.
#[handler]
pub async fn show(member: Member<may::Look>, Query(asked): Query<Asked>) -> Response {
    match view(&member, &Given::default(), Errors::default()).await {
        Ok(view) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..view.frame };
            page(StatusCode::OK, &TestDevice { frame, ..view })
        }
        Err(error) => refusal(error),
    }
}

/// The page again, with what was wrong.
pub(super) async fn again<P>(member: &Member<P>, given: &Given, errors: Errors) -> Response {
    match view(member, given, errors).await {
        Ok(view) => page(StatusCode::UNPROCESSABLE_ENTITY, &view),
        Err(error) => refusal(error),
    }
}

async fn view<P>(member: &Member<P>, given: &Given, errors: Errors) -> Result<TestDevice> {
    let found = accounts::list(&member.ground, member.workspace.id, None, ACCOUNTS).await?;
    let choice = |known: accounts::Connected| {
        let account = known.account;
        let is_chosen = account.account_sid == given.account_sid;
        (account.account_sid, account.friendly_name, is_chosen)
    };
    Ok(TestDevice {
        frame: frame(member, Here::TestDevice),
        accounts: found.into_iter().map(choice).collect(),
        identity: match given.identity.is_empty() {
            true => identity_of(&member.user.email),
            false => given.identity.clone(),
        },
        may_ring: member.role.may(Power::Ring),
        may_set_up: member.role.may(Power::SetUp),
        errors,
    })
}

/// An identity to begin with: the reader's own name, in the letters that every SDK takes.
fn identity_of(email: &str) -> String {
    let name = email.split('@').next().unwrap_or_default();
    let kept = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    format!("test_{}", name.chars().take(40).map(kept).collect::<String>())
}
