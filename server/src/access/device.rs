//! A device of one user: with a client token of ours, or with the Voice access token that the app has from Twilio.

use std::ops::Deref;

use poem::{Request, RequestBody, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme, auth::Bearer, registry::Registry,
};
use ringhook_openapi::problem::ApiProblem;
use serde::Deserialize;

use super::device_token::{self, Device, TokenFault};
use crate::{
    app::App,
    domain::{Ground, accounts, audit::Actor, check_identity, workspaces::is_account_sid},
    http::client_address::client_address,
    store::{Ts, WorkspaceId},
    twilio::access_token::{self, Fault},
};

const WORKSPACE: &str = "ringhook-workspace";
const MICROS: i64 = 1_000_000;

/// What was found out about a device's token before it came to its endpoint.
pub type Known = Result<Device, ApiProblem>;

/// A client token, or a Twilio Voice access token together with the header `Ringhook-Workspace`.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "DeviceToken", bearer_format = "JWT", checker = "check")]
struct DeviceToken(Device);

async fn check(request: &Request, _: Bearer) -> poem::Result<Device> {
    match request.data::<Known>() {
        Some(known) => Ok(known.clone()?),
        None => {
            tracing::error!("the device API was mounted without its gate");
            Err(ApiProblem::internal().into())
        }
    }
}

/// The device that asks.
///
/// Answers 401 without a token that holds.
pub struct OfDevice(Device);

impl Deref for OfDevice {
    type Target = Device;

    fn deref(&self) -> &Device {
        &self.0
    }
}

impl<'a> ApiExtractor<'a> for OfDevice {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        DeviceToken::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        DeviceToken::security_schemes()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        // Of a request without a token the scheme itself would speak as if an API key were wanted.
        if let Some(Err(problem)) = request.data::<Known>() {
            return Err(problem.clone().into());
        }
        let DeviceToken(device) = DeviceToken::from_request(request, body, options).await?;
        Ok(Self(device))
    }
}

/// Whose device sends the request. For sockets, `protocol` finds the token where a browser put it.
///
/// # Errors
/// 401 without a token that holds; 403 for one that may not be called; 503 when that cannot be found out.
pub async fn of(app: &App, request: &Request, protocol: Option<&str>) -> Known {
    let bearer = request.header(header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    let bearer =
        bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let Some(token) = bearer.or(protocol) else {
        let detail = "Send a client token, or a Twilio Voice access token, as `Authorization: Bearer …`; \
            from a browser's socket as subprotocol `ringhook.bearer.<token>`.";
        return Err(ApiProblem::unauthorized("missing_token", detail));
    };
    let now = app.ground.clock.now();
    Ok(verify(&app.ground, token, workspace_of(request)?, now).await?)
}

/// The same ground, acted on in a device's name.
pub fn ground_of(app: &App, request: &Request, device: &Device) -> Ground {
    let address = client_address(request, &app.config.trusted_proxies);
    app.ground.by(Actor {
        name: format!("device of {}", device.identity),
        user: None,
        address: address.map_or_else(String::new, |address| address.to_string()),
    })
}

/// The workspace that the request names, in its header or its query.
fn workspace_of(request: &Request) -> Result<Option<WorkspaceId>, ApiProblem> {
    #[derive(Deserialize)]
    struct Asked {
        workspace: Option<String>,
    }
    let query = request.params::<Asked>().ok().and_then(|asked| asked.workspace);
    let named = request.header(WORKSPACE).map(str::to_owned).or(query);
    let unknown =
        |_| ApiProblem::unauthorized("unknown_workspace", "`Ringhook-Workspace` is no id of a workspace.");
    named.map(|id| id.parse().map_err(unknown)).transpose()
}

/// Whose device presents `token`; `workspace` is the one that a Twilio token is looked up in. What such a token says of
/// itself only selects the key: nothing else is believed before its signature holds.
///
/// # Errors
/// [`TokenFault`] says why it does not hold.
pub async fn verify(
    ground: &Ground,
    token: &str,
    workspace: Option<WorkspaceId>,
    now: Ts,
) -> Result<Device, TokenFault> {
    let Some(unproved) = access_token::peek(token) else {
        return device_token::verify(ground, token, now).await;
    };
    let workspace = workspace.ok_or(TokenFault::NoWorkspace)?;
    if !is_account_sid(&unproved.account_sid) {
        return Err(TokenFault::UnknownKey);
    }
    let secret = accounts::key_secret(ground, workspace, &unproved.account_sid, &unproved.key_sid).await?;
    let (key, secret) = secret.ok_or(TokenFault::UnknownKey)?;
    let proved =
        access_token::verify(token, &secret, now.micros() / MICROS).map_err(|fault| match fault {
            Fault::Expired => TokenFault::Expired,
            other => TokenFault::Twilio(other),
        })?;
    if check_identity(&proved.identity).is_err() {
        return Err(TokenFault::Twilio(Fault::NoIdentity));
    }
    Ok(Device {
        workspace,
        account_sid: proved.account_sid,
        identity: proved.identity,
        expires_at: Ts::from_micros(proved.expires_at.saturating_mul(MICROS)),
        key: Some(key),
    })
}
