//! The balance: what senders heard, what Ringhook's log says, and what the networks were asked, must agree.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use ringhook_tests::api::Api;
use ringhook_tests::ledger::Asked;
use ringhook_tests::until::within;
use serde_json::Value;

use super::load::{Heard, NOBODY, Sent, World};

/// Every call is over by then: a crash's leases run out, and its deliveries are tried again.
const SETTLED: Duration = Duration::from_secs(40);

/// A call on its way to one device: `twi_message_id` and the device's address.
pub type Leg = (String, String);

/// The three sides, once every call is over.
pub struct Books {
    pub sent: Vec<Sent>,
    /// Notifications by their message.
    pub notifications: HashMap<String, Value>,
    /// Their deliveries.
    pub deliveries: HashMap<Leg, Value>,
    /// What the networks were asked, each in order.
    pub asked: HashMap<Leg, Vec<Asked>>,
    /// Devices on sockets: they hear a call again that they could not acknowledge before they were left.
    sockets: HashSet<String>,
    faults: Vec<String>,
}

/// What came of it, in numbers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    pub sent: usize,
    pub answered_200: usize,
    pub answered_404: usize,
    pub answered_503: usize,
    pub no_answer: usize,
    pub unreached: usize,
    /// Calls without a 200 that were recorded, and rung, all the same.
    pub recorded_unanswered: usize,
    pub deliveries: usize,
    pub delivered_once: usize,
    /// Twice or more: what a crash between an acceptance and its record costs.
    pub delivered_again: usize,
    pub ended_with_reason: usize,
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, answered_200, answered_404, answered_503, no_answer, unreached, .. } = self;
        write!(
            f,
            "sent {sent}: 200 {answered_200}, 404 {answered_404}, 503 {answered_503}, no answer {no_answer}, \
             not reached {unreached} (recorded all the same {}); deliveries {}: once {}, more than once {}, \
             ended with a reason {}",
            self.recorded_unanswered,
            self.deliveries,
            self.delivered_once,
            self.delivered_again,
            self.ended_with_reason,
        )
    }
}

/// All items of a list.
async fn all(api: &Api, path: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}limit=1000{cursor}")).await.expect(200).json;
        items.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

impl World {
    /// Waits until every call is over, and opens the books.
    pub async fn books(&self) -> Books {
        let api = self.app.api(&self.workspace);
        within(SETTLED, "every call is over", async || {
            let open = all(&api, "/notifications?outcome=in_progress&").await;
            open.is_empty().then_some(())
        })
        .await;
        let notifications = all(&api, "/notifications?").await;
        let ids = notifications.iter().map(|row| text(row, "id"));
        let calls: Vec<Value> = stream::iter(ids)
            .map(|id| {
                let api = &api;
                async move { api.get(&format!("/notifications/{id}")).await.expect(200).json }
            })
            .buffered(8)
            .collect()
            .await;
        let mut books = Books {
            sent: self.senders.all(),
            notifications: HashMap::new(),
            deliveries: HashMap::new(),
            asked: HashMap::new(),
            sockets: HashSet::new(),
            faults: Vec::new(),
        };
        for call in calls {
            books.enter_call(self, call);
        }
        for entry in self.app.fcm.ledger().entries().into_iter().chain(self.app.apns.ledger().entries()) {
            let leg = (entry.message_id.clone(), entry.device.clone());
            books.asked.entry(leg).or_default().push(entry);
        }
        books
    }
}

impl Books {
    fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    fn enter_call(&mut self, world: &World, call: Value) {
        let message = text(&call, "message_id");
        for row in call["deliveries"].as_array().into_iter().flatten() {
            match world.addresses.get(&text(row, "binding_id")) {
                Some(device) => self.enter_delivery((message.clone(), device.clone()), row.clone()),
                None => self.fault(format!("a delivery to no device: {row}")),
            }
        }
        if let Some(twin) = self.notifications.insert(message, call.clone()) {
            self.fault(format!("one message, two notifications: {call} {twin}"));
        }
    }

    fn enter_delivery(&mut self, leg: Leg, row: Value) {
        if let Some(twin) = self.deliveries.insert(leg, row.clone()) {
            self.fault(format!("one device, two deliveries: {row} {twin}"));
        }
    }

    /// How often a network accepted this.
    fn acceptances(&self, leg: &Leg) -> usize {
        let asked = self.asked.get(leg).map(Vec::as_slice).unwrap_or_default();
        asked.iter().filter(|entry| entry.answered.is_some_and(|(_, status)| status == 200)).count()
    }

    /// Checks the books and prints the sheet; fails with everything that does not agree. `lives` are the moments at
    /// which processes began: within one life nobody rings twice.
    pub fn balance(mut self, world: &World, title: &str, lives: &[Instant]) -> Sheet {
        let mut sheet = Sheet::default();
        for sent in self.sent.clone() {
            self.check_call(world, &sent, &mut sheet);
        }
        self.check_deliveries(&mut sheet);
        self.check_pushes(lives);
        for fault in world.app.fcm.faults().into_iter().chain(world.app.apns.faults()) {
            self.fault(fault);
        }
        println!("{title}: {sheet}");
        let shown: Vec<&str> = self.faults.iter().map(String::as_str).take(20).collect();
        assert!(shown.is_empty(), "the books do not balance ({}):\n{}", self.faults.len(), shown.join("\n"));
        sheet
    }

    /// Enters what a device on a socket heard.
    pub fn enter_heard(&mut self, entry: Asked) {
        let leg = (entry.message_id.clone(), entry.device.clone());
        self.sockets.insert(entry.device.clone());
        self.asked.entry(leg).or_default().push(entry);
    }

    /// Checks that no device was asked for when its call was over, which it is `after` it was sent.
    pub fn check_nothing_rings_after(&mut self, after: Duration) {
        for sent in self.sent.clone() {
            let late = |entry: &&Asked| entry.message_id == sent.message_id && entry.at > sent.at + after;
            if let Some(entry) = self.asked.values().flatten().find(late).cloned() {
                self.fault(format!("rung when the call was over: {sent:?} {entry:?}"));
            }
        }
    }

    fn check_call(&mut self, world: &World, sent: &Sent, sheet: &mut Sheet) {
        sheet.sent += 1;
        match (&sent.heard, sent.status()) {
            (_, Some(200)) => sheet.answered_200 += 1,
            (_, Some(404)) if sent.identity == NOBODY => sheet.answered_404 += 1,
            (Heard::Answer(reply), Some(503)) if reply.headers.contains_key("retry-after") => {
                sheet.answered_503 += 1;
            }
            (Heard::Nothing, _) => sheet.no_answer += 1,
            (Heard::Unreached, _) => sheet.unreached += 1,
            (heard, _) => self.fault(format!("{}, to {}: {heard:?}", sent.message_id, sent.identity)),
        }
        let Some(row) = self.notifications.get(&sent.message_id).cloned() else {
            if sent.status() == Some(200) {
                self.fault(format!("answered 200 and lost: {sent:?}"));
            }
            return;
        };
        if sent.status() == Some(200) && sent.notification_id() != row["id"].as_str() {
            self.fault(format!("another notification than answered: {sent:?} {row}"));
        }
        if sent.status() != Some(200) && sent.identity != NOBODY {
            sheet.recorded_unanswered += 1;
        }
        for device in &world.devices[sent.identity.as_str()] {
            if !self.deliveries.contains_key(&(sent.message_id.clone(), device.clone())) {
                self.fault(format!("{device} was forgotten: {row}"));
            }
        }
    }

    fn check_deliveries(&mut self, sheet: &mut Sheet) {
        let mut faults = Vec::new();
        for (leg, row) in &self.deliveries {
            sheet.deliveries += 1;
            let acceptances = self.acceptances(leg);
            match (row["state"].as_str().unwrap_or_default(), acceptances) {
                ("accepted" | "acknowledged", 1) => sheet.delivered_once += 1,
                ("accepted" | "acknowledged", 2..) => sheet.delivered_again += 1,
                ("accepted" | "acknowledged" | "pending", _) => {
                    faults.push(format!("{row}, accepted {acceptances} times"))
                }
                _ if row["reason"].is_string() => sheet.ended_with_reason += 1,
                _ => faults.push(format!("ended without a reason: {row}")),
            }
        }
        self.faults.extend(faults);
    }

    fn check_pushes(&mut self, lives: &[Instant]) {
        let mut faults = Vec::new();
        for (leg, entries) in &self.asked {
            if !self.deliveries.contains_key(leg) {
                faults.push(format!("rung before it was recorded: {leg:?}"));
            }
            if entries.iter().any(|entry| entry.push_id != entries[0].push_id) {
                faults.push(format!("one delivery under several ids: {entries:?}"));
            }
            let life = |entry: &Asked| lives.iter().filter(|began| **began <= entry.at).count();
            let accepted =
                entries.iter().filter(|entry| entry.answered.is_some_and(|(_, status)| status == 200));
            let lived: Vec<usize> = accepted.map(life).collect();
            let again = lived.windows(2).any(|pair| pair[0] == pair[1]);
            if again && !self.sockets.contains(&leg.1) {
                faults.push(format!("rung again by the same process: {leg:?} {entries:?}"));
            }
        }
        self.faults.extend(faults);
    }
}
