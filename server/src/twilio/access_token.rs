//! Voice access tokens: the JWTs that an app with Twilio's SDK holds anyway
//! (<https://www.twilio.com/docs/iam/access-tokens>). Twilio's own libraries make them; whoever has the secret of the API
//! key that signed one can check it.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous::insecure_decode};
use serde::Deserialize;

/// What kind of JWT it says it is.
const CONTENT_TYPE: &str = "twilio-fpa;v=1";
/// With what it may be signed.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
/// Longest life, in seconds.
const LIFETIME: i64 = 86_400;
/// By how many seconds clocks may differ.
const SKEW: i64 = 30;

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    jti: Option<String>,
    #[serde(default)]
    grants: Grants,
}

#[derive(Debug, Default, Deserialize)]
struct Grants {
    identity: Option<String>,
    #[serde(default)]
    voice: Voice,
}

#[derive(Debug, Default, Deserialize)]
struct Voice {
    #[serde(default)]
    incoming: Incoming,
}

#[derive(Debug, Default, Deserialize)]
struct Incoming {
    #[serde(default)]
    allow: bool,
}

/// Which key it says that it is signed with. Nothing of it is proved: it only tells where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unproved {
    /// `SK…`
    pub key_sid: String,
    /// `AC…`
    pub account_sid: String,
}

/// Whom it makes known, once its signature held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// `AC…`
    pub account_sid: String,
    /// The user: the part after `client:`.
    pub identity: String,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
}

/// Why it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its signature, its form or its algorithm.
    #[error("is not signed with this key, or not as Twilio signs")]
    Invalid,
    /// It has ended.
    #[error("has expired")]
    Expired,
    /// It begins later.
    #[error("does not hold yet")]
    Early,
    /// It lasts longer than Twilio lets one.
    #[error("lasts longer than 24 hours")]
    TooLong,
    /// It may call, but not be called.
    #[error("does not allow incoming calls")]
    NoIncoming,
    /// It is nobody's.
    #[error("names no identity")]
    NoIdentity,
}

/// Reads where to look for its key; `None` when it is no such token.
pub fn peek(token: &str) -> Option<Unproved> {
    let unproved = insecure_decode::<Claims>(token).ok()?;
    let is_ours = unproved.header.cty.as_deref() == Some(CONTENT_TYPE);
    let claims = unproved.claims;
    is_ours.then_some(Unproved { key_sid: claims.iss, account_sid: claims.sub })
}

/// Whom it makes known at `now`, in seconds since 1970, if `secret` signed it.
///
/// # Errors
/// [`Fault`] says why it does not hold.
pub fn verify(token: &str, secret: &[u8], now: i64) -> Result<Proved, Fault> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.algorithms = ALGORITHMS.to_vec();
    rules.set_required_spec_claims(&["exp", "iss", "sub"]);
    // Our own clock judges the times, once the signature holds.
    (rules.validate_exp, rules.validate_nbf, rules.validate_aud) = (false, false, false);
    let proved = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(secret), &rules);
    let proved = proved.map_err(|_| Fault::Invalid)?;
    if proved.header.cty.as_deref() != Some(CONTENT_TYPE) {
        return Err(Fault::Invalid);
    }
    let claims = proved.claims;
    let begins = claims.nbf.or_else(|| made_at(&claims)).unwrap_or(now);
    if claims.exp <= now.saturating_sub(SKEW) {
        return Err(Fault::Expired);
    }
    if begins > now.saturating_add(SKEW) {
        return Err(Fault::Early);
    }
    let too_long = |from: i64| claims.exp.saturating_sub(from) > LIFETIME;
    if too_long(begins) || too_long(now.saturating_add(SKEW)) {
        return Err(Fault::TooLong);
    }
    if !claims.grants.voice.incoming.allow {
        return Err(Fault::NoIncoming);
    }
    let identity = claims.grants.identity.filter(|identity| !identity.is_empty()).ok_or(Fault::NoIdentity)?;
    Ok(Proved { account_sid: claims.sub, identity, expires_at: claims.exp })
}

/// When it was made: its id is the key's SID and that moment.
fn made_at(claims: &Claims) -> Option<i64> {
    claims.jti.as_ref()?.rsplit_once('-')?.1.parse().ok()
}

#[cfg(test)]
mod tests;
