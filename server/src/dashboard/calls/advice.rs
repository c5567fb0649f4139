//! What a provider's answer means, and what to do about it. Where a network has words of its own that say more than our
//! cause does, they come first (Apple: "Handling notification responses from APNs"; Google: "FCM error codes").

use ringhook_openapi::{Cause, Outcome, RejectReason};

/// What it means, and what to do.
pub type Advice = (&'static str, &'static str);

/// By the network's own word.
fn by_word(word: &str) -> Option<Advice> {
    Some(match word {
        "BadDeviceToken" => (
            "Apple does not know this token here.",
            "It is malformed, or belongs to the other environment: a build from Xcode has a sandbox token, one from \
             TestFlight or the App Store a production token. Set this binding’s environment.",
        ),
        "DeviceTokenNotForTopic" => (
            "The token belongs to another app.",
            "Compare the bundle id of the provider with that of the app which registered the token.",
        ),
        "TopicDisallowed" | "BadTopic" => (
            "These credentials may not push to this app’s topic.",
            "For VoIP the topic ends in .voip: the App ID needs the push capability, and a certificate must be a VoIP \
             Services certificate.",
        ),
        "InvalidProviderToken" => (
            "Apple does not take the signing key.",
            "Compare key id and team id with Apple’s developer page, and check that the key was not revoked.",
        ),
        "BadCertificate" | "BadCertificateEnvironment" => (
            "Apple does not take the certificate here.",
            "It is revoked, or made for the other environment: replace it, or change the provider’s environment.",
        ),
        "SENDER_ID_MISMATCH" => (
            "The token was made for another Firebase project.",
            "The app’s google-services.json and the provider’s service account must belong to the same project.",
        ),
        "THIRD_PARTY_AUTH_ERROR" => (
            "Firebase could not log in to Apple or to Web Push.",
            "Upload the APNs key in the Firebase console, or register the device through APNs here.",
        ),
        "QUOTA_EXCEEDED" => (
            "Firebase’s quota for this project or device is used up.",
            "Retries follow by themselves; ask Google for more if it lasts.",
        ),
        _ => return None,
    })
}

const fn by_cause(cause: Cause) -> Advice {
    match cause {
        Cause::AddressGone => (
            "The app is no longer on this device, or has a new token.",
            "Nothing to do: the binding is inactive, and active again when the app registers.",
        ),
        Cause::AddressInvalid => (
            "The network takes the token for broken.",
            "Check that the app sends its token whole, and to the provider that it belongs to.",
        ),
        Cause::WrongCredential => (
            "The network does not take the provider’s credentials.",
            "Open the provider, check it, and replace its credentials.",
        ),
        Cause::WrongTopic => (
            "Credentials and app do not belong together.",
            "Compare bundle id and topic of the provider with the app.",
        ),
        Cause::PayloadTooLarge => (
            "The call’s payload is larger than this network carries.",
            "Send fewer or shorter custom parameters with the call.",
        ),
        Cause::PayloadRefused => (
            "The network refused what the call carries.",
            "Its words say which part; custom parameters are the likely one.",
        ),
        Cause::Throttled => (
            "The network asked for a pause.",
            "Retries follow by themselves; if it lasts, fewer calls to one device, or more quota.",
        ),
        Cause::ProviderError => (
            "The network had a fault of its own.",
            "Retries follow by themselves; see the network’s status page.",
        ),
        Cause::Timeout => (
            "The network did not answer in time.",
            "Retries follow; check the way out of this server if it lasts.",
        ),
        Cause::ConnectionFailed => (
            "The network could not be reached.",
            "Check name resolution and firewall of this server: outgoing HTTPS must be open.",
        ),
        Cause::BadAnswer => {
            ("The network answered in a way that nobody documented.", "Its words may tell; retries follow.")
        }
        Cause::NotConnected => (
            "This device has a socket, and was not connected.",
            "Nothing to do, if the app was closed. A phone that must ring in the background needs a push channel.",
        ),
        Cause::NoProvider => {
            ("There is no provider for this channel any more.", "Set one up, or move the binding to another.")
        }
        Cause::Overloaded => (
            "There was more to do than the server, or the device's socket, takes at once.",
            "For a push channel: add a node, or ask whoever operates this server. For a socket: its app must read all it is sent.",
        ),
        Cause::BreakerOpen => (
            "The provider failed so often that it is left alone for a moment.",
            "The provider’s page says why it failed.",
        ),
        Cause::TooOld => (
            "The call was too old to ring.",
            "Look at the attempts before: what took so long? Settings say how long a call rings.",
        ),
        Cause::BindingGone => {
            ("The binding was deleted, or moved, before it could be rung.", "Nothing to do.")
        }
    }
}

/// For one delivery or attempt, by its cause and the network's word.
pub fn of(cause: Option<Cause>, word: Option<&str>) -> Option<Advice> {
    word.and_then(by_word).or_else(|| cause.map(by_cause))
}

/// What to do about a call, where the devices' own advice does not say it.
pub const fn of_outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NoBinding => {
            "Register the app’s device for this identity: after login, and whenever the token changes. Browsers that use \
             Twilio’s JavaScript SDK need none, so this is ordinary for them."
        }
        Outcome::Dead => "The person must open the app once, so that it registers its new token.",
        Outcome::Failed | Outcome::Expired => "The devices below say what went wrong, and what to do.",
        Outcome::Accepted | Outcome::InProgress | Outcome::Rejected => "",
    }
}

/// Why a webhook was refused, in a sentence.
pub const fn of_rejection(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::SignatureMissing => {
            "It carried no signature, so nobody could tell that Twilio had sent it."
        }
        RejectReason::WrongAuthToken => {
            "Its signature was made with another auth token than the one stored here."
        }
        RejectReason::WrongPublicUrl => "It was signed for another URL than the one it came in under.",
        RejectReason::BodyHashMissing => "Its URL was signed, but its body was not.",
        RejectReason::BodyHashMismatch => "Its body is not the one that was signed.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_own_word_says_more_than_our_cause() {
        let (means, _) = of(Some(Cause::AddressInvalid), Some("BadDeviceToken")).expect("known");
        assert!(means.contains("does not know this token here"), "{means}");
        let (means, _) = of(Some(Cause::AddressInvalid), Some("INVALID_ARGUMENT")).expect("by its cause");
        assert!(means.contains("broken"), "{means}");
        assert_eq!(of(None, Some("OK")), None);
    }
}
