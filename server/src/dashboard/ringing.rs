//! A test call that a page makes.

use poem::Response;
use ringhook_web::{pages::Errors, paths};

use super::fields::errors_of;
use crate::{access::Member, app::App, domain::roles::may, intake::TestCall};

/// A call that was taken.
pub struct Rung {
    /// What Twilio would have been answered.
    pub status: u16,
    /// The call's page.
    pub path: String,
}

/// Rings, as the page asks: the call, or what the form shows against it.
///
/// # Errors
/// The page for what is not there, or failed.
pub async fn ring(
    app: &App,
    member: &Member<may::Ring>,
    call: &TestCall,
) -> Result<Result<Rung, Errors>, Response> {
    let answer = match app.intake.try_call(member.workspace.id, call).await {
        Ok(answer) => answer,
        Err(error) => {
            let errors = errors_of(error)?;
            let account = errors.of("account_sid");
            let told = (!account.is_empty()).then(|| Errors::one("form", format!("The account {account}")));
            return Ok(Err(told.unwrap_or(errors)));
        }
    };
    let status = answer.status();
    Ok(match answer.notification() {
        Some(id) => {
            let path = paths::workspace(&member.workspace.slug, &format!("/calls/{id}"));
            Ok(Rung { status, path })
        }
        None => Err(Errors::one("form", format!("It was not taken: it was answered {status}."))),
    })
}
