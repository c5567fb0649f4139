//! `GET /w/{workspace}/settings`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_openapi::AnswerRule;
use ringhook_web::pages::{Choice, Errors, Frame, Here, Notice, Settings};

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, workspaces::list::Asked},
    domain::{
        Result, members,
        quotas::{self, Quota},
        roles::{Power, may},
    },
    http::page::page,
};

const fn words(rule: AnswerRule) -> &'static str {
    match rule {
        AnswerRule::Accepted => "When a provider has accepted",
        AnswerRule::Recorded => "As soon as the call is recorded",
    }
}

/// The rules, of which `chosen` is.
pub(super) fn answers(chosen: &str) -> Vec<Choice> {
    let choice = |rule: &AnswerRule| Choice {
        value: rule.to_string(),
        words: words(*rule),
        chosen: rule.as_str() == chosen,
    };
    AnswerRule::ALL.iter().map(choice).collect()
}

/// The settings.
#[handler]
pub async fn show(member: Member<may::Look>, Query(asked): Query<Asked>) -> Response {
    match view(&member).await {
        Ok(view) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..view.frame };
            page(StatusCode::OK, &Settings { frame, ..view })
        }
        Err(error) => refusal(error),
    }
}

/// The page again, with a form as it was entered.
pub(super) async fn again<P>(
    member: &Member<P>,
    wrong: (&'static str, Errors),
    entered: impl FnOnce(&mut Settings),
) -> Response {
    match view(member).await {
        Ok(mut view) => {
            entered(&mut view);
            page(StatusCode::UNPROCESSABLE_ENTITY, &Settings { wrong, ..view })
        }
        Err(error) => refusal(error),
    }
}

async fn view<P>(member: &Member<P>) -> Result<Settings> {
    let (workspace, owns) = (&member.workspace, member.role.may(Power::Own));
    let others = if owns { members::list(&member.ground, workspace.id).await? } else { Vec::new() };
    let others = others.into_iter().filter(|other| other.member.user_id != member.user.id);
    let kept = quotas::of_tenant(&member.ground, workspace.id, Quota::StoredCalls).await?;
    Ok(Settings {
        frame: frame(member, Here::Settings),
        id: workspace.id.to_string(),
        name: workspace.name.clone(),
        slug: workspace.slug.clone(),
        public_url: member.visitor.base().to_owned(),
        answers: answers(workspace.answer.0.as_str()),
        answer_within_ms: workspace.answer_within_ms.to_string(),
        ring_ttl_seconds: workspace.ring_ttl_seconds.to_string(),
        retention_days: workspace.retention_days.to_string(),
        time_zone: workspace.time_zone.clone(),
        stored_calls: kept.get(),
        may_change: member.role.may(Power::Configure),
        owns,
        has_password: member.user.password_hash.is_some(),
        heirs: others.map(|other| (other.member.user_id.to_string(), other.email)).collect(),
        wrong: ("", Errors::default()),
    })
}
