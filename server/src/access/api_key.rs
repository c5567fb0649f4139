//! API keys: bearer tokens of one workspace, each with its scopes (RFC 6750).

use std::{marker::PhantomData, ops::Deref, time::Duration};

use poem::{Request, RequestBody, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme, auth::Bearer, registry::Registry,
};
use ringhook_openapi::{Scope, problem::ApiProblem};

use crate::{
    app::App,
    domain::{Ground, audit::Actor},
    http::client_address::client_address,
    secrets,
    store::{self, ApiKeyId, Ts, WorkspaceId, api_keys::ApiKey as Row, workspaces::Workspace},
};

/// How exactly a key's last use is known.
const USE_NOTED_EVERY: Duration = Duration::from_secs(60);

/// Who holds the key.
#[derive(Clone)]
pub struct ApiClient {
    /// The key itself.
    pub key: ApiKeyId,
    /// The one workspace that the key opens.
    pub workspace: WorkspaceId,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The ground, to act on in the key's name.
    pub ground: Ground,
}

impl ApiClient {
    /// Whether the key has a scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// An API key of one workspace.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "ApiKey", bearer_format = "rhk_…", checker = "check")]
struct ApiKey(ApiClient);

/// The scopes as types, for [`Allowed`].
pub mod need {
    use ringhook_openapi::Scope;

    /// A scope that an endpoint needs.
    pub trait Need: Send + Sync + 'static {
        /// The scope.
        const SCOPE: Scope;
    }

    macro_rules! needs {
        ($($name:ident)+) => {$(
            #[doc = concat!("[`Scope::", stringify!($name), "`].")]
            pub struct $name;

            impl Need for $name {
                const SCOPE: Scope = Scope::$name;
            }
        )+};
    }

    needs! { BindingsRead BindingsWrite DeliveriesRead CallsTest WorkspaceRead WorkspaceWrite }
}

/// A client whose key has the scope `N`: `auth: Allowed<BindingsRead>` is all that an endpoint needs to ask for it.
///
/// Answers 401 without a key that holds, 403 `missing_scope` when it lacks the scope.
pub struct Allowed<N>(ApiClient, PhantomData<N>);

impl<N> Deref for Allowed<N> {
    type Target = ApiClient;

    fn deref(&self) -> &ApiClient {
        &self.0
    }
}

impl<'a, N: need::Need> ApiExtractor<'a> for Allowed<N> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        ApiKey::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        ApiKey::security_schemes()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let ApiKey(client) = ApiKey::from_request(request, body, options).await?;
        match client.may(N::SCOPE) {
            true => Ok(Self(client, PhantomData)),
            false => Err(ApiProblem::forbidden_scope(N::SCOPE).into()),
        }
    }
}

/// What was found out about the request's key before it came to its endpoint.
pub type Known = Result<ApiClient, ApiProblem>;

async fn check(request: &Request, _: Bearer) -> poem::Result<ApiClient> {
    match request.data::<Known>() {
        Some(known) => Ok(known.clone()?),
        None => {
            tracing::error!("the API was mounted without its gate");
            Err(ApiProblem::internal().into())
        }
    }
}

/// Who holds the key that the request presents.
///
/// # Errors
/// 401 without one that holds; 503 when that cannot be found out.
pub async fn of(app: &App, request: &Request) -> Known {
    let now = app.ground.clock.now();
    let presented = request.header(header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    let key =
        presented.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
    let Some(key) = key else {
        let detail = "Send `Authorization: Bearer …` with an API key.";
        return Err(ApiProblem::unauthorized("unauthorized", detail));
    };
    let found = match look_up(&app.ground, key).await {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(%error, "an API key could not be looked up");
            return Err(ApiProblem::unavailable(1));
        }
    };
    let row = judge(found, now)?;
    note_use(&app.ground, &row, now);
    let address = client_address(request, &app.config.trusted_proxies);
    let actor = Actor {
        name: format!("API key {} ({}…)", row.name, row.prefix),
        user: None,
        address: address.map_or_else(String::new, |address| address.to_string()),
    };
    let ground = app.ground.by(actor);
    Ok(ApiClient { key: row.id, workspace: row.workspace_id, scopes: row.scopes(), ground })
}

/// A key has 256 random bits, so neither guessing nor the timing of an index helps: a plain hash is enough.
async fn look_up(ground: &Ground, key: &str) -> store::Result<Option<(Row, Workspace)>> {
    ground.store.engine().read().await?.api_key_opening(&secrets::hash(key)).await
}

fn judge(found: Option<(Row, Workspace)>, now: Ts) -> Result<Row, ApiProblem> {
    let refused = |code, detail: &str| Err(ApiProblem::unauthorized(code, detail));
    let Some((row, workspace)) = found else {
        return refused(
            "invalid_api_key",
            "No such API key; it begins with rhk_ and is shown once when made.",
        );
    };
    if row.revoked_at.is_some() {
        return refused("api_key_revoked", "This API key was revoked; make a new one.");
    }
    if row.expires_at.is_some_and(|end| end <= now) {
        return refused("api_key_expired", "This API key has expired; make a new one.");
    }
    if workspace.is_closed() {
        return refused("workspace_closed", "This workspace is disabled, or is about to be deleted.");
    }
    Ok(row)
}

/// Notes the use beside the request, which does not wait for it.
fn note_use(ground: &Ground, row: &Row, now: Ts) {
    let recent = now - USE_NOTED_EVERY;
    if row.last_used_at.is_some_and(|used| used >= recent) {
        return;
    }
    let (store, workspace, id) = (ground.store.clone(), row.workspace_id, row.id);
    tokio::spawn(async move {
        let noted =
            store.write(workspace, async move |conn| conn.api_key_used(workspace, id, now, recent).await);
        if let Err(error) = noted.await {
            tracing::warn!(%error, key = %id, "the use of an API key could not be noted");
        }
    });
}
