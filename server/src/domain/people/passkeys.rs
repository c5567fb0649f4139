//! Passkeys (<https://www.w3.org/TR/webauthn-3/>): a login without a password. The device verifies its user, at
//! registration and at every login, so that a passkey stands for both factors.

use std::time::Duration;

use ringhook_web::mails::{SecondFactorChange, SecondFactorChanged};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Credential, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::tickets;
use crate::{
    domain::{DomainError, Ground, Result, audit::Action, checks::Faults},
    mail,
    store::{PasskeyId, passkeys::Passkey, tickets::Purpose, users::User},
};

/// How long a ceremony may take.
const LASTS: Duration = Duration::from_secs(10 * 60);
/// Passkeys of one person, at most.
const PASSKEYS: usize = 20;
const GONE: DomainError = DomainError::NotFound("step");

/// What a registration waits for.
#[derive(Serialize, Deserialize)]
struct Making {
    name: String,
    state: PasskeyRegistration,
}

/// What a login waits for.
#[derive(Serialize, Deserialize)]
struct Asking {
    next: String,
    state: DiscoverableAuthentication,
}

/// The relying party of this public URL; `None` where browsers make no passkeys: at an IP address.
///
/// # Errors
/// A sentence that names the setting.
pub fn relying_party(public_url: &Url) -> std::result::Result<Option<Webauthn>, String> {
    let Some(url::Host::Domain(domain)) = public_url.host() else { return Ok(None) };
    let built = WebauthnBuilder::new(domain, public_url).and_then(|b| b.rp_name("Ringhook").build());
    built.map(Some).map_err(|error| format!("RINGHOOK_PUBLIC_URL: no passkeys can be made there: {error}"))
}

fn failed(error: WebauthnError) -> DomainError {
    DomainError::Failed(format!("a passkey: {error}"))
}

fn as_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| DomainError::Failed(error.to_string()))
}

/// Sets out to make a passkey: what the browser is asked, and the ticket's token.
///
/// # Errors
/// [`DomainError::Invalid`] at `/name`, 409 `too_many_passkeys`.
pub async fn begin(ground: &Ground, party: &Webauthn, user: &User, name: &str) -> Result<(Value, String)> {
    let mut faults = Faults::default();
    faults.name("/name", name);
    faults.none()?;
    let known = list(ground, user).await?;
    if known.len() >= PASSKEYS {
        let detail = format!("You have {PASSKEYS} passkeys; remove one first.");
        return Err(DomainError::Conflict { code: "too_many_passkeys", detail });
    }
    let exclude = known.into_iter().map(|row| row.credential_id).collect();
    let (options, state) = party
        .start_passkey_registration(user.id.0, &user.email, &user.email, Some(exclude))
        .map_err(failed)?;
    let mut options = as_json(&options)?;
    // So that it is found without an address being typed.
    if let Some(selection) = options["publicKey"]["authenticatorSelection"].as_object_mut() {
        selection.insert("residentKey".into(), json!("required"));
        selection.insert("requireResidentKey".into(), json!(true));
    }
    let making = Making { name: name.trim().to_owned(), state };
    let who = (Some(user.id), None);
    let (token, ticket) = tickets::issue(ground, Purpose::PasskeySetUp, who, &making, LASTS)?;
    ground.write_across(async move |conn| Ok(conn.ticket_insert(&ticket).await?)).await?;
    Ok((options, token))
}

fn wrong(error: impl std::fmt::Display) -> DomainError {
    DomainError::invalid("/credential", format!("The passkey could not be taken: {error}."))
}

/// Keeps the passkey that the browser made.
///
/// # Errors
/// [`DomainError::NotFound`] when the step has ended, [`DomainError::Invalid`] at `/credential`.
pub async fn finish(ground: &Ground, party: &Webauthn, user: &User, token: &str, given: &str) -> Result<()> {
    let found = tickets::find::<Making>(ground, Purpose::PasskeySetUp, token).await?;
    let (ticket, making) = found.filter(|(ticket, _)| ticket.user_id == Some(user.id)).ok_or(GONE)?;
    let given: RegisterPublicKeyCredential = serde_json::from_str(given).map_err(wrong)?;
    let credential = party.finish_passkey_registration(&given, &making.state).map_err(wrong)?;
    let now = ground.clock.now();
    let row = Passkey {
        id: PasskeyId::new(now),
        user_id: user.id,
        credential_id: credential.cred_id().to_vec(),
        name: making.name,
        credential: as_json(&credential)?.to_string(),
        created_at: now,
        last_used_at: None,
    };
    let view = SecondFactorChanged { what: SecondFactorChange::PasskeyAdded };
    let notice = mail::outgoing(ground, &user.email, &view)?;
    let entry = ground.entry(None, Action::PasskeyAdded, &row.name).of(user.id);
    let write = ground.write_across(async move |conn| {
        conn.ticket_use(ticket.id, now).await?.then_some(()).ok_or(GONE)?;
        if conn.passkey_by_credential(&row.credential_id).await?.is_some() {
            return Err(wrong("it is known already"));
        }
        conn.passkey_insert(&row).await?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// This person's passkeys, in the order of making.
///
/// # Errors
/// When the database fails.
pub async fn list(ground: &Ground, user: &User) -> Result<Vec<Passkey>> {
    Ok(ground.store.engine().read().await?.passkeys_of(user.id).await?)
}

/// Removes one of this person's passkeys.
///
/// # Errors
/// [`DomainError::NotFound`] when there is no such.
pub async fn remove(ground: &Ground, user: &User, id: PasskeyId) -> Result<()> {
    let view = SecondFactorChanged { what: SecondFactorChange::PasskeyRemoved };
    let notice = mail::outgoing(ground, &user.email, &view)?;
    let entry = ground.entry(None, Action::PasskeyRemoved, id).of(user.id);
    let user = user.id;
    let write = ground.write_across(async move |conn| {
        if !conn.passkey_delete(user, id).await? {
            return Err(DomainError::NotFound("passkey"));
        }
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// Asks whoever comes for a passkey: what the browser is asked, and the ticket's token.
///
/// # Errors
/// When the database or the seal fails.
pub async fn ask(ground: &Ground, party: &Webauthn, next: &str) -> Result<(Value, String)> {
    let (options, state) = party.start_discoverable_authentication().map_err(failed)?;
    let mut options = as_json(&options)?;
    // The reader has pressed a button: the browser may ask at once.
    if let Some(members) = options.as_object_mut() {
        members.remove("mediation");
    }
    let asking = Asking { next: next.to_owned(), state };
    let (token, ticket) = tickets::issue(ground, Purpose::PasskeyLogin, (None, None), &asking, LASTS)?;
    ground.write_across(async move |conn| Ok(conn.ticket_insert(&ticket).await?)).await?;
    Ok((options, token))
}

/// Whose passkey answered, and where they go.
///
/// # Errors
/// [`DomainError::NotFound`] when the step has ended, [`DomainError::Invalid`] at `/credential`.
pub async fn answered(ground: &Ground, party: &Webauthn, token: &str, given: &str) -> Result<(User, String)> {
    let unknown = || DomainError::invalid("/credential", "This passkey is of no account here.");
    let found = tickets::find::<Asking>(ground, Purpose::PasskeyLogin, token).await?;
    let (ticket, asking) = found.ok_or(GONE)?;
    let given: PublicKeyCredential = serde_json::from_str(given).map_err(wrong)?;
    let (party, now) = (party.clone(), ground.clock.now());
    let write = ground.write_across(async move |conn| {
        conn.ticket_use(ticket.id, now).await?.then_some(()).ok_or(GONE)?;
        let (user, credential_id) = party.identify_discoverable_authentication(&given).map_err(wrong)?;
        // Counters are compared and raised by one at a time.
        conn.lock(&format!("passkeys {user}")).await?;
        let row = conn.passkey_by_credential(credential_id).await?.ok_or_else(unknown)?;
        let mut credential: Credential = serde_json::from_str(&row.credential).map_err(wrong)?;
        let proved = party.finish_discoverable_authentication_v2(&given, asking.state, &credential);
        let proved = proved.map_err(wrong)?;
        if row.user_id.0 != user || !proved.user_verified() {
            return Err(unknown());
        }
        credential.update_credential(&proved);
        conn.passkey_used(row.id, &as_json(&credential)?.to_string(), now).await?;
        let user = conn.user(row.user_id).await?.filter(|user| user.disabled_at.is_none());
        Ok((user.ok_or_else(unknown)?, asking.next))
    });
    write.await
}
