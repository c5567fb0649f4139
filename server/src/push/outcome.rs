//! What an attempt came to, in words that do not depend on the network.

use std::time::Duration;

use ringhook_openapi::{AttemptOutcome, Cause};

use super::Target;

const DETAIL_LIMIT: usize = 500;
const WORD_LIMIT: usize = 100;
const ID_LIMIT: usize = 200;

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What to do now.
    pub outcome: AttemptOutcome,
    /// Why, unless accepted.
    pub cause: Option<Cause>,
    /// The network's HTTP status, if it answered.
    pub status: Option<u16>,
    /// The network's own word, such as `UNREGISTERED` or `BadDeviceToken`; at most 100 characters.
    pub reason: Option<String>,
    /// The network's own message or a sentence of ours; at most 500 characters, no secret.
    pub detail: Option<String>,
    /// What the network calls the accepted message; at most 200 characters.
    pub provider_message_id: Option<String>,
    /// How long the network asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Members of the payload that this network cannot take, by name.
    pub left_out: Vec<String>,
}

impl Answer {
    pub(super) fn accepted(status: u16, provider_message_id: Option<String>) -> Self {
        Self {
            cause: None,
            status: Some(status),
            provider_message_id,
            ..Self::new(AttemptOutcome::Accepted, Cause::BadAnswer, None)
        }
    }

    /// An answer with a cause and a sentence of ours, and nothing from a network.
    pub fn new(outcome: AttemptOutcome, cause: Cause, detail: impl Into<Option<String>>) -> Self {
        Self {
            outcome,
            cause: Some(cause),
            status: None,
            reason: None,
            detail: detail.into(),
            provider_message_id: None,
            retry_after: None,
            left_out: Vec::new(),
        }
    }

    /// Takes `secret` out of everything that came from the network, which may echo what it was sent.
    pub(super) fn hiding(mut self, secret: &str) -> Self {
        if secret.is_empty() {
            return self;
        }
        for text in [&mut self.reason, &mut self.detail].into_iter().flatten() {
            if text.contains(secret) {
                *text = text.replace(secret, "[hidden]");
            }
        }
        self
    }

    /// Cuts what came from the network to the documented lengths, and replaces U+0000, which databases cannot store.
    /// After [`Answer::hiding`], or half a secret remains.
    pub(super) fn bounded(mut self) -> Self {
        let texts = [&mut self.reason, &mut self.detail, &mut self.provider_message_id];
        for text in texts.into_iter().flatten().chain(&mut self.left_out) {
            if text.contains('\0') {
                *text = text.replace('\0', "\u{FFFD}");
            }
        }
        for (text, limit) in [
            (&mut self.reason, WORD_LIMIT),
            (&mut self.detail, DETAIL_LIMIT),
            (&mut self.provider_message_id, ID_LIMIT),
        ] {
            if let Some(text) = text
                && let Some((end, _)) = text.char_indices().nth(limit)
            {
                text.truncate(end);
            }
        }
        self
    }
}

/// The network takes the address for broken. That of a device that was reached before, or whose provider was changed
/// since, says that the provider is set up wrongly; the device is not to blame.
pub(super) fn invalid_address(target: &Target<'_>, detail: String) -> Answer {
    let outcome = if target.ever_accepted || target.provider_changed_since {
        AttemptOutcome::Misconfigured
    } else {
        AttemptOutcome::Dead
    };
    Answer::new(outcome, Cause::AddressInvalid, detail)
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::Utc;
    use ringhook_openapi::{Channel, Environment};

    use super::*;

    /// A device that was never reached, of a provider that was never changed.
    pub(in crate::push) fn new_device() -> Target<'static> {
        Target {
            channel: Channel::Fcm,
            address: "token",
            environment: Environment::Production,
            registered_at: Utc::now(),
            ever_accepted: false,
            provider_changed_since: false,
        }
    }

    #[test]
    fn secrets_are_hidden_before_texts_are_cut() {
        let secret = "s".repeat(300);
        let answer = Answer::new(
            AttemptOutcome::Retry,
            Cause::BadAnswer,
            format!("{}{secret}{}", "ä".repeat(400), "x".repeat(400)),
        );
        let detail = answer.hiding(&secret).bounded().detail.expect("a detail");
        assert_eq!(detail.chars().count(), 500);
        assert!(detail.contains("[hidden]") && !detail.contains("ss"));
    }

    #[test]
    fn what_databases_cannot_store_is_replaced() {
        let answer = Answer::new(AttemptOutcome::Retry, Cause::BadAnswer, "a\0b".to_owned());
        let answer = Answer { left_out: vec!["google\0".into()], ..answer }.bounded();
        assert_eq!(answer.detail.as_deref(), Some("a\u{FFFD}b"));
        assert_eq!(answer.left_out, ["google\u{FFFD}"]);
    }
}
