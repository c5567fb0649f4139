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
    let status = |status: &AccountStatus| Choice {
        value: status.to_string(),
        words: super::status(*status).words,
        chosen: *status == known.account.status.0,
    };
    let policy = |policy: &SignaturePolicy| Choice {
        value: policy.to_string(),
        words: super::policy(*policy).words,
        chosen: *policy == known.account.signature_policy.0,
    };
    AccountPage {
        frame: frame(member, Here::Accounts),
        account: super::row(&member.workspace.slug, &known),
        friendly_name: known.account.friendly_name.clone(),
        statuses: AccountStatus::ALL.iter().map(status).collect(),
        policies: SignaturePolicy::ALL.iter().map(policy).collect(),
        has_secondary: known.account.auth_token_secondary.is_some(),
        may_set_up: member.role.may(Power::SetUp),
        key_sids: known.key_sids,
        wrong: ("", Errors::default()),
    }
}

/// Changes the account, and shows it; what is wrong stands beside the form that asked.
pub(super) async fn change<P>(
    member: &Member<P>,
    sid: &str,
    form: &'static str,
    patch: std::result::Result<AccountPatch, Errors>,
) -> Response {
    let changed = match patch {
        Ok(patch) => accounts::patch(&member.ground, member.workspace.id, sid, patch).await,
        Err(errors) => return again(member, sid, (form, errors)).await,
    };
    match changed {
        Ok(_) => {
            let path = super::path(&member.workspace.slug, sid);
            see_other(&format!("{path}?done={}", Notice::Saved.word()))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => again(member, sid, (form, errors)).await,
            Err(response) => response,
        },
    }
}

/// The page again, with what was wrong with one of its forms.
pub(super) async fn again<P>(member: &Member<P>, sid: &str, wrong: (&'static str, Errors)) -> Response {
    match view(member, sid).await {
        Ok(view) => page(StatusCode::UNPROCESSABLE_ENTITY, &AccountPage { wrong, ..view }),
        Err(error) => refusal(error),
    }
}
