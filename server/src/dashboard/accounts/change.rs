//! `POST /w/{workspace}/accounts/{sid}`.

use poem::{Response, handler, web::Path};
use ringhook_openapi::accounts::AccountPatch;
use ringhook_web::pages::Errors;
use serde::Deserialize;

use super::show;
use crate::{access::Member, dashboard::fields::Fields, domain::roles::may};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    friendly_name: String,
    status: String,
    signature_policy: String,
}

impl Given {
    fn patch(&self) -> Result<AccountPatch, Errors> {
        let status = self.status.parse().map_err(|_| Errors::one("status", "Choose one."))?;
        let policy = self.signature_policy.parse();
        let policy = policy.map_err(|_| Errors::one("signature_policy", "Choose one."))?;
        Ok(AccountPatch {
            friendly_name: Some(self.friendly_name.clone()),
            status: Some(status),
            signature_policy: Some(policy),
            ..AccountPatch::default()
        })
    }
}

/// Keeps name, status and policy.
#[handler]
pub async fn set(
    member: Member<may::SetUp>,
    Path((_, sid)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let patch = given.patch();
    let entered = |view: &mut ringhook_web::pages::AccountPage| {
        view.friendly_name = given.friendly_name;
        view.statuses = show::statuses(&given.status);
        view.policies = show::policies(&given.signature_policy);
    };
    show::change(&member, &sid, "details", patch, entered).await
}
