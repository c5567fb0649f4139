//! Every `code` of a problem: what it means, and what to do. Programs decide on codes, so a code that was released stays.

/// A code, as the documentation explains it.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// The HTTP status that it comes with.
    pub status: u16,
    /// The code itself, snake_case.
    pub code: &'static str,
    /// What happened.
    pub means: &'static str,
    /// What puts it right.
    pub remedy: &'static str,
}

macro_rules! codes {
    ($($status:literal $code:literal: $means:literal, $remedy:literal;)+) => {
        /// All of them, in the order of their status.
        pub const CODES: &[Code] =
            &[$(Code { status: $status, code: $code, means: $means, remedy: $remedy },)+];
    };
}

codes! {
    400 "malformed": "The request cannot be read.",
        "Send JSON in UTF-8, whole, with every key once; `detail` says where reading stopped.";
    400 "duplicate_key": "An object has a key twice.",
        "Send each key once: readers differ in which of the two they take.";
    400 "invalid_parameter": "A parameter in the path or the query cannot be read.",
        "`detail` names it and what it must be.";
    401 "unauthorized": "There is no credential, or not in this form.",
        "Send `Authorization: Bearer` and an API key.";
    401 "invalid_api_key": "No API key like this one was ever made.",
        "Copy it again: it begins with `rhk_` and is shown once, when it is made.";
    401 "api_key_revoked": "Somebody revoked this API key.", "Make a new one on the dashboard.";
    401 "api_key_expired": "This API key's time is over.", "Make a new one on the dashboard.";
    401 "workspace_closed": "The workspace is disabled, or about to be deleted.",
        "Ask its owner, or whoever operates this server.";
    401 "missing_token": "A device gave no token.",
        "Send it as `Authorization: Bearer`, or from a browser as subprotocol `ringhook.bearer.` and the token.";
    401 "invalid_token": "The device's token does not hold: it was not made here, or not as it is now.",
        "Ask your server for a new one.";
    401 "missing_workspace": "A Twilio access token does not say which workspace it is for.",
        "Send the header `Ringhook-Workspace`, or `workspace=` in the query, with the workspace's id.";
    401 "unknown_workspace": "The workspace that was named is no id of one.",
        "Take the id from the dashboard's settings: it begins with `wsp_`.";
    401 "token_expired": "The device's token has ended.", "Ask your server for a new one.";
    403 "missing_scope": "The API key holds, but lacks the scope of this operation.",
        "Use a key that has it; each operation names its scope.";
    403 "incoming_not_allowed": "The Twilio access token lets its user call, but not be called.",
        "Let your server allow incoming calls in the token's voice grant.";
    403 "forbidden": "This credential may not do this.", "Use another one.";
    403 "origin_not_allowed": "A browser asked from another origin, with a method or header that is not allowed.",
        "Only the device API answers other origins.";
    403 "signature_missing": "To the webhook: the request is not signed.",
        "Only Twilio should call this URL; see the account's signature policy.";
    403 "wrong_auth_token": "To the webhook: the signature was made with another auth token.",
        "Store the account's current auth token, and a second one while you rotate.";
    403 "wrong_public_url": "To the webhook: the signature was made for another URL than this server takes for its own.",
        "Set `RINGHOOK_PUBLIC_URL` to the one that Twilio calls; the call's page names it.";
    403 "body_hash_missing": "To the webhook: nothing vouches for the body.",
        "Twilio signs it with `bodySHA256`; the account's policy `url_only` does without.";
    403 "body_hash_mismatch": "To the webhook: the body is not the one that was signed.",
        "Something between Twilio and this server changes bodies; let it pass them on as they are.";
    404 "no_binding": "To the webhook: no reachable device is bound to the identity.",
        "Register one. For identities that only use a browser SDK this is ordinary.";
    404 "all_dead": "To the webhook: every device of the identity is gone.",
        "They ring again once the app registers them anew.";
    404 "unknown_webhook": "To the webhook: there is none with this token, or it has ended.",
        "Give Twilio the URL that the dashboard shows.";
    404 "unknown_account": "To the webhook: this Twilio account is not connected to the workspace.",
        "Connect it.";
    404 "not_found": "This workspace has no such thing. It may belong to another one, or be deleted.",
        "Take the id as an earlier answer gave it, and the key of the right workspace.";
    404 "no_such_path": "Nothing is at this path.", "Compare it with the document, `/api/v1` included.";
    405 "method_not_allowed": "This path does not answer this method.",
        "The document lists those that it does.";
    409 "conflict": "Another request changed the same thing at once.", "Try again.";
    409 "idempotency_key_reused": "The `Idempotency-Key` was used for another request within the last day.",
        "Take a new key for each new request, and the same one only to send the same request again.";
    409 "request_in_progress": "A request under the same `Idempotency-Key` is being worked on.",
        "Wait a second, and send it again.";
    409 "answer_not_kept": "The request was done, and its answer showed a secret, which is not kept.",
        "Make a new one, under a new key, and take the other one back.";
    409 "account_exists": "This Twilio account is connected already.", "Change it with PATCH.";
    409 "address_exists": "Another binding has this address.",
        "Register the address again with POST: it moves to the identity that presents it.";
    409 "device_exists": "Another binding of this channel has this `device_id`.",
        "Delete that one first, or register with POST, which takes its place.";
    409 "provider_in_use": "Bindings ring through this provider.",
        "Move or delete them, or name another default provider first.";
    409 "quota_reached": "The workspace has as many of these as it may have.",
        "Delete what is not needed, or ask whoever operates this server for more.";
    409 "too_many_sockets": "The identity has as many sockets open as it may have.",
        "Close some; a device that names its `device_id` takes its own earlier place.";
    409 "too_many_webhook_tokens": "The workspace has as many webhook tokens as it may have.",
        "End an old one first.";
    409 "last_webhook_token": "This is the only webhook token that lasts; without it no call could come in.",
        "Make a new one first.";
    413 "body_too_large": "The body is larger than this operation takes.", "Send less at once.";
    415 "unsupported_media_type": "The body is not of a media type that this operation takes.",
        "Send JSON as `Content-Type: application/json`, an import as `application/x-ndjson`.";
    422 "validation_failed": "The request can be read, but some of its members cannot be taken as they are.",
        "`errors` names what is wrong and how to mend it: of members that are missing, unknown or of a wrong type the first, \
         else every one.";
    422 "account_not_connected": "The Twilio account is not connected to this workspace, or disabled.",
        "Connect or enable it first. With a device's token this is a 401.";
    422 "no_provider": "The channel has no provider in this workspace.", "Set one up first.";
    422 "kind_not_supported": "This server does not reach this kind of network yet.",
        "Use another kind.";
    424 "batch_undone": "Nothing is wrong with this operation, but the batch was to be done as a whole, and another one was refused.",
        "Mend that one, and send the batch again.";
    429 "rate_limited": "There were too many requests in a short time.",
        "Wait for as many seconds as `Retry-After` says.";
    500 "internal": "Something failed here.",
        "Its operator finds more in the log, under the `request_id`. Trying again may help.";
    503 "unavailable": "The database cannot be reached, or the server is at its limit or about to stop.",
        "Wait for as many seconds as `Retry-After` says.";
}

/// Whether a code is explained.
pub fn is_known(code: &str) -> bool {
    CODES.iter().any(|known| known.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_stands_there_once_and_in_the_order_of_its_status() {
        let names: HashSet<_> = CODES.iter().map(|code| code.code).collect();
        assert_eq!(names.len(), CODES.len());
        assert!(CODES.is_sorted_by_key(|code| code.status));
    }

    #[test]
    fn codes_are_snake_case() {
        for code in CODES {
            let is_snake = code.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_snake, "{}", code.code);
        }
    }
}
