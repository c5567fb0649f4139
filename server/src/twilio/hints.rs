//! What a rejection tells the owner of the webhook: the cause in a closed word, and one sentence with the fix.
//!
//! Hints name origins, never a path: the path of a webhook is a secret.

use ringhook_openapi::RejectReason;

use super::signature::{Parts, Rejection, body_hash};

pub(super) fn signature_missing() -> Rejection {
    rejection(
        RejectReason::SignatureMissing,
        "The header X-Twilio-Signature is missing or empty: make sure that no proxy drops it, and should Twilio not sign \
         this webhook, set the account's signature_policy to none.",
    )
}

pub(super) fn body_hash_missing() -> Rejection {
    rejection(
        RejectReason::BodyHashMissing,
        "The signature holds, but the query has no bodySHA256, so the body is unauthenticated: should Twilio not send it \
         for this webhook, set the account's signature_policy to url_only.",
    )
}

pub(super) fn body_hash_repeated() -> Rejection {
    rejection(
        RejectReason::BodyHashMismatch,
        "The signature holds, but bodySHA256 stands twice in the query: remove it from the URL given to Twilio, which \
         appends its own.",
    )
}

pub(super) fn body_changed(hash: &str, body: &[u8]) -> Rejection {
    let trimmed = body.trim_ascii_end();
    let hint = if trimmed.len() < body.len() && hash.eq_ignore_ascii_case(&body_hash(trimmed)) {
        "The signature holds, but the body ends in white space that was not signed: remove the final line break."
    } else {
        "The signature holds, but the body is not the one that was signed: make sure that no proxy rewrites, decodes or \
         re-formats it."
    };
    rejection(RejectReason::BodyHashMismatch, hint)
}

pub(super) fn no_token() -> Rejection {
    rejection(
        RejectReason::WrongAuthToken,
        "No auth token is stored for this account: store its primary auth token.",
    )
}

/// What differs between the URL received and the one that was signed.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// Scheme, host or port.
    Origin,
    TrailingSlash,
    /// The public URL's path is not part of what Twilio was given.
    Prefix,
    /// Twilio was given a path without the first segment received.
    FirstSegment,
    /// The signed URL had no query, the received one does.
    QueryAdded,
    /// The received URL has more behind its `bodySHA256`.
    QueryExtended,
    /// The signed URL had `bodySHA256`, the received one does not.
    HashDropped,
    /// The signed URL lacked the `bodySHA256` received.
    HashUnsigned,
}

impl Change {
    /// The cause, given the URL that was `signed`.
    pub fn rejection(self, signed: &Parts<'_>) -> Rejection {
        let hint = match self {
            Self::Origin => {
                let origin = signed.origin();
                let hint = format!(
                    "The signature holds for {origin}, which is not the public URL here: set RINGHOOK_PUBLIC_URL to what \
                     Twilio was given, or give Twilio the webhook URL that the dashboard shows."
                );
                return rejection(RejectReason::WrongPublicUrl, &hint);
            }
            Self::HashUnsigned => {
                return rejection(
                    RejectReason::BodyHashMissing,
                    "The signature holds for the URL without bodySHA256, so nothing vouches for the body: sign the URL \
                     after bodySHA256 was appended to it.",
                );
            }
            Self::TrailingSlash => {
                "The signature holds with the slash at the path's end added or removed: give Twilio the webhook URL \
                 exactly as the dashboard shows it."
            }
            Self::Prefix => {
                "The signature holds without the path of the public URL: take it out of RINGHOOK_PUBLIC_URL, or give \
                 Twilio the webhook URL that the dashboard shows."
            }
            Self::FirstSegment => {
                "The signature holds without the path's first segment: a proxy adds it; let it pass the path unchanged."
            }
            Self::QueryAdded => {
                "The signature holds without the query: something between Twilio and here adds one; let it pass the URL \
                 unchanged."
            }
            Self::QueryExtended => {
                "The signature holds without what follows bodySHA256 in the query: something between Twilio and here adds it; \
                 let it pass the URL unchanged."
            }
            Self::HashDropped => {
                "The signature holds with bodySHA256 in the query, where it did not arrive: let the proxy pass the query \
                 unchanged."
            }
        };
        rejection(RejectReason::WrongPublicUrl, hint)
    }
}

pub(super) fn body_as_form() -> Rejection {
    rejection(
        RejectReason::BodyHashMissing,
        "The signature covers the body as form fields, not by bodySHA256: sign the URL alone, with bodySHA256 in its \
         query, as Twilio does for JSON.",
    )
}

pub(super) fn wrong_token() -> Rejection {
    rejection(
        RejectReason::WrongAuthToken,
        "The signature holds under none of the stored auth tokens, nor for any common variant of the URL: store the \
         account's primary auth token, and compare the URL given to Twilio with the webhook URL that the dashboard \
         shows.",
    )
}

fn rejection(reason: RejectReason, hint: &str) -> Rejection {
    Rejection { reason, hint: hint.to_owned() }
}
