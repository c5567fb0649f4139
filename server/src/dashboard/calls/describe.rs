//! A call in people's words: what happened, why, and what to do.

use std::collections::{HashMap, HashSet};

use ringhook_openapi::{Cause, Channel, DeliveryState, Outcome, RejectReason, SignaturePolicy};
use ringhook_web::{
    pages::{AttemptView, Call, DeviceView, Here},
    paths,
};
use serde_json::Value;

use super::{Rows, advice};
use crate::{
    access::Member,
    dashboard::{frame::frame, words},
    domain::{Result, accounts, notifications::Logged, roles::Power},
    store::{
        BindingId, ProviderId,
        notifications::{Attempt, Delivery, Notification},
    },
};

/// Providers of one workspace that are named, at most.
const PROVIDERS: i64 = 1000;

/// What the devices of a call are shown by.
struct Named {
    slug: String,
    providers: HashMap<ProviderId, String>,
    bindings: HashSet<BindingId>,
}

/// The page of a call.
pub(super) async fn call<P>(member: &Member<P>, logged: &Logged, fault: String) -> Result<Call> {
    let (workspace, row) = (member.workspace.id, &logged.notification);
    let rows = Rows::of(member).await?;
    let glance = |(delivery, _): &(Delivery, Vec<Attempt>)| (row.id, delivery.channel, delivery.state);
    let glances: Vec<_> = logged.deliveries.iter().map(glance).collect();
    let named = named(member, logged).await?;
    // What was asked then is known only while the account is as it was then.
    let account = accounts::get(&member.ground, workspace, &row.account_sid).await.ok();
    let account = account.map(|known| known.account).filter(|account| account.updated_at <= row.received_at);
    let policy = account.map(|account| account.signature_policy.0);
    let device = |(delivery, attempts): &(Delivery, Vec<Attempt>)| named.device(row, delivery, attempts);
    Ok(Call {
        frame: frame(member, Here::Calls),
        call: rows.row(row, &glances),
        account_sid: row.account_sid.clone(),
        call_sid: row.call_sid.clone(),
        twilio: console(&row.call_sid).filter(|_| !row.test),
        message_id: row.message_id.clone(),
        verdict: verdict(row, &logged.deliveries),
        todo: row.detail.clone().unwrap_or_else(|| todo(row, &logged.deliveries)),
        verified: verified(row, policy),
        matched: matched(row, logged.deliveries.len()),
        devices: logged.deliveries.iter().map(device).collect(),
        payload: pretty(&row.payload),
        may_ring: member.role.may(Power::Ring),
        fault,
        is_open: row.outcome.0 == Outcome::InProgress,
    })
}

/// The call at Twilio's console. Who signs a webhook writes its SID too: a link is made only of one that is one.
fn console(call_sid: &str) -> Option<String> {
    let hex = call_sid.strip_prefix("CA")?;
    let is_sid = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_sid.then(|| format!("https://www.twilio.com/console/voice/calls/logs/{call_sid}"))
}

async fn named<P>(member: &Member<P>, logged: &Logged) -> Result<Named> {
    let workspace = member.workspace.id;
    let mut conn = member.ground.store.read(workspace).await?;
    let providers = conn.providers(workspace, None, PROVIDERS).await?;
    let mut bindings = HashSet::new();
    for (delivery, _) in &logged.deliveries {
        if conn.binding(workspace, delivery.binding_id).await?.is_some() {
            bindings.insert(delivery.binding_id);
        }
    }
    Ok(Named {
        slug: member.workspace.slug.clone(),
        providers: providers.into_iter().map(|row| (row.id, row.name)).collect(),
        bindings,
    })
}

impl Named {
    fn device(&self, call: &Notification, delivery: &Delivery, attempts: &[Attempt]) -> DeviceView {
        let id = delivery.binding_id;
        let path = || paths::workspace(&self.slug, &format!("/bindings/{id}"));
        let provider = delivery.provider_id.and_then(|id| self.providers.get(&id));
        let after = delivery.acknowledged_after_ms;
        DeviceView {
            channel: words::channel(delivery.channel.0),
            binding: id.to_string(),
            binding_path: self.bindings.contains(&id).then(path),
            device: delivery.device_id.clone().unwrap_or_default(),
            provider: provider.cloned().unwrap_or_default(),
            state: words::state(delivery.state.0),
            advice: why(delivery, attempts),
            acknowledged: after.map_or_else(String::new, |after| format!("{after} ms")),
            attempts: attempts.iter().map(|attempt| self::attempt(call, attempt)).collect(),
        }
    }
}

/// Why a device did not ring, by the last thing that is known of it.
fn why(delivery: &Delivery, attempts: &[Attempt]) -> Option<advice::Advice> {
    let good = matches!(delivery.state.0, DeliveryState::Accepted | DeliveryState::Acknowledged);
    if good {
        return None;
    }
    if delivery.state.0 == DeliveryState::Skipped && delivery.channel.0 == Channel::Websocket {
        return advice::of(Some(Cause::NotConnected), None);
    }
    let last = attempts.last();
    let cause = delivery.cause.or_else(|| last.and_then(|attempt| attempt.cause)).map(|cause| cause.0);
    let word = last.and_then(|attempt| attempt.reason.as_deref()).or(delivery.reason.as_deref());
    advice::of(cause, word)
}

fn attempt(call: &Notification, row: &Attempt) -> AttemptView {
    let status = row.status.map(|status| status.to_string());
    let said = [status.as_ref(), row.reason.as_ref(), row.detail.as_ref()];
    let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
    let left_out = row.left_out.0.as_array().into_iter().flatten().filter_map(Value::as_str);
    AttemptView {
        at: words::time(row.at),
        after: format!("+{} ms", row.at.millis_since(call.received_at)),
        took: format!("{} ms", row.latency_ms),
        outcome: words::attempt(row.outcome.0),
        said: said.join(" · "),
        left_out: left_out.collect::<Vec<_>>().join(", "),
        message: row.provider_message_id.clone().unwrap_or_default(),
    }
}

fn rang(deliveries: &[(Delivery, Vec<Attempt>)]) -> usize {
    let good = |state| matches!(state, DeliveryState::Accepted | DeliveryState::Acknowledged);
    deliveries.iter().filter(|(delivery, _)| good(delivery.state.0)).count()
}

fn devices(count: usize) -> String {
    match count {
        1 => "1 device".into(),
        count => format!("{count} devices"),
    }
}

/// What became of the call, in one sentence.
fn verdict(row: &Notification, deliveries: &[(Delivery, Vec<Attempt>)]) -> String {
    let (all, rang) = (deliveries.len(), rang(deliveries));
    match row.outcome.0 {
        Outcome::InProgress => format!("Ringing: {rang} of {} so far.", devices(all)),
        Outcome::Accepted if rang == all => format!("{} rang.", devices(all)),
        Outcome::Accepted => format!("{rang} of {} rang.", devices(all)),
        Outcome::NoBinding if all > 0 => "Nobody rang: no device of this identity was connected.".into(),
        Outcome::NoBinding => {
            "Nobody rang: no active device is registered for this identity and account.".into()
        }
        Outcome::Dead => format!("Nobody rang: {} registered, and gone.", devices(all)),
        Outcome::Failed => format!("Nobody rang: {} could be reached, none was.", devices(all)),
        Outcome::Expired => "Nobody rang: no provider accepted before the call was too old.".into(),
        Outcome::Rejected => {
            let reason = row.reason.as_deref().and_then(|reason| reason.parse::<RejectReason>().ok());
            format!("Refused. {}", reason.map_or("", advice::of_rejection))
        }
    }
}

fn todo(row: &Notification, deliveries: &[(Delivery, Vec<Attempt>)]) -> String {
    match row.outcome.0 {
        Outcome::NoBinding if !deliveries.is_empty() => String::new(),
        Outcome::Accepted if rang(deliveries) < deliveries.len() => "Below is why the others did not.".into(),
        outcome => advice::of_outcome(outcome).into(),
    }
}

fn verified(row: &Notification, policy: Option<SignaturePolicy>) -> String {
    match (row.outcome.0, policy) {
        (Outcome::Rejected, _) => "The signature does not hold, so nothing was dispatched.",
        (_, Some(SignaturePolicy::UrlOnly)) => {
            "The signature over the URL holds; the account’s policy leaves the body unchecked."
        }
        (_, Some(SignaturePolicy::None)) => "Nothing: the account’s policy asks for no signature.",
        (_, Some(SignaturePolicy::Full)) => "Signature and body hash hold.",
        (_, None) => "It passed what the account’s policy asked for then; the account was changed since.",
    }
    .into()
}

fn matched(row: &Notification, devices: usize) -> String {
    match (row.outcome.0, devices) {
        (Outcome::Rejected, _) => String::new(),
        (_, 0) => "No active device.".into(),
        (_, count) => format!("{} of this identity.", self::devices(count)),
    }
}

/// The payload, a member a line; as it is where it is no JSON.
fn pretty(payload: &str) -> String {
    let parsed = serde_json::from_str::<Value>(payload);
    let pretty = parsed.and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_| payload.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_call_sid_leads_to_the_console() {
        let sid = format!("CA{}", "0f".repeat(16));
        assert_eq!(console(&sid), Some(format!("https://www.twilio.com/console/voice/calls/logs/{sid}")));
        for text in
            ["", "CA", "CA/../../login", &sid.replace("CA", "AC"), &format!("{sid}0"), &sid.replace('f', "/")]
        {
            assert_eq!(console(text), None, "{text}");
        }
    }
}
