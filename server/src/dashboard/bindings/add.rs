//! `/w/{workspace}/bindings/new`.

use poem::{Response, handler, http::StatusCode};
use ringhook_openapi::{Channel, bindings::NewBinding as New};
use ringhook_web::pages::{BindingFields, Errors, Here, NewBinding, Notice};
use serde::Deserialize;

use super::{accounts_of, channels_to_add, chosen, of_the_form, tags_of};
use crate::{
    access::Member,
    dashboard::{
        fields::{Fields, errors_of, refusal},
        frame::frame,
    },
    domain::{bindings, roles::may},
    http::page::{page, see_other},
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    account_sid: String,
    identity: String,
    channel: String,
    address: String,
    device_id: String,
    tags: String,
    shared: String,
}

impl Given {
    fn wanted(&self) -> Result<New, Errors> {
        let channel: Channel = self.channel.parse().map_err(|_| Errors::one("channel", "Choose one."))?;
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(New {
            account_sid: self.account_sid.clone(),
            identity: self.identity.trim().to_owned(),
            channel,
            address: given(&self.address),
            keys: None,
            provider_id: None,
            environment: None,
            device_id: given(&self.device_id),
            tags: tags_of(&self.tags),
            expires_at: None,
            shared: !self.shared.is_empty(),
        })
    }
}

async fn answer(member: &Member<may::Bind>, given: Given, errors: Errors) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let accounts = match accounts_of(member).await {
        Ok(accounts) => accounts,
        Err(error) => return refusal(error),
    };
    let fields = BindingFields {
        accounts: chosen(&accounts, &given.account_sid),
        channels: channels_to_add(&given.channel),
        identity: given.identity,
        address: given.address,
        device_id: given.device_id,
        tags: given.tags,
        shared: !given.shared.is_empty(),
        ..BindingFields::default()
    };
    page(status, &NewBinding { frame: frame(member, Here::Bindings), fields, errors })
}

/// The form.
#[handler]
pub async fn form(member: Member<may::Bind>) -> Response {
    answer(&member, Given::default(), Errors::default()).await
}

/// Registers the device.
#[handler]
pub async fn register(member: Member<may::Bind>, Fields(given): Fields<Given>) -> Response {
    let new = match given.wanted() {
        Ok(new) => new,
        Err(errors) => return answer(&member, given, errors).await,
    };
    match bindings::register(&member.ground, member.workspace.id, new).await {
        Ok(made) => {
            let path = super::path(&member.workspace.slug, made.binding.id);
            see_other(&format!("{path}?done={}", Notice::BindingMade.word()))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => answer(&member, given, of_the_form(&errors)).await,
            Err(response) => response,
        },
    }
}
