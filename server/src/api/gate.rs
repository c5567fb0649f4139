//! Before every endpoint: whose credential it is, how often it may ask, and whether this request was answered already.
//! After it: that no cache keeps the answer.

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};
use ringhook_openapi::problem::ApiProblem;

use super::{allow, cors, idempotency};
use crate::{
    access::{api_key, device, device_token::Device, rates::Left},
    app::App,
    telemetry::Trail,
};

/// Below the API's own path: what devices ask; everything else an app's server does.
const DEVICE: &str = "/device/";

/// The endpoints behind the gate.
pub(super) struct Gate<E>(Arc<E>);

impl<E: Endpoint + 'static> Endpoint for Gate<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let Some(app) = request.data::<Arc<App>>().cloned() else {
            tracing::error!("the API was mounted without its App");
            return Err(ApiProblem::internal().into());
        };
        let path = request.uri().path().to_owned();
        let mut response = match path.starts_with(DEVICE) {
            true if request.method() == Method::OPTIONS => cors::preflight(),
            true => cors::open(self.to_its_end(of_device, app, request).await),
            false => self.to_its_end(of_client, app, request).await,
        };
        // Answers are of one moment, and some show a secret this once.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if response.status() == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(methods) = HeaderValue::try_from(allow::methods(&path))
        {
            response.headers_mut().insert(header::ALLOW, methods);
        }
        Ok(response)
    }
}

impl<E: Endpoint + 'static> Gate<E> {
    pub(super) fn new(endpoint: E) -> Self {
        Self(Arc::new(endpoint))
    }

    /// What only reads ends with its client. What changes something is a task of its own: a client that hangs up must not
    /// stop it half-way, between what it does and the answer that is kept of it.
    async fn to_its_end<F: Future<Output = Response> + Send + 'static>(
        &self,
        answer: impl FnOnce(Arc<E>, Arc<App>, Request) -> F,
        app: Arc<App>,
        request: Request,
    ) -> Response {
        let reads = request.method().is_safe();
        let answering = answer(self.0.clone(), app, request);
        if reads {
            return answering.await;
        }
        Trail::apart(answering).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request failed");
            ApiProblem::internal().into_response()
        })
    }
}

async fn of_client(endpoint: Arc<impl Endpoint>, app: Arc<App>, mut request: Request) -> Response {
    let known = api_key::of(&app, &request).await;
    let client = known.as_ref().ok().cloned();
    request.set_data(known);
    let Some(client) = client else { return answered(pass(&endpoint, request).await) };
    let left = app.rates.of_key(client.key);
    let answer = match left.wait {
        Some(wait) => Err(ApiProblem::rate_limited(wait).into()),
        None if request.method() == Method::POST => {
            let pass = |request| pass(&endpoint, request);
            idempotency::once(&app.ground, &client, request, pass).await
        }
        None => pass(&endpoint, request).await,
    };
    told(answer, left)
}

async fn of_device(endpoint: Arc<impl Endpoint>, app: Arc<App>, mut request: Request) -> Response {
    let known = device::of(&app, &request, None).await;
    let user = known.as_ref().ok().map(Device::user);
    request.set_data(known);
    let Some(user) = user else { return answered(pass(&endpoint, request).await) };
    let left = app.rates.of_user(&user);
    let answer = match left.wait {
        Some(wait) => Err(ApiProblem::rate_limited(wait).into()),
        None => pass(&endpoint, request).await,
    };
    told(answer, left)
}

async fn pass(endpoint: &impl Endpoint, request: Request) -> Result<Response> {
    Ok(endpoint.call(request).await?.into_response())
}

/// The answer with what is left of the credential's requests.
fn told(answer: Result<Response>, left: Left) -> Response {
    let mut response = answered(answer);
    tell(response.headers_mut(), left);
    response
}

/// An error as the answer that it leads to.
fn answered(answer: Result<Response>) -> Response {
    answer.unwrap_or_else(|error| {
        if error.status().is_server_error() {
            tracing::error!(%error, "a request failed");
        }
        ringhook_openapi::errors::problem_of(&error).into_response()
    })
}

fn tell(headers: &mut HeaderMap, left: Left) {
    headers.insert("ratelimit-limit", HeaderValue::from(left.limit));
    headers.insert("ratelimit-remaining", HeaderValue::from(left.remaining));
    headers.insert("ratelimit-reset", HeaderValue::from(left.reset));
}
