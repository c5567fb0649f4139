//! Test calls.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use poem::web::Data;
use poem_openapi::OpenApi;
use ringhook_openapi::{
    Outcome,
    body::Body,
    notifications::{Answer, NewTestCall, Notification, NotificationSummary},
    problem::ApiProblem,
};

use super::{Noun, answers::Created, notifications::notification};
use crate::{
    access::{Allowed, need::CallsTest},
    app::App,
    domain::notifications,
    intake::{self, TestCall},
};

pub struct TestCalls;

#[OpenApi(tag = "Noun::TestCalls")]
impl TestCalls {
    /// Make a test call
    ///
    /// Rings every device of the identity as a real call would, and answers by the workspace's rule: with the call as it
    /// stands then. `outcome` `no_binding` says that nobody was there to ring. `GET /notifications/{id}` tells how it
    /// went on. Codes of 422: `validation_failed`, `account_not_connected`.
    ///
    /// Scope: `calls:test`.
    #[oai(path = "/test-calls", method = "post", operation_id = "createTestCall")]
    async fn create(
        &self,
        auth: Allowed<CallsTest>,
        app: Data<&Arc<App>>,
        body: Body<NewTestCall>,
    ) -> Result<Created<Notification>, ApiProblem> {
        let NewTestCall { account_sid, identity } = body.0;
        let call = TestCall { account_sid, identity, only: None };
        let began = Instant::now();
        let answer = app.intake.try_call(auth.workspace, &call).await?;
        let after = began.elapsed();
        let id = answer.notification().ok_or_else(|| ApiProblem::unavailable(1))?;
        let logged = notifications::get(&auth.ground, auth.workspace, id).await?;
        let mut shown = notification(logged);
        tell(&mut shown.summary, &answer, after);
        Ok(Created::new(shown))
    }
}

/// What was answered is written behind the answer: what the log does not tell yet is told from the answer itself.
fn tell(call: &mut NotificationSummary, answer: &intake::Answer, after: Duration) {
    let after_ms = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
    call.answer.get_or_insert(Answer { status: answer.status(), after_ms });
    if call.outcome == Outcome::InProgress {
        call.outcome = match answer {
            intake::Answer::Rang { accepted: 1.., .. } => Outcome::Accepted,
            intake::Answer::Nobody { dead: true, .. } => Outcome::Dead,
            _ => Outcome::InProgress,
        };
    }
}
