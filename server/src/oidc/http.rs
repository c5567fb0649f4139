//! How the provider is asked: with a limit on time and size, and without following it elsewhere.

use std::{error::Error, future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(10);
/// Largest answer, in bytes: documents and keys are a few KB.
const LIMIT: usize = 512 * 1024;

/// A client that trusts the system's authorities and `extra_ca`, in PEM.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) fn client(extra_ca: &[u8]) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .redirect(reqwest::redirect::Policy::none());
    for authority in reqwest::Certificate::from_pem_bundle(extra_ca)? {
        builder = builder.add_root_certificate(authority);
    }
    builder.build()
}

/// Why the provider gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// No connection, or too late.
    #[error("{0}")]
    Failed(#[from] reqwest::Error),
    /// More than any such answer has.
    #[error("the answer is longer than {LIMIT} bytes")]
    TooLong,
    /// Not HTTP.
    #[error("{0}")]
    Broken(#[from] http::Error),
}

/// An error with all that stands behind it: the outermost often says only that something failed.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        told = format!("{told}: {error}");
        source = error.source();
    }
    told
}

/// Asks as `openidconnect` wants it.
pub(super) struct Asker<'a>(pub &'a reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Asker<'_> {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut answer = self.0.execute(request.try_into()?).await?;
            let mut built = http::Response::builder().status(answer.status());
            for (name, value) in answer.headers() {
                built = built.header(name, value);
            }
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                if body.len() + chunk.len() > LIMIT {
                    return Err(Unanswered::TooLong);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(built.body(body)?)
        })
    }
}
