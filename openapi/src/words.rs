//! The closed vocabularies of Ringhook, one enum each, the same word from database to page.

/// Declares an enum whose variants are words on the wire, in the database and on pages.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            poem_openapi::Enum, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$vmeta])* #[oai(rename = $word)] #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every word, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word itself.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl From<$name> for &'static str {
            fn from(word: $name) -> Self {
                word.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> std::result::Result<Self, $crate::UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownWord { allowed: &[$($word),+] }),
                }
            }
        }
    };
}

/// A word outside its vocabulary; its message lists what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord {
    /// Every word of the vocabulary.
    pub allowed: &'static [&'static str],
}

impl std::fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "must be one of {}", self.allowed.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

words! {
    /// How a device is reached.
    Channel {
        Fcm = "fcm",
        ApnsVoip = "apns_voip",
        Apns = "apns",
        Webpush = "webpush",
        Websocket = "websocket",
        Webhook = "webhook",
        Hms = "hms",
    }
}

impl Channel {
    /// The kind of provider that serves this channel; none for sockets, which need no third party.
    pub const fn provider_kind(self) -> Option<ProviderKind> {
        match self {
            Self::Fcm => Some(ProviderKind::Fcm),
            Self::ApnsVoip | Self::Apns => Some(ProviderKind::Apns),
            Self::Webpush => Some(ProviderKind::Webpush),
            Self::Webhook => Some(ProviderKind::Webhook),
            Self::Hms => Some(ProviderKind::Hms),
            Self::Websocket => None,
        }
    }
}

words! {
    /// A push network, as a workspace's provider speaks to it.
    ProviderKind {
        Fcm = "fcm",
        Apns = "apns",
        Webpush = "webpush",
        Webhook = "webhook",
        Hms = "hms",
    }
}

words! {
    /// Which of Apple's two push environments a token belongs to.
    Environment {
        Production = "production",
        Sandbox = "sandbox",
    }
}

words! {
    /// Whether a binding is rung.
    BindingStatus {
        Active = "active",
        Inactive = "inactive",
    }
}

words! {
    /// Whether an account's calls are taken.
    AccountStatus {
        Active = "active",
        Disabled = "disabled",
    }
}

words! {
    /// Whether a provider's credentials work, as far as its last answers tell.
    ProviderStatus {
        Untested = "untested",
        Ok = "ok",
        Failing = "failing",
    }
}

words! {
    /// What a webhook of an account must prove before it is believed.
    SignaturePolicy {
        /// Signature over the URL, and `bodySHA256` over the body.
        Full = "full",
        /// Signature over the URL; the body is unauthenticated.
        UrlOnly = "url_only",
        /// Only the secret URL; for development.
        None = "none",
    }
}

words! {
    /// When a webhook is answered.
    AnswerRule {
        /// At the first provider's acceptance, at the latest after `answer_within_ms`.
        Accepted = "accepted",
        /// As soon as notification and deliveries are durable.
        Recorded = "recorded",
    }
}

words! {
    /// What became of a call's notification.
    Outcome {
        InProgress = "in_progress",
        Accepted = "accepted",
        NoBinding = "no_binding",
        Dead = "dead",
        Failed = "failed",
        Expired = "expired",
        Rejected = "rejected",
    }
}

words! {
    /// Where a delivery to one device stands.
    DeliveryState {
        Pending = "pending",
        Accepted = "accepted",
        Acknowledged = "acknowledged",
        Dead = "dead",
        Misconfigured = "misconfigured",
        Failed = "failed",
        Expired = "expired",
        Skipped = "skipped",
    }
}

impl DeliveryState {
    /// True when nothing more will be tried.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending)
    }
}

words! {
    /// What a provider's answer to one attempt means.
    AttemptOutcome {
        /// The provider took it.
        Accepted = "accepted",
        /// The address is gone for good; the binding becomes inactive.
        Dead = "dead",
        /// Worth another try.
        Retry = "retry",
        /// The provider's set-up is at fault, not the device.
        Misconfigured = "misconfigured",
        /// Hopeless for this payload; the binding stays.
        Failed = "failed",
    }
}

words! {
    /// Why a webhook was refused with 403.
    RejectReason {
        /// `X-Twilio-Signature` is missing.
        SignatureMissing = "signature_missing",
        /// No variant verifies: most likely the auth token is another.
        WrongAuthToken = "wrong_auth_token",
        /// Verifies under another scheme, host, port or path: the public URL is not the one given to Twilio.
        WrongPublicUrl = "wrong_public_url",
        /// The URL's signature holds, but `bodySHA256` is missing.
        BodyHashMissing = "body_hash_missing",
        /// The URL's signature holds, but the body is not the one that was signed.
        BodyHashMismatch = "body_hash_mismatch",
    }
}

words! {
    /// What an API key may do.
    Scope {
        BindingsRead = "bindings:read",
        BindingsWrite = "bindings:write",
        DeliveriesRead = "deliveries:read",
        CallsTest = "calls:test",
        WorkspaceRead = "workspace:read",
        WorkspaceWrite = "workspace:write",
    }
}

words! {
    /// Why an attempt or a delivery did not end in acceptance, in our own closed words. The network's own word, where
    /// it gave one, is kept beside it.
    Cause {
        AddressGone = "address_gone",
        AddressInvalid = "address_invalid",
        WrongCredential = "wrong_credential",
        WrongTopic = "wrong_topic",
        PayloadTooLarge = "payload_too_large",
        PayloadRefused = "payload_refused",
        Throttled = "throttled",
        ProviderError = "provider_error",
        Timeout = "timeout",
        ConnectionFailed = "connection_failed",
        BadAnswer = "bad_answer",
        NotConnected = "not_connected",
        NoProvider = "no_provider",
        Overloaded = "overloaded",
        BreakerOpen = "breaker_open",
        TooOld = "too_old",
        BindingGone = "binding_gone",
    }
}
