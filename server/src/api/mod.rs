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
    /// access token of Twilio's whose API key is stored with the account. Any origin may ask. Calls come over
    /// `GET /device/socket`, as the guides show.
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
        .nest(BASE, gate::Gate(service().into_endpoint()))
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
