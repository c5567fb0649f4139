//! The API under `/api/v1`: who may ask, what the rules say, and the answer in wire types. One file a noun.

mod accounts;
mod allow;
mod answers;
mod batches;
mod bindings;
mod client_tokens;
mod cors;
mod deliveries;
mod device;
pub mod document;
mod export;
mod gate;
mod idempotency;
mod identities;
mod import;
mod notifications;
mod paging;
mod problems;
mod providers;
mod test_calls;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod webhook_tokens;
mod workspace;

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, IntoEndpoint, IntoResponse, Request, Response, Result, Route, get, handler,
    http::header, web::Data,
};
use poem_openapi::{OpenApiService, Tags};
use ringhook_openapi::errors::finish;
use tracing::Instrument;

use crate::{app::App, http::request_id::RequestId};

/// The nouns, as the document groups them.
#[derive(Tags, Clone, Copy)]
enum Noun {
    /// Devices, and the identities they ring for.
    Bindings,
    /// Short-lived credentials for the devices of one user.
    #[oai(rename = "Client tokens")]
    ClientTokens,
    /// For apps without a server of their own: what a device does for its one user. The token is a client token, or a Voice
    /// access token of Twilio's whose API key is stored with the account. Any origin may ask. Calls come over a WebSocket,
    /// or by push.
    ///
    /// The WebSocket is `GET /device/socket`, with `?device_id=` and the app's own id of the device. Send the token as
    /// `Authorization: Bearer`; from a browser offer the subprotocols `ringhook.v1` and `ringhook.bearer.` with the token behind
    /// it, and `ringhook.v1` is selected. With a token of Twilio's name the workspace too, in the header `Ringhook-Workspace` or as
    /// `workspace=` in the query. A refusal is a problem in place of the upgrade: 401, 403, 409 `quota_reached` or
    /// `too_many_sockets`, 422, 429 when one user's new devices come too fast, 503.
    ///
    /// A socket with a new `device_id` makes a binding of its own, which lasts; while nobody is connected for it, it is shown
    /// as `inactive` with `inactive_reason: not_connected`. A socket without an id has a binding only while it is open: calls
    /// show it among their deliveries, and `/bindings` does not. A socket that connects while a call is younger than
    /// `ring_ttl_seconds` gets it at once, also one that was answered 404.
    ///
    /// A frame is the body exactly as Twilio sent it, as text. Answer `{"ack": "WB…"}` with its `twi_message_id`: the delivery
    /// is `acknowledged` then. A call that was not acknowledged comes again to a socket that connects anew while it is
    /// young. Send `{"token": "…"}` with a new token of the same user before the old one ends, and the socket stays; nothing is
    /// answered to either. Anything else is ignored. A message has at most 16 KiB.
    ///
    /// Every 25 seconds comes a ping, which browsers answer by themselves. A device that was silent for over 60 seconds, pongs
    /// included, is taken for gone.
    ///
    /// How it is closed, and what to do:
    ///
    /// `1003`: a message was not text. Mend the client.
    ///
    /// `1009`: a message was over 16 KiB. Mend the client.
    ///
    /// `1012`: the server restarts. Connect again.
    ///
    /// `4401`: the token has ended. Connect with a new one.
    ///
    /// `4403`: the workspace is closed, or the Twilio account is not connected any more. Stop.
    ///
    /// `4408`: there was no sign of life. Connect again.
    ///
    /// `4409`: the same `device_id` has connected again. Stop: the newer socket rings.
    ///
    /// `1006`, or no code: the connection broke. Connect again, each time a little later.
    #[oai(rename = "Device API")]
    Devices,
    /// The log of calls: every device that was rung, and what its network said.
    Notifications,
    /// Calls that only try whether devices ring.
    #[oai(rename = "Test calls")]
    TestCalls,
    /// Persons, as far as they are known here.
    Identities,
    /// The workspace's own settings.
    Workspace,
    /// Twilio accounts that are connected.
    Accounts,
    /// Access to push networks.
    Providers,
    /// The secret part of the URL that Twilio calls.
    #[oai(rename = "Webhook tokens")]
    WebhookTokens,
}

impl Noun {
    /// In the order in which one reads about them.
    const ALL: [Self; 10] = [
        Self::Bindings,
        Self::ClientTokens,
        Self::Devices,
        Self::Notifications,
        Self::TestCalls,
        Self::Identities,
        Self::Workspace,
        Self::Accounts,
        Self::Providers,
        Self::WebhookTokens,
    ];
}

type Nouns = (
    bindings::Bindings,
    batches::Batches,
    client_tokens::ClientTokens,
    device::Devices,
    notifications::Notifications,
    deliveries::Deliveries,
    test_calls::TestCalls,
    identities::Identities,
    workspace::WorkspaceSettings,
    accounts::Accounts,
    providers::Providers,
    webhook_tokens::WebhookTokens,
);

const DESCRIPTION: &str = "\
Ringhook rings every bound device of a called identity when Twilio asks, and tells why when one did not ring.

Send an API key of your workspace as `Authorization: Bearer rhk_…`; each route names the scope that it needs. What \
belongs to another workspace is 404. Every refusal is a problem after RFC 9457: decide on its `code`, which is stable.

Times are RFC 3339 in UTC, ids a prefix and a sortable random part. Lists answer `next_cursor`, to be sent as `cursor` \
for the next page; it is null on the last.";

/// The API and its document.
pub fn service() -> OpenApiService<Nouns, ()> {
    let nouns = (
        bindings::Bindings,
        batches::Batches,
        client_tokens::ClientTokens,
        device::Devices,
        notifications::Notifications,
        deliveries::Deliveries,
        test_calls::TestCalls,
        identities::Identities,
        workspace::WorkspaceSettings,
        accounts::Accounts,
        providers::Providers,
        webhook_tokens::WebhookTokens,
    );
    OpenApiService::new(nouns, "Ringhook", env!("CARGO_PKG_VERSION")).description(DESCRIPTION).server(BASE)
}

/// Where the API is, below the public URL.
pub const BASE: &str = "/api/v1";

/// Everything below `/api`, paths complete: the API, and its document at `/api/openapi.json`. Whatever goes wrong here
/// is answered with a problem.
pub fn routes(app: Arc<App>) -> impl Endpoint<Output = Response> {
    let document = Document(document::DOCUMENT.to_string().into());
    let routes = Route::new()
        .nest(BASE, gate::Gate::new(service().into_endpoint()))
        .at("/api/openapi.json", get(openapi).data(document));
    Net(routes.data(app))
}

/// An endpoint of the API that is not in its document, with the same [`Net`] under it.
pub fn net(endpoint: impl Endpoint) -> impl Endpoint<Output = Response> {
    Net(endpoint)
}

#[derive(Clone)]
struct Document(Arc<str>);

#[handler]
fn openapi(document: Data<&Document>) -> Response {
    let headers = Response::builder().header(header::CONTENT_TYPE, "application/json");
    headers.body(document.0.0.to_string())
}

/// What is under every endpoint: no error leaves it but as a problem, and none of ours without a line in the log.
struct Net<E>(E);

impl<E: Endpoint> Endpoint for Net<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let id = RequestId::of(&request).to_owned();
        // At the level of errors, for it is their lines that need the id.
        let span = tracing::error_span!("api", request = %id);
        let result = self.0.call(request).instrument(span.clone()).await;
        if let Err(error) = &result
            && error.status().is_server_error()
        {
            span.in_scope(|| tracing::error!(%error, "a request failed"));
        }
        Ok(finish(result.map(IntoResponse::into_response), &id))
    }
}
