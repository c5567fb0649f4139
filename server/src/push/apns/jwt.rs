//! The provider token: minted seldom, for Apple refuses a key whose token changes often.
//!
//! <https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns>

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header};
use ringhook_openapi::{AttemptOutcome, Cause};
use serde::Serialize;

use super::credentials::Credentials;
use crate::push::Answer;

/// Apple takes a token for an hour.
const RENEW_AFTER: TimeDelta = TimeDelta::minutes(40);
/// Apple takes no more than one new token in this time.
const SHORTEST_LIFE: TimeDelta = TimeDelta::minutes(20);
/// Senders read the clock before they queue here; a step back beyond that means that the clock was set.
const CLOCK_SLACK: TimeDelta = TimeDelta::minutes(1);

#[derive(Default)]
pub(super) struct ProviderToken(Mutex<State>);

#[derive(Default)]
struct State {
    minted: Option<Minted>,
    /// When Apple's word, and not our clock, made us mint.
    forced_at: Option<DateTime<Utc>>,
}

struct Minted {
    token: Arc<str>,
    at: DateTime<Utc>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
}

impl fmt::Debug for ProviderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderToken")
    }
}

impl ProviderToken {
    /// The token to use at `now`.
    pub(super) fn current(&self, credentials: &Credentials, now: DateTime<Utc>) -> Result<Arc<str>, Answer> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Minted { token, at }) = &state.minted {
            let age = now - *at;
            if age < RENEW_AFTER && age > -CLOCK_SLACK {
                return Ok(Arc::clone(token));
            }
        }
        state.mint(credentials, now)
    }

    /// The token to try after Apple called `expired` so. None when there is none: a second new token within twenty
    /// minutes would be refused as well.
    pub(super) fn after_expiry(
        &self,
        expired: &str,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> Result<Option<Arc<str>>, Answer> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Minted { token, .. }) = &state.minted
            && **token != *expired
        {
            return Ok(Some(Arc::clone(token)));
        }
        if state.forced_at.is_some_and(|at| now - at < SHORTEST_LIFE) {
            return Ok(None);
        }
        state.forced_at = Some(now);
        state.mint(credentials, now).map(Some)
    }
}

impl State {
    fn mint(&mut self, credentials: &Credentials, now: DateTime<Utc>) -> Result<Arc<str>, Answer> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(credentials.key_id.clone());
        let claims = Claims { iss: &credentials.team_id, iat: now.timestamp() };
        let token = jsonwebtoken::encode(&header, &claims, &credentials.key).map_err(|error| {
            let detail = format!("the APNs key does not sign: {error}");
            Answer::new(AttemptOutcome::Misconfigured, Cause::WrongCredential, detail)
        })?;
        let token: Arc<str> = token.into();
        self.minted = Some(Minted { token: Arc::clone(&token), at: now });
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::push::key::tests::ec_pem;

    fn credentials() -> Credentials {
        Credentials::parse(&json!({
            "key": ec_pem(), "key_id": "ABC123DEFG", "team_id": "TEAM567890", "bundle_id": "com.example.app",
        }))
        .expect("credentials")
    }

    #[test]
    fn is_renewed_after_forty_minutes() {
        let (credentials, tokens, start) = (credentials(), ProviderToken::default(), Utc::now());
        let at =
            |seconds| tokens.current(&credentials, start + TimeDelta::seconds(seconds)).expect("a token");
        let first = at(0);
        assert_eq!(at(40 * 60 - 1), first);
        let second = at(40 * 60);
        assert_ne!(second, first);
        assert_eq!(at(40 * 60 - 30), second, "a late sender mints none");
        assert_ne!(at(0), second, "a clock that was set back does");
    }

    #[test]
    fn is_renewed_at_apples_word_once_in_twenty_minutes() {
        let (credentials, tokens, start) = (credentials(), ProviderToken::default(), Utc::now());
        let after = |expired: &str, minutes| {
            let now = start + TimeDelta::minutes(minutes);
            tokens.after_expiry(expired, &credentials, now).expect("no fault")
        };
        let first = tokens.current(&credentials, start).expect("a token");
        let second = after(&first, 1).expect("a new one");
        assert_ne!(second, first);
        assert_eq!(after(&first, 1).as_ref(), Some(&second), "whoever comes later shares it");
        assert_eq!(after(&second, 20), None);
        assert!(after(&second, 21).is_some_and(|third| third != second));
    }
}
