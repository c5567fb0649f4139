//! Client tokens: JWTs (RFC 7519) that make one user's device known for a while, signed with a key of the workspace.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, dangerous::insecure_decode};
use ringhook_openapi::problem::ApiProblem;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rates::User;
use crate::{
    domain::{
        DomainError, Ground,
        client_tokens::{self, Grant, Standing},
    },
    secrets::Keyring,
    store::{AccountKeyId, Ts, WorkspaceId},
    twilio::access_token::Fault,
};

/// Keeps these tokens apart from any other that is signed here (RFC 8725, section 3.11).
const TYPE: &str = "ringhook-client+jwt";
const PURPOSE: &str = "client-token";
const MICROS: i64 = 1_000_000;

#[derive(Serialize, Deserialize)]
struct Claims {
    wsp: String,
    sub: String,
    identity: String,
    iat: i64,
    exp: i64,
    jti: String,
}

/// A device of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The Twilio account.
    pub account_sid: String,
    /// The user: the part after `client:`.
    pub identity: String,
    /// When its token ends.
    pub expires_at: Ts,
    /// The Twilio API key that signed its token; none signs a client token.
    pub key: Option<AccountKeyId>,
}

impl Device {
    /// Whose device it is: workspace, account and identity.
    pub fn user(&self) -> User {
        (self.workspace, self.account_sid.clone(), self.identity.clone())
    }

    /// Whether both are of one user, whatever device each is.
    pub fn is_same_user(&self, other: &Self) -> bool {
        self.user() == other.user()
    }
}

/// Why a token does not hold.
#[derive(Debug, thiserror::Error)]
pub enum TokenFault {
    /// It was not made here, or not as it is now.
    #[error("the token is not one of ours; ask your server for a new one")]
    Invalid,
    /// It has ended.
    #[error("the token has expired; ask your server for a new one")]
    Expired,
    /// It is one of Twilio's, and nothing says where to look for its key.
    #[error("a Twilio access token needs the header `Ringhook-Workspace`, or `workspace=` in the query")]
    NoWorkspace,
    /// It is one of Twilio's, and its API key is not stored with its account.
    #[error("the token's API key is not stored with an active account of this workspace")]
    UnknownKey,
    /// It is one of Twilio's, and does not hold.
    #[error("the Twilio access token {0}")]
    Twilio(Fault),
    /// Its account is not connected any more, or disabled.
    #[error("the token's account is not connected")]
    AccountGone,
    /// Its workspace is closed.
    #[error("the token's workspace is disabled, or is about to be deleted")]
    WorkspaceClosed,
    /// It could not be found out. For the log alone.
    #[error(transparent)]
    Failed(#[from] DomainError),
}

impl From<TokenFault> for ApiProblem {
    fn from(fault: TokenFault) -> Self {
        if let TokenFault::Twilio(Fault::NoIncoming) = fault {
            return Self::forbidden("incoming_not_allowed", format!("{fault}."));
        }
        let code = match &fault {
            TokenFault::Invalid | TokenFault::Twilio(_) | TokenFault::UnknownKey => "invalid_token",
            TokenFault::NoWorkspace => "missing_workspace",
            TokenFault::Expired => "token_expired",
            TokenFault::AccountGone => "account_not_connected",
            TokenFault::WorkspaceClosed => "workspace_closed",
            TokenFault::Failed(error) => {
                tracing::error!(%error, "a client token could not be checked");
                return Self::unavailable(1);
            }
        };
        Self::unauthorized(code, format!("{fault}."))
    }
}

/// A token for what was granted. Times are whole seconds: it ends no later than the grant.
///
/// # Errors
/// [`TokenFault::Invalid`] when there is no key to sign with.
pub fn mint(keyring: &Keyring, grant: &Grant) -> Result<String, TokenFault> {
    let claims = Claims {
        wsp: grant.workspace.to_string(),
        sub: grant.account_sid.clone(),
        identity: grant.identity.clone(),
        iat: grant.issued_at.micros() / MICROS,
        exp: grant.expires_at.micros() / MICROS,
        jti: Uuid::new_v4().simple().to_string(),
    };
    let header = Header { typ: Some(TYPE.into()), ..Header::new(Algorithm::HS256) };
    let keys = keyring.signing_keys(PURPOSE, grant.workspace.0);
    let key = keys.first().ok_or(TokenFault::Invalid)?;
    let signed = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key.as_ref()));
    signed.map_err(|_| TokenFault::Invalid)
}

/// Whose device presents `token`. The workspace that it names only selects the key; nothing else of it is believed
/// before its signature holds.
///
/// # Errors
/// [`TokenFault`] says why it does not hold.
pub async fn verify(ground: &Ground, token: &str, now: Ts) -> Result<Device, TokenFault> {
    let device = read(&ground.keyring, token)?;
    if device.expires_at <= now {
        return Err(TokenFault::Expired);
    }
    match client_tokens::standing(ground, device.workspace, &device.account_sid).await? {
        Standing::Active => Ok(device),
        Standing::AccountGone => Err(TokenFault::AccountGone),
        Standing::WorkspaceClosed => Err(TokenFault::WorkspaceClosed),
    }
}

fn read(keyring: &Keyring, token: &str) -> Result<Device, TokenFault> {
    let unproved = insecure_decode::<Claims>(token).map_err(|_| TokenFault::Invalid)?;
    let workspace: WorkspaceId = unproved.claims.wsp.parse().map_err(|_| TokenFault::Invalid)?;
    if unproved.header.typ.as_deref() != Some(TYPE) {
        return Err(TokenFault::Invalid);
    }
    let mut rules = Validation::new(Algorithm::HS256);
    // Our own clock judges the end, once the signature holds.
    rules.validate_exp = false;
    let keys = keyring.signing_keys(PURPOSE, workspace.0);
    let proved = keys.iter().find_map(|key| {
        let key = DecodingKey::from_secret(key.as_ref());
        jsonwebtoken::decode::<Claims>(token, &key, &rules).ok()
    });
    let claims = proved.ok_or(TokenFault::Invalid)?.claims;
    let expires_at = Ts::from_micros(claims.exp.checked_mul(MICROS).ok_or(TokenFault::Invalid)?);
    Ok(Device { workspace, account_sid: claims.sub, identity: claims.identity, expires_at, key: None })
}

#[cfg(test)]
mod tests;
