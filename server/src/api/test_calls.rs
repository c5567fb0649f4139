//! Test calls.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use ringhook_openapi::{
    body::Body,
    notifications::{NewTestCall, Notification},
    problem::ApiProblem,
};

use super::{Noun, answers::Created, notifications::notification};
use crate::{
    access::{Allowed, need::CallsTest},
    app::App,
    domain::notifications,
    intake::TestCall,
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
        let answer = app.intake.try_call(auth.workspace, &call).await?;
        let id = answer.notification().ok_or_else(|| ApiProblem::unavailable(1))?;
        let logged = notifications::get(&auth.ground, auth.workspace, id).await?;
        Ok(Created::new(notification(logged)))
    }
}
