//! Registering a device: what is taken, and what becomes of bindings that the address or the device had before.

use std::collections::HashSet;

use ringhook_openapi::{BindingStatus, Channel, Environment, bindings::NewBinding};
use serde_json::Value;

use super::{address_hash, no_such_provider};
use crate::{
    domain::{
        Fault, Result,
        checks::{Faults, is_compact, is_within},
        workspaces::{ACCOUNT_SID_RULE, is_account_sid},
    },
    store::{
        BindingId, Json, ProviderId, Ts, Word, WorkspaceId,
        bindings::{BY_HAND, Binding},
    },
};

const FCM_TOKEN_LIMIT: usize = 4096;
const URL_LIMIT: usize = 2048;
/// Characters of an APNs token: Apple says only that its length varies.
const APNS_TOKEN: std::ops::RangeInclusive<usize> = 32..=200;
const DEVICE_LIMIT: usize = 256;
const REASON_LIMIT: usize = 256;
const TAGS: usize = 20;
const TAG_LIMIT: usize = 64;

/// A binding to register, checked as far as that takes no database.
#[derive(Debug, Clone)]
pub struct Registration {
    account_sid: String,
    identity: String,
    channel: Channel,
    address: Option<String>,
    pub(super) address_hash: Vec<u8>,
    pub(super) provider_id: Option<ProviderId>,
    environment: Option<Environment>,
    pub(super) device_id: Option<String>,
    tags: Json,
    expires_at: Option<Ts>,
    shared: bool,
    /// Why it does not ring, where it was written down as inactive.
    inactive: Option<String>,
    /// Whether the device itself registers: then its id says nothing about other users' devices.
    by_device: bool,
}

impl Registration {
    /// Checks the members. What expires does so later than `now`.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] names every fault.
    pub fn check(new: NewBinding, now: Ts) -> Result<Self> {
        let mut faults = Faults::default();
        faults.check(is_account_sid(&new.account_sid), "/account_sid", ACCOUNT_SID_RULE);
        faults.identity("/identity", &new.identity);
        let address = faults.take(address(new.channel, new.address)).flatten();
        let provider_id = new.provider_id.and_then(|id| faults.take(provider(&id)));
        faults.check(new.keys.is_none() || new.channel == Channel::Webpush, "/keys", KEYS_RULE);
        environment(&mut faults, new.channel, new.environment);
        if let Some(device) = &new.device_id {
            self::device(&mut faults, device);
        }
        let named = new.channel != Channel::Websocket || new.device_id.is_some();
        faults.check(named, "/device_id", "is required for a websocket");
        tags(&mut faults, &new.tags);
        let expires_at = new.expires_at.map(|time| Ts::from(time.0));
        if let Some(at) = expires_at {
            faults.future("/expires_at", at, now);
        }
        faults.none()?;
        Ok(Self {
            address_hash: address_hash(address.as_deref(), &new.identity, new.device_id.as_deref()),
            account_sid: new.account_sid,
            identity: new.identity,
            channel: new.channel,
            address,
            provider_id,
            environment: new.environment,
            device_id: new.device_id,
            tags: Json(new.tags.into_iter().map(Value::String).collect()),
            expires_at,
            shared: new.shared,
            inactive: None,
            by_device: false,
        })
    }

    /// The same, but by the device itself: another user's device of the same id is left alone.
    #[must_use]
    pub fn by_device(mut self) -> Self {
        self.by_device = true;
        self
    }

    /// The same, but inactive from the beginning.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] for a reason that is too long or holds control characters.
    pub fn inactive(mut self, reason: Option<String>) -> Result<Self> {
        let reason = reason.unwrap_or_else(|| BY_HAND.to_owned());
        let mut faults = Faults::default();
        let holds = is_within(&reason, REASON_LIMIT) && !reason.chars().any(char::is_control);
        let detail = format!("must have at most {REASON_LIMIT} characters, no control characters among them");
        faults.check(holds, "/inactive_reason", detail);
        faults.none()?;
        self.inactive = Some(reason);
        Ok(self)
    }

    /// Account and channel, within which an address is unique.
    pub(super) fn scope(&self) -> (&str, Channel) {
        (&self.account_sid, self.channel)
    }

    /// Which of the bindings that this one takes the place of is kept: the lowest.
    pub(super) fn rank(&self, row: &Binding) -> impl Ord + use<> {
        (row.address_hash != self.address_hash, row.identity != self.identity, row.id)
    }

    /// Whether this one takes the place of a binding of its address or device.
    pub(super) fn displaces(&self, row: &Binding) -> bool {
        let is_own = row.identity == self.identity;
        match row.address_hash == self.address_hash {
            true => is_own || !self.shared,
            false => is_own || !(self.shared || self.by_device),
        }
    }

    /// The row of a new binding.
    pub(super) fn row(&self, workspace: WorkspaceId, now: Ts) -> Binding {
        Binding {
            id: BindingId::new(now),
            workspace_id: workspace,
            account_sid: self.account_sid.clone(),
            identity: self.identity.clone(),
            channel: Word(self.channel),
            address: self.address.clone(),
            address_hash: self.address_hash.clone(),
            keys: None,
            provider_id: self.provider_id,
            environment: self.environment.map(Word),
            device_id: self.device_id.clone(),
            tags: self.tags.clone(),
            shared: self.shared,
            status: Word(if self.inactive.is_some() {
                BindingStatus::Inactive
            } else {
                BindingStatus::Active
            }),
            inactive_reason: self.inactive.clone(),
            inactive_at: self.inactive.as_ref().map(|_| now),
            expires_at: self.expires_at,
            registered_at: now,
            created_at: now,
            updated_at: now,
            last_notified_at: None,
            last_accepted_at: None,
        }
    }

    /// This registration in the place of `kept`. That a network took the address before says nothing of a new one.
    pub(super) fn over(&self, kept: Binding, now: Ts) -> Binding {
        let same_address = kept.address_hash == self.address_hash;
        Binding {
            id: kept.id,
            created_at: kept.created_at,
            last_notified_at: kept.last_notified_at,
            last_accepted_at: kept.last_accepted_at.filter(|_| same_address),
            ..self.row(kept.workspace_id, now)
        }
    }
}

pub(super) const KEYS_RULE: &str = "must be left out: only webpush has keys";

/// The address as it is kept.
pub(super) fn address(channel: Channel, given: Option<String>) -> std::result::Result<Option<String>, Fault> {
    let fault = |detail: String| Err(Fault::new("/address", detail));
    let Some(given) = given else {
        return match channel {
            Channel::Websocket => Ok(None),
            channel => fault(format!("is required for `{channel}`")),
        };
    };
    match channel {
        Channel::Websocket => fault("must be left out: a websocket has no address".into()),
        Channel::Apns | Channel::ApnsVoip => {
            let hex = given.bytes().all(|byte| byte.is_ascii_hexdigit());
            let (from, to) = (APNS_TOKEN.start(), APNS_TOKEN.end());
            match hex && given.len().is_multiple_of(2) && APNS_TOKEN.contains(&given.len()) {
                true => Ok(Some(given.to_ascii_lowercase())),
                false => fault(format!(
                    "must be the device token as {from} to {to} hexadecimal digits, an even number"
                )),
            }
        }
        Channel::Fcm if is_compact(&given, FCM_TOKEN_LIMIT) => Ok(Some(given)),
        Channel::Fcm => {
            fault(format!("must be a registration token: 1 to {FCM_TOKEN_LIMIT} characters, no white space"))
        }
        _ if is_compact(&given, URL_LIMIT) => Ok(Some(given)),
        _ => fault(format!("must have 1 to {URL_LIMIT} characters, no white space")),
    }
}

pub(super) fn provider(text: &str) -> std::result::Result<ProviderId, Fault> {
    text.parse().map_err(|_| no_such_provider())
}

pub(super) fn environment(faults: &mut Faults, channel: Channel, given: Option<Environment>) {
    let apple = matches!(channel, Channel::Apns | Channel::ApnsVoip);
    faults.check(given.is_none() || apple, "/environment", "must be left out: only APNs has environments");
}

pub(super) fn device(faults: &mut Faults, id: &str) {
    let holds = !id.is_empty() && is_within(id, DEVICE_LIMIT) && !id.chars().any(char::is_control);
    let detail = format!("must have 1 to {DEVICE_LIMIT} characters, no control characters among them");
    faults.check(holds, "/device_id", detail);
}

pub(super) fn tags(faults: &mut Faults, tags: &[String]) {
    faults.check(tags.len() <= TAGS, "/tags", format!("must have at most {TAGS} members"));
    let mut seen = HashSet::new();
    for (place, tag) in tags.iter().enumerate() {
        let pointer = format!("/tags/{place}");
        let holds = !tag.is_empty() && is_within(tag, TAG_LIMIT) && !tag.chars().any(char::is_control);
        let detail = format!("must have 1 to {TAG_LIMIT} characters, no control characters among them");
        faults.check(holds, &pointer, detail);
        faults.check(seen.insert(tag), pointer, "stands in the list already; give it once");
    }
}
