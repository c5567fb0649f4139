//! Deliveries: each device that was rung.

use poem_openapi::{OpenApi, param::Query, payload::Json};
use ringhook_openapi::{
    Channel, DeliveryState, Outcome, notifications::ListedDelivery, page::Page, problem::ApiProblem,
    values::Time,
};

use super::{
    Noun,
    notifications::delivery,
    paging::{self, Limit, one_more, page},
};
use crate::{
    access::{Allowed, need::DeliveriesRead},
    domain::notifications,
    store::{deliveries_list::DeliveryFilter, notifications::NotificationFilter},
};

pub struct Deliveries;

#[OpenApi(tag = "Noun::Notifications")]
impl Deliveries {
    /// List deliveries
    ///
    /// Those of the newest call first, with every attempt; every filter that is given must hold. By `binding_id`: why a
    /// device does not ring.
    ///
    /// Scope: `deliveries:read`.
    #[allow(clippy::too_many_arguments, reason = "one for each filter")]
    #[oai(path = "/deliveries", method = "get", operation_id = "listDeliveries")]
    async fn list(
        &self,
        auth: Allowed<DeliveriesRead>,
        account_sid: Query<Option<String>>,
        identity: Query<Option<String>>,
        call_sid: Query<Option<String>>,
        outcome: Query<Option<Outcome>>,
        /// Of calls that came then or later.
        since: Query<Option<Time>>,
        /// Of calls that came before.
        until: Query<Option<Time>>,
        /// Only those to this binding.
        binding_id: Query<Option<String>>,
        channel: Query<Option<Channel>>,
        /// Only those that stand so.
        state: Query<Option<DeliveryState>>,
        limit: Query<Limit>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<ListedDelivery>>, ApiProblem> {
        let limit = limit.0.get()?;
        let before = paging::id_pair("cursor", cursor.0.as_ref())?;
        let filter = DeliveryFilter {
            of: NotificationFilter {
                account_sid: account_sid.0,
                identity: identity.0,
                call_sid: call_sid.0,
                message_id: None,
                outcome: outcome.0,
                since: since.0.map(|time| time.0.into()),
                until: until.0.map(|time| time.0.into()),
            },
            binding: paging::id("binding_id", binding_id.0.as_ref())?,
            channel: channel.0,
            state: state.0,
        };
        let found =
            notifications::deliveries(&auth.ground, auth.workspace, &filter, before, one_more(limit)).await?;
        let cursor = |(row, _): &notifications::Tried| format!("{}.{}", row.notification_id, row.id);
        let wire = |(row, attempts): notifications::Tried| ListedDelivery {
            notification_id: row.notification_id.to_string(),
            delivery: delivery(row, attempts),
        };
        Ok(Json(page(found, limit, cursor, wire)))
    }
}
