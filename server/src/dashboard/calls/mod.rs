//! The log of calls.

pub mod advice;
pub mod again;
mod describe;
pub mod export;
pub mod list;
pub mod live;
mod search;
pub mod show;

use std::collections::HashMap;

use ringhook_web::{pages::CallRow, paths};

use crate::{
    access::Member,
    dashboard::words,
    domain::{Ground, Result, accounts},
    store::{
        NotificationId, WorkspaceId,
        notifications::{DeliveryGlance, Notification},
    },
};

/// Accounts of one workspace that pages choose from, at most.
const ACCOUNTS: i64 = 1000;

/// What it takes to show calls of one workspace as rows.
#[derive(Clone)]
pub struct Rows {
    slug: String,
    /// The accounts' names by SID, in the order of connecting.
    pub accounts: Vec<(String, String)>,
}

impl Rows {
    /// Prepares the rows of a member's workspace.
    pub async fn of<P>(member: &Member<P>) -> Result<Self> {
        let found = accounts::list(&member.ground, member.workspace.id, None, ACCOUNTS).await?;
        let named = found.into_iter().map(|known| (known.account.account_sid, known.account.friendly_name));
        Ok(Self { slug: member.workspace.slug.clone(), accounts: named.collect() })
    }

    /// The rows of these calls, each with its devices.
    pub async fn show(
        &self,
        ground: &Ground,
        workspace: WorkspaceId,
        calls: &[Notification],
    ) -> Result<Vec<CallRow>> {
        let ids: Vec<NotificationId> = calls.iter().map(|call| call.id).collect();
        let states = ground.store.read(workspace).await?.delivery_states(workspace, &ids).await?;
        let mut by_call: HashMap<NotificationId, Vec<DeliveryGlance>> = HashMap::new();
        for glance in states {
            by_call.entry(glance.0).or_default().push(glance);
        }
        let row = |call| self.row(call, by_call.get(&call.id).map_or(&[], Vec::as_slice));
        Ok(calls.iter().map(row).collect())
    }

    fn row(&self, call: &Notification, devices: &[DeliveryGlance]) -> CallRow {
        let devices = devices.iter().map(|(_, channel, state)| ringhook_web::pages::Badge {
            words: words::channel(channel.0),
            tone: words::state(state.0).tone,
        });
        CallRow {
            id: call.id.to_string(),
            path: paths::workspace(&self.slug, &format!("/calls/{}", call.id)),
            at: words::time(call.received_at),
            identity: call.identity.clone(),
            from: caller(call),
            account: self.account(&call.account_sid),
            outcome: words::outcome(call.outcome.0),
            test: call.test,
            devices: devices.collect(),
            answer: answer(call),
        }
    }

    fn account(&self, sid: &str) -> String {
        let named = self.accounts.iter().find(|(known, _)| known == sid);
        named.map_or(sid, |(_, name)| name).to_owned()
    }
}

fn answer(call: &Notification) -> String {
    let answered = call.answer_status.zip(call.answer_after_ms);
    answered.map_or_else(String::new, |(status, after)| format!("{status} after {after} ms"))
}

/// Who called, as the payload says.
fn caller(call: &Notification) -> String {
    let payload: serde_json::Value = serde_json::from_str(&call.payload).unwrap_or_default();
    payload.get("twi_from").and_then(serde_json::Value::as_str).unwrap_or("unknown").to_owned()
}
