//! The log of calls.

use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use ringhook_openapi::{
    Outcome,
    notifications::{Answer, Attempt, Delivery, Notification, NotificationSummary},
    page::Page,
    problem::ApiProblem,
    values::Time,
};
use serde_json::Value;

use super::{
    Noun,
    paging::{self, Limit, one_more, page},
};
use crate::{
    access::{Allowed, need::DeliveriesRead},
    domain::notifications::{self, Logged},
    store::notifications as rows,
};

pub struct Notifications;

#[OpenApi(tag = "Noun::Notifications")]
impl Notifications {
    /// List calls
    ///
    /// The newest first; every filter that is given must hold.
    ///
    /// Scope: `deliveries:read`.
    #[allow(clippy::too_many_arguments, reason = "one for each filter")]
    #[oai(path = "/notifications", method = "get", operation_id = "listNotifications")]
    async fn list(
        &self,
        auth: Allowed<DeliveriesRead>,
        account_sid: Query<Option<String>>,
        identity: Query<Option<String>>,
        call_sid: Query<Option<String>>,
        outcome: Query<Option<Outcome>>,
        /// Received then or later.
        since: Query<Option<Time>>,
        /// Received before.
        until: Query<Option<Time>>,
        limit: Query<Limit>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<NotificationSummary>>, ApiProblem> {
        let limit = limit.0.get()?;
        let before = paging::id("cursor", cursor.0.as_ref())?;
        let filter = rows::NotificationFilter {
            account_sid: account_sid.0,
            identity: identity.0,
            call_sid: call_sid.0,
            message_id: None,
            outcome: outcome.0,
            since: since.0.map(|time| time.0.into()),
            until: until.0.map(|time| time.0.into()),
        };
        let found = notifications::list(&auth.ground, auth.workspace, &filter, before, one_more(limit));
        Ok(Json(page(found.await?, limit, |row| row.id.to_string(), summary)))
    }

    /// Show a call
    ///
    /// With every device that was rung and every attempt.
    ///
    /// Scope: `deliveries:read`.
    #[oai(path = "/notifications/:id", method = "get", operation_id = "getNotification")]
    async fn get(
        &self,
        auth: Allowed<DeliveriesRead>,
        id: Path<String>,
    ) -> Result<Json<Notification>, ApiProblem> {
        let id = paging::id_of("notification", &id)?;
        let logged = notifications::get(&auth.ground, auth.workspace, id).await?;
        Ok(Json(notification(logged)))
    }
}

/// A call as clients read it.
pub(super) fn notification(Logged { notification, deliveries }: Logged) -> Notification {
    let deliveries = deliveries.into_iter().map(|(row, attempts)| delivery(row, attempts));
    Notification { summary: summary(notification), deliveries: deliveries.collect() }
}

fn summary(row: rows::Notification) -> NotificationSummary {
    // The log keeps the payload as it came, without its secret; what cannot be read shows nothing.
    let payload: Value = serde_json::from_str(&row.payload).unwrap_or_default();
    let text = |key: &str| payload.get(key).and_then(Value::as_str).map(str::to_owned);
    let answered = row.answer_status.zip(row.answer_after_ms);
    NotificationSummary {
        id: row.id.to_string(),
        from: text("twi_from"),
        to: text("twi_to").unwrap_or_else(|| format!("client:{}", row.identity)),
        params: text("twi_params"),
        account_sid: row.account_sid,
        identity: row.identity,
        call_sid: row.call_sid,
        message_id: row.message_id,
        message_type: row.message_type,
        test: row.test,
        received_at: row.received_at.utc().into(),
        outcome: row.outcome.0,
        reason: row.reason.and_then(|reason| reason.parse().ok()),
        detail: row.detail,
        answer: answered
            .map(|(status, after)| Answer { status: status_code(status), after_ms: millis(after) }),
    }
}

pub(super) fn delivery(row: rows::Delivery, attempts: Vec<rows::Attempt>) -> Delivery {
    Delivery {
        id: row.id.to_string(),
        binding_id: row.binding_id.to_string(),
        channel: row.channel.0,
        provider_id: row.provider_id.map(|id| id.to_string()),
        state: row.state.0,
        reason: row.cause.map(|cause| cause.0),
        acknowledged_after_ms: row.acknowledged_after_ms.map(millis),
        attempts: attempts.into_iter().map(attempt).collect(),
    }
}

fn attempt(row: rows::Attempt) -> Attempt {
    let left_out = row.left_out.0.as_array().into_iter().flatten();
    Attempt {
        at: row.at.utc().into(),
        outcome: row.outcome.0,
        status: row.status.map(status_code),
        reason: row.reason,
        cause: row.cause.map(|cause| cause.0),
        detail: row.detail,
        provider_message_id: row.provider_message_id,
        latency_ms: millis(row.latency_ms),
        left_out: left_out.filter_map(|key| key.as_str().map(str::to_owned)).collect(),
    }
}

/// Columns are signed, as databases have them; what they hold is not.
fn millis(column: i32) -> u32 {
    column.max(0).unsigned_abs()
}

fn status_code(column: i32) -> u16 {
    u16::try_from(column).unwrap_or_default()
}
