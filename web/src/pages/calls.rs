//! The log of calls, and one call.

use askama::Template;

use super::{Choice, Frame, Here};

/// How something stands, for its colour; never the only sign of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// It needs somebody.
    Bad,
    /// Neither.
    Plain,
}

impl Tone {
    /// The class that colours it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => " good",
            Self::Bad => " bad",
            Self::Plain => "",
        }
    }
}

/// A word with its tone.
#[derive(Debug, Clone)]
pub struct Badge {
    /// For people.
    pub words: &'static str,
    /// How it stands.
    pub tone: Tone,
}

/// A call in the list.
#[derive(Debug, Clone)]
pub struct CallRow {
    /// `ntf_…`
    pub id: String,
    /// Its page.
    pub path: String,
    /// When it came, in UTC.
    pub at: String,
    /// Who was called.
    pub identity: String,
    /// Who called.
    pub from: String,
    /// The account's name.
    pub account: String,
    /// What became of it.
    pub outcome: Badge,
    /// Whether it was only tried.
    pub test: bool,
    /// Each device: its channel, and how its delivery stands.
    pub devices: Vec<Badge>,
    /// What Twilio was answered, after how long.
    pub answer: String,
}

impl CallRow {
    /// One that rang on two devices.
    pub fn sample() -> Self {
        Self {
            id: "ntf_01k0".into(),
            path: "/w/acme-support/calls/ntf_01k0".into(),
            at: "2026-11-24T08:00:00Z".into(),
            identity: "bob".into(),
            from: "+14155550100".into(),
            account: "Acme production".into(),
            outcome: Badge { words: "Rang", tone: Tone::Good },
            test: true,
            devices: vec![
                Badge { words: "FCM", tone: Tone::Good },
                Badge { words: "APNs VoIP", tone: Tone::Bad },
            ],
            answer: "200 after 84 ms".into(),
        }
    }
}

/// One row alone, as the live log sends it.
#[derive(Debug, Clone, Template)]
#[template(path = "components/call_row.html")]
pub struct LiveCall {
    /// The call.
    pub call: CallRow,
}

/// What is searched for.
#[derive(Debug, Clone, Default)]
pub struct CallSearch {
    /// Identity, call SID, message id or notification id.
    pub q: String,
    /// From when on, as the field shows it.
    pub since: String,
    /// Until when.
    pub until: String,
}

/// `/w/{workspace}/calls`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/calls.html")]
pub struct Calls {
    /// What stands around it.
    pub frame: Frame,
    /// What is searched for.
    pub search: CallSearch,
    /// The accounts to choose from.
    pub accounts: Vec<(String, String, bool)>,
    /// The outcomes to choose from.
    pub outcomes: Vec<Choice>,
    /// Whether anything narrows the list.
    pub is_narrowed: bool,
    /// What is wrong with the search.
    pub fault: Option<&'static str>,
    /// The calls, the latest first.
    pub calls: Vec<CallRow>,
    /// The search as a query, without a leading `?`.
    pub query: String,
    /// The query of the page of older calls.
    pub older: Option<String>,
    /// Whether this is the first page, which can be live.
    pub is_first: bool,
}

impl Calls {
    /// As somebody sees it who searches.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Calls, ..Frame::sample() },
            search: CallSearch { q: "bob".into(), ..CallSearch::default() },
            accounts: vec![("AC00".into(), "Acme production".into(), true)],
            outcomes: vec![Choice { value: "dead".into(), words: "Devices gone", chosen: false }],
            is_narrowed: true,
            fault: None,
            calls: vec![CallRow::sample()],
            query: "q=bob".into(),
            older: Some("?q=bob&before=ntf_01k0".into()),
            is_first: true,
        }
    }
}

/// One try of a delivery.
#[derive(Debug, Clone)]
pub struct AttemptView {
    /// When, in UTC.
    pub at: String,
    /// After the call's coming, such as `+12 ms`.
    pub after: String,
    /// How long the provider took.
    pub took: String,
    /// What it came to.
    pub outcome: Badge,
    /// The provider's own words: status, word, sentence.
    pub said: String,
    /// Members of the payload that were left out.
    pub left_out: String,
    /// What the provider calls the message.
    pub message: String,
}

/// One device of a call.
#[derive(Debug, Clone)]
pub struct DeviceView {
    /// Its channel, for people.
    pub channel: &'static str,
    /// Its binding's id.
    pub binding: String,
    /// The binding's page, while there is one.
    pub binding_path: Option<String>,
    /// The app's id of the device, or nothing.
    pub device: String,
    /// The provider's name, or nothing.
    pub provider: String,
    /// How it stands.
    pub state: Badge,
    /// Why, and what to do: two sentences.
    pub advice: Option<(&'static str, &'static str)>,
    /// Acknowledged after so long, or nothing.
    pub acknowledged: String,
    /// Every try.
    pub attempts: Vec<AttemptView>,
}

/// `/w/{workspace}/calls/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/call.html")]
pub struct Call {
    /// What stands around it.
    pub frame: Frame,
    /// As in the list.
    pub call: CallRow,
    /// Who was called, of which account.
    pub account_sid: String,
    /// `CA…`
    pub call_sid: String,
    /// Twilio's own log of the call, for a real one.
    pub twilio: Option<String>,
    /// What Twilio calls the webhook's message.
    pub message_id: String,
    /// What became of it, in a sentence.
    pub verdict: String,
    /// What to do now, where there is something.
    pub todo: String,
    /// How the signature was checked.
    pub verified: String,
    /// Whom it matched.
    pub matched: String,
    /// The devices.
    pub devices: Vec<DeviceView>,
    /// The payload, without its secret.
    pub payload: String,
    /// Whether the reader may ring again.
    pub may_ring: bool,
    /// Why ringing again failed.
    pub fault: String,
    /// Whether more may happen.
    pub is_open: bool,
}

impl Call {
    /// A call of which one device did not ring.
    pub fn sample() -> Self {
        let attempt = AttemptView {
            at: "2026-11-24T08:00:00Z".into(),
            after: "+3 ms".into(),
            took: "61 ms".into(),
            outcome: Badge { words: "Gone", tone: Tone::Bad },
            said: "410 Unregistered".into(),
            left_out: "google_x".into(),
            message: "1-2-3".into(),
        };
        Self {
            frame: Frame { here: Here::Calls, ..Frame::sample() },
            call: CallRow::sample(),
            account_sid: "AC00000000000000000000000000000000".into(),
            call_sid: "CA00000000000000000000000000000000".into(),
            twilio: Some("https://www.twilio.com/console/voice/calls/logs/CA00".into()),
            message_id: "WB00".into(),
            verdict: "1 of 2 devices rang.".into(),
            todo: "Nothing.".into(),
            verified: "Signature and body hash hold.".into(),
            matched: "2 devices of bob.".into(),
            devices: vec![DeviceView {
                channel: "APNs VoIP",
                binding: "bnd_01k0".into(),
                binding_path: Some("/w/acme-support/bindings/bnd_01k0".into()),
                device: "iphone-1".into(),
                provider: "Apple".into(),
                state: Badge { words: "Gone", tone: Tone::Bad },
                advice: Some(("The app is no longer on the device.", "Nothing to do.")),
                acknowledged: "120 ms".into(),
                attempts: vec![attempt],
            }],
            payload: "{}".into(),
            may_ring: true,
            fault: String::new(),
            is_open: false,
        }
    }
}
