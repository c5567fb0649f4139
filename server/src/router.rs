//! Every route on one page.

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, Response, Route, RouteMethod, get,
    http::{HeaderValue, StatusCode, header},
};

use crate::{
    api,
    app::App,
    dashboard::{
        self, account, accounts, audit, bindings, calls, docs, keys, members, overview, people, providers,
        reference, settings, test_device, webhook, workspaces,
    },
    domain::roles::Power,
    http::{
        origin::OwnOrigin, page::not_found, readable::Readable, refusals::Refusals, request_id::RequestIds,
        request_log::RequestLog,
    },
    intake, socket, status,
};

/// Who may open a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Anyone,
    /// Who is logged in.
    Person,
    /// A member of the workspace in the path, with this power.
    Member(Power),
}

/// One action of the dashboard, for the test that tries each as everybody.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// `get` or `post`.
    pub method: &'static str,
    /// The pattern of its path.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
}

macro_rules! access {
    (anyone) => {
        Access::Anyone
    };
    (person) => {
        Access::Person
    };
    ($power:ident) => {
        Access::Member(Power::$power)
    };
}

/// Declares the dashboard's routes: path, method, who may, and the action. The extractors of each action enforce it.
macro_rules! pages {
    ($($path:literal { $($method:ident $who:ident $action:path;)+ })+) => {
        /// Every action of the dashboard.
        pub const PAGES: &[Page] = &[
            $($(Page { method: stringify!($method), path: $path, access: access!($who) },)+)+
        ];

        fn pages(route: Route) -> Route {
            route$(.at($path, RouteMethod::new()$(.$method($action))+))+
        }
    };
}

pages! {
    "/" { get anyone dashboard::start_page; }
    "/signup" { get anyone people::sign_up::form; post anyone people::sign_up::ask; }
    "/verify/:token" { get anyone people::sign_up::verify_form; post anyone people::sign_up::verify; }
    "/login" { get anyone people::login::form; post anyone people::login::log_in; }
    "/login/code" { get anyone people::second_factor::code_form; post anyone people::second_factor::take_code; }
    "/login/recovery" { get anyone people::second_factor::recovery_form; post anyone people::second_factor::take_recovery; }
    "/login/passkey" { post anyone people::passkey::log_in; }
    "/login/passkey/options" { post anyone people::passkey::options; }
    "/login/oidc" { get anyone people::oidc::start; }
    "/login/oidc/callback" { get anyone people::oidc::callback; }
    "/logout" { post anyone people::login::log_out; }
    "/forgot" { get anyone people::reset::forgot_form; post anyone people::reset::forgot; }
    "/reset/:token" { get anyone people::reset::form; post anyone people::reset::set; }
    "/invitations/:token" { get anyone people::invitation::form; post anyone people::invitation::accept; }
    "/account" { get person account::show::show; }
    "/account/password" { post person account::password::change; }
    "/account/email" { post person account::email::ask; }
    "/account/email/:token" { get person account::email::confirm_form; post person account::email::confirm; }
    "/account/sessions/end" { post person account::sessions::end_others; }
    "/account/sessions/:id/end" { post person account::sessions::end; }
    "/account/totp" { get person account::totp::set_up::form; post person account::totp::set_up::turn_on; }
    "/account/totp/codes" { post person account::totp::codes::renew; }
    "/account/totp/remove" { post person account::totp::remove::remove; }
    "/account/passkeys" { post person account::passkeys::add::add; }
    "/account/passkeys/options" { post person account::passkeys::options::options; }
    "/account/passkeys/:id/remove" { post person account::passkeys::remove::remove; }
    "/account/oidc" { post person account::oidc::link; }
    "/account/oidc/unlink" { post person account::oidc::unlink; }
    "/account/delete" { post person account::delete::delete; }
    "/workspaces" { get person workspaces::list::show; }
    "/workspaces/new" { get person workspaces::new::form; post person workspaces::new::make; }
    "/w/:workspace" { get Look overview::show::show; }
    "/w/:workspace/accounts" { get Look accounts::list::show; }
    "/w/:workspace/accounts/new" { get SetUp accounts::new::form; post SetUp accounts::new::connect; }
    "/w/:workspace/accounts/simulated" { post SetUp accounts::new::simulate; }
    "/w/:workspace/accounts/:sid" { get Look accounts::show::show; post SetUp accounts::change::set; }
    "/w/:workspace/accounts/:sid/tokens" { post SetUp accounts::tokens::store; }
    "/w/:workspace/accounts/:sid/tokens/secondary/remove" { post SetUp accounts::tokens::forget; }
    "/w/:workspace/accounts/:sid/keys" { post SetUp accounts::keys::store; }
    "/w/:workspace/accounts/:sid/keys/:key/remove" { post SetUp accounts::keys::forget; }
    "/w/:workspace/accounts/:sid/disconnect" { post SetUp accounts::disconnect::disconnect; }
    "/w/:workspace/webhook" { get SetUp webhook::show::show; }
    "/w/:workspace/webhook/tokens" { post SetUp webhook::tokens::make; }
    "/w/:workspace/webhook/tokens/:id/end" { post SetUp webhook::tokens::end; }
    "/w/:workspace/providers" { get Look providers::list::show; }
    "/w/:workspace/providers/new/:kind" { get SetUp providers::new::form; post SetUp providers::new::make; }
    "/w/:workspace/providers/:id" { get Look providers::show::show; post SetUp providers::change::set; }
    "/w/:workspace/providers/:id/check" { post SetUp providers::check::ask; }
    "/w/:workspace/providers/:id/credentials" { post SetUp providers::credentials::replace; }
    "/w/:workspace/providers/:id/delete" { post SetUp providers::delete::delete; }
    "/w/:workspace/bindings" { get Look bindings::list::show; }
    "/w/:workspace/bindings/new" { get Bind bindings::add::form; post Bind bindings::add::register; }
    "/w/:workspace/bindings/bulk" { get Bind bindings::bulk::preview; post Bind bindings::bulk::apply; }
    "/w/:workspace/bindings/import" { get Bind bindings::import::form; post Bind bindings::import::import; }
    "/w/:workspace/bindings/:id" { get Look bindings::show::show; post Bind bindings::change::set; }
    "/w/:workspace/bindings/:id/ring" { post Ring bindings::ring::ring; }
    "/w/:workspace/bindings/:id/activate" { post Bind bindings::status::activate; }
    "/w/:workspace/bindings/:id/deactivate" { post Bind bindings::status::deactivate; }
    "/w/:workspace/bindings/:id/delete" { post Bind bindings::delete::delete; }
    "/w/:workspace/test-device" { get Look test_device::show::show; }
    "/w/:workspace/test-device/token" { post Bind test_device::token::make; }
    "/w/:workspace/test-device/ring" { post Ring test_device::ring::ring; }
    "/w/:workspace/docs" { get Look docs::show; }
    "/w/:workspace/calls" { get Look calls::list::show; }
    "/w/:workspace/calls.csv" { get Look calls::export::as_csv; }
    "/w/:workspace/calls.ndjson" { get Look calls::export::as_ndjson; }
    "/w/:workspace/calls/live" { get Look calls::live::show; }
    "/w/:workspace/calls/:id" { get Look calls::show::show; }
    "/w/:workspace/calls/:id/again" { post Ring calls::again::ring; }
    "/w/:workspace/members" { get Look members::list::show; }
    "/w/:workspace/members/:id" { get ManageMembers members::member::show; }
    "/w/:workspace/members/:id/role" { post ManageMembers members::role::set; }
    "/w/:workspace/members/:id/remove" { post ManageMembers members::remove::remove; }
    "/w/:workspace/invitations" { post ManageMembers members::invite::invite; }
    "/w/:workspace/invitations/:id/again" { post ManageMembers members::again::again; }
    "/w/:workspace/invitations/:id/withdraw" { post ManageMembers members::withdraw::withdraw; }
    "/w/:workspace/leave" { post Look members::leave::leave; }
    "/w/:workspace/settings" { get Look settings::show::show; }
    "/w/:workspace/settings/name" { post Configure settings::name::rename; }
    "/w/:workspace/settings/calls" { post Configure settings::calls::set; }
    "/w/:workspace/settings/transfer" { post Own settings::transfer::transfer; }
    "/w/:workspace/delete" { get Own workspaces::delete::form; post Own workspaces::delete::delete; }
    "/w/:workspace/restore" { post Own workspaces::restore::restore; }
    "/w/:workspace/audit" { get Audit audit::show::show; }
    "/w/:workspace/audit.csv" { get Audit audit::export::export; }
    "/w/:workspace/keys" { get ManageKeys keys::list::show; }
    "/w/:workspace/keys/new" { get ManageKeys keys::new::form; post ManageKeys keys::new::make; }
    "/w/:workspace/keys/:id" { get ManageKeys keys::show::show; }
    "/w/:workspace/keys/:id/roll" { post ManageKeys keys::roll::roll; }
    "/w/:workspace/keys/:id/revoke" { post ManageKeys keys::revoke::revoke; }
}

/// The whole program, as an endpoint.
pub fn routes(app: Arc<App>) -> impl Endpoint<Output = Response> {
    let own = OwnOrigin(app.config.public_url.clone());
    let leaving = app.leaving.clone();
    Route::new()
        .at("/assets/:name", get(dashboard::asset))
        .at("/healthz", get(status::healthz))
        .at("/readyz", get(status::readyz))
        .at("/hooks/:token", intake::webhook)
        .at("/api/v1/device/socket", api::net(get(socket::connect)))
        .at("/api/docs", get(reference::show))
        .at("/api/docs/problems", get(reference::problems::show))
        .at("/api/docs/:noun", get(reference::noun::show))
        .nest_no_strip("/api", api::routes(app.clone()))
        .nest_no_strip("/", pages(Route::new()).with(own))
        .catch_error(not_found)
        .data(app)
        .after(move |answered| std::future::ready(parting(answered, leaving.is_cancelled())))
        .with(Readable)
        .with(RequestLog)
        .with(RequestIds)
        .with(Refusals)
}

/// An answer of a node that leaves closes its connection: the next request is made elsewhere.
fn parting(answered: poem::Result<Response>, is_leaving: bool) -> poem::Result<Response> {
    let mut response = answered?;
    if is_leaving && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}
