//! Whether a webhook is believed, and what becomes of one that is not.

use super::{Answer, Incoming, Intake};
use crate::{
    domain::directory::{Caller, Tenant},
    metrics::{Step, metrics},
    telemetry::step_in_place,
    twilio::{self, Notification},
};

impl Intake {
    pub(super) fn verify(
        &self,
        tenant: &Tenant,
        hash: &[u8],
        notification: &Notification,
        incoming: &Incoming,
    ) -> std::result::Result<(), Answer> {
        if tenant.workspace.is_closed() || tenant.token(hash, incoming.received_at).is_none() {
            return Err(Answer::UnknownToken);
        }
        let Some(caller) = tenant.caller(&notification.account_sid) else {
            return Err(Answer::UnknownAccount);
        };
        self.verify_signature(caller, incoming).map_err(Answer::Forbidden)
    }

    fn verify_signature(
        &self,
        caller: &Caller,
        incoming: &Incoming,
    ) -> std::result::Result<(), twilio::Rejection> {
        let request = twilio::Request {
            public_url: &self.public_url,
            path_and_query: &incoming.path_and_query,
            body: &incoming.body,
            signature: incoming.signature.as_deref(),
        };
        let tokens: Vec<&[u8]> = caller.auth_tokens.iter().map(|token| token.as_slice()).collect();
        let hosts: Vec<&str> = incoming.seen_hosts.iter().map(String::as_str).collect();
        step_in_place(Step::Verify, || twilio::verify_or_diagnose(&request, &tokens, caller.policy, &hosts))
    }

    pub(super) fn refuse(
        &self,
        tenant: &Tenant,
        notification: &Notification,
        incoming: &Incoming,
        answer: Answer,
    ) -> Answer {
        if let Answer::Forbidden(rejection) = &answer {
            metrics().rejected(rejection.reason);
            self.rejections.record(tenant, notification, incoming, rejection);
        }
        answer
    }
}
