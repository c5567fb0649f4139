//! `GET /w/{workspace}/accounts/{sid}`.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Path, Query},
};
use ringhook_openapi::{AccountStatus, SignaturePolicy, accounts::AccountPatch};
use ringhook_web::pages::{AccountPage, Choice, Errors, Frame, Here, Notice};

use crate::{
    access::Member,
    dashboard::{
        fields::{errors_of, refusal},
        frame::frame,
        workspaces::list::Asked,
    },
    domain::{
        Result,
        accounts::{self, Connected},
        roles::{Power, may},
    },
    http::page::{page, see_other},
};

/// The account.
#[handler]
pub async fn show(
    member: Member<may::Look>,
    Path((_, sid)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    match view(&member, &sid).await {
        Ok(view) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..view.frame };
            page(StatusCode::OK, &AccountPage { frame, ..view })
        }
        Err(error) => refusal(error),
    }
}

async fn view<P>(member: &Member<P>, sid: &str) -> Result<AccountPage> {
    let known = accounts::get(&member.ground, member.workspace.id, sid).await?;
    Ok(of(member, known))
}

fn of<P>(member: &Member<P>, known: Connected) -> AccountPage {
    AccountPage {
        frame: frame(member, Here::Accounts),
        account: super::row(&member.workspace.slug, &known),
        friendly_name: known.account.friendly_name.clone(),
        statuses: statuses(known.account.status.0.as_str()),
        policies: policies(known.account.signature_policy.0.as_str()),
        has_secondary: known.account.auth_token_secondary.is_some(),
        may_set_up: member.role.may(Power::SetUp),
        key_sids: known.key_sids,
        key_sid: String::new(),
        wrong: ("", Errors::default()),
    }
}

/// Whether calls are taken, `chosen` among them.
pub(super) fn statuses(chosen: &str) -> Vec<Choice> {
    let choice = |status: &AccountStatus| Choice {
        value: status.to_string(),
        words: super::status(*status).words,
        chosen: status.as_str() == chosen,
    };
    AccountStatus::ALL.iter().map(choice).collect()
}

/// What webhooks must prove, `chosen` among it.
pub(super) fn policies(chosen: &str) -> Vec<Choice> {
    let choice = |policy: &SignaturePolicy| Choice {
        value: policy.to_string(),
        words: super::policy(*policy).words,
        chosen: policy.as_str() == chosen,
    };
    SignaturePolicy::ALL.iter().map(choice).collect()
}

/// Changes the account, and shows it; what is wrong stands beside the form that asked.
pub(super) async fn change<P>(
    member: &Member<P>,
    sid: &str,
    form: &'static str,
    patch: std::result::Result<AccountPatch, Errors>,
    entered: impl FnOnce(&mut AccountPage),
) -> Response {
    let changed = match patch {
        Ok(patch) => accounts::patch(&member.ground, member.workspace.id, sid, patch).await,
        Err(errors) => return again(member, sid, (form, errors), entered).await,
    };
    match changed {
        Ok(_) => {
            let path = super::path(&member.workspace.slug, sid);
            see_other(&format!("{path}?done={}", Notice::Saved.word()))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => again(member, sid, (form, errors), entered).await,
            Err(response) => response,
        },
    }
}

/// The page again, with what was entered into one of its forms, and what was wrong with it.
pub(super) async fn again<P>(
    member: &Member<P>,
    sid: &str,
    wrong: (&'static str, Errors),
    entered: impl FnOnce(&mut AccountPage),
) -> Response {
    match view(member, sid).await {
        Ok(view) => {
            let mut view = AccountPage { wrong, ..view };
            entered(&mut view);
            page(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        Err(error) => refusal(error),
    }
}
