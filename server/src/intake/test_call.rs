//! A call that only tries whether a device rings. It goes the way of a real one: signed as Twilio would sign it,
//! verified, matched, recorded, rung and answered by the workspace's rule. Only the network between Twilio and us is
//! left out.

use std::sync::Arc;

use super::{Answer, Incoming, Intake};
use crate::{
    domain::{DomainError, Result, check_identity, webhook_tokens},
    store::{BindingId, WorkspaceId},
    twilio::{self, Announcement, signature::BODY_HASH},
};

/// Who calls, when nobody is named.
const CALLER: &str = "client:ringhook-test";

/// What marks a call as one that is only tried.
#[derive(Debug, Clone, Copy)]
pub struct Test {
    /// The one device to ring, where not all are.
    pub only: Option<BindingId>,
}

/// Whom to call for a try.
#[derive(Debug, Clone)]
pub struct TestCall {
    /// The account that the call is of.
    pub account_sid: String,
    /// Who is called: the part after `client:`.
    pub identity: String,
    /// The one device to ring, where not all are.
    pub only: Option<BindingId>,
}

impl Intake {
    /// Rings as a real call would, with ids of its own, and answers what Twilio would have been answered.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] for an identity that is none, 422 `account_not_connected` when no such account is active in this workspace.
    pub async fn try_call(self: &Arc<Self>, workspace: WorkspaceId, call: &TestCall) -> Result<Answer> {
        check_identity(&call.identity)?;
        let tenant = match self.directory.tenant(workspace).await? {
            Some(tenant) => self.directory.fresh(&tenant).await?,
            None => None,
        };
        let caller = tenant.as_ref().and_then(|tenant| tenant.caller(&call.account_sid));
        let Some(auth_token) = caller.and_then(|caller| caller.auth_tokens.first()) else {
            let detail = "is no active account of this workspace; connect or enable it first";
            return Err(DomainError::unprocessable("account_not_connected", "/account_sid", detail));
        };
        let tokens = webhook_tokens::list(&self.ground, workspace).await?;
        let lasting = tokens.into_iter().rev().find(|shown| shown.row.ends_at.is_none());
        let Some(token) = lasting.map(|shown| shown.token) else {
            return Err(DomainError::NotFound("webhook token"));
        };
        let to = format!("client:{}", call.identity);
        let announced = Announcement::new(&call.account_sid, CALLER, &to, &[], &mut rand::rng());
        let hash = twilio::body_hash(announced.body.as_bytes());
        let path_and_query = format!("/hooks/{}?{BODY_HASH}={hash}", *token);
        let signature = twilio::sign(&format!("{}{path_and_query}", self.public_url), auth_token);
        let incoming = Incoming {
            token: token.to_string(),
            path_and_query,
            body: announced.body.into_bytes(),
            signature: Some(signature),
            seen_hosts: Vec::new(),
            idempotency_token: None,
            address: None,
            received_at: self.ground.clock.now(),
            received: tokio::time::Instant::now(),
            test: Some(Test { only: call.only }),
        };
        Ok(self.clone().take(incoming).await)
    }
}
