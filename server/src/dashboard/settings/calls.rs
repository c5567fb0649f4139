//! `POST /w/{workspace}/settings/calls`.

use poem::{Response, handler};
use ringhook_openapi::workspace::WorkspacePatch;
use ringhook_web::{
    pages::{Errors, Notice},
    paths,
};
use serde::Deserialize;

use super::show::{again, answers};
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of},
    domain::{roles::may, settings},
    http::page::see_other,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    answer: String,
    answer_within_ms: String,
    ring_ttl_seconds: String,
    retention_days: String,
    time_zone: String,
}

impl Given {
    /// What the settings are to be, as far as it can be read.
    fn patch(&self) -> Result<WorkspacePatch, Errors> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, detail: &str| errors.push((field.to_owned(), detail.to_owned()));
        let mut number = |field, text: &str| {
            let number = text.trim().parse::<u32>().ok();
            if number.is_none() {
                wrong(field, "must be a whole number");
            }
            number
        };
        let answer_within_ms = number("answer_within_ms", &self.answer_within_ms);
        let ring_ttl_seconds = number("ring_ttl_seconds", &self.ring_ttl_seconds);
        let retention_days = number("retention_days", &self.retention_days);
        let answer = self.answer.parse().ok();
        if answer.is_none() {
            wrong("answer", "Choose one.");
        }
        let time_zone = Some(self.time_zone.trim().to_owned());
        match errors.is_empty() {
            true => Ok(WorkspacePatch {
                name: None,
                answer,
                answer_within_ms,
                ring_ttl_seconds,
                retention_days,
                time_zone,
            }),
            false => Err(errors.into_iter().collect()),
        }
    }
}

/// Keeps the settings, in force from the next call on.
#[handler]
pub async fn set(member: Member<may::Configure>, Fields(given): Fields<Given>) -> Response {
    let errors = match given.patch() {
        Ok(patch) => match settings::patch(&member.ground, member.workspace.id, patch).await {
            Ok(_) => {
                let path = paths::workspace(&member.workspace.slug, "/settings");
                return see_other(&format!("{path}?done={}", Notice::Saved.word()));
            }
            Err(error) => match errors_of(error) {
                Ok(errors) => errors,
                Err(response) => return response,
            },
        },
        Err(errors) => errors,
    };
    let entered = |view: &mut ringhook_web::pages::Settings| {
        view.answers = answers(&given.answer);
        view.answer_within_ms = given.answer_within_ms;
        view.ring_ttl_seconds = given.ring_ttl_seconds;
        view.retention_days = given.retention_days;
        view.time_zone = given.time_zone;
    };
    again(&member, ("calls", errors), entered).await
}
