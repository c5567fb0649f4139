//! The fields of a form.

use poem::{
    FromRequest, Request, RequestBody, Response, Result,
    http::{StatusCode, header},
};
use ringhook_web::pages::Errors;
use serde::de::DeserializeOwned;

use crate::{
    domain::DomainError,
    http::page::{nothing_here, server_fault},
};

/// Largest form, in bytes, where none says otherwise.
const USUAL: usize = 64 * 1024;

/// A form's fields; a field that is missing is empty (`#[serde(default)]`), so that its rule can say what it needs.
/// At most `LIMIT` bytes.
pub struct Fields<T, const LIMIT: usize = USUAL>(pub T);

impl<'a, T: DeserializeOwned, const LIMIT: usize> FromRequest<'a> for Fields<T, LIMIT> {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_form = kind.and_then(|kind| kind.split(';').next()).is_some_and(|kind| kind.trim() == FORM);
        if !is_form {
            return Err(poem::Error::from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = body.take()?.into_bytes_limit(LIMIT).await?;
        let fields = serde_urlencoded::from_bytes(&bytes);
        fields.map(Self).map_err(|_| poem::Error::from_status(StatusCode::BAD_REQUEST))
    }
}

/// The errors that a form can show; what no form can show is an answer of its own.
///
/// # Errors
/// The page for what is not there, or failed.
#[expect(clippy::result_large_err, reason = "an answer on its way out, made once a request")]
pub fn errors_of(error: DomainError) -> std::result::Result<Errors, Response> {
    let field = |pointer: &str| pointer.trim_start_matches('/').to_owned();
    match error {
        DomainError::Invalid(faults) => {
            Ok(faults.into_iter().map(|fault| (field(&fault.pointer), fault.detail)).collect())
        }
        DomainError::Unprocessable { fault, .. } => Ok(Errors::one(&field(&fault.pointer), fault.detail)),
        DomainError::Conflict { detail, .. } => Ok(Errors::one("form", detail)),
        DomainError::NotFound(_) => Err(nothing_here()),
        DomainError::Failed(_) | DomainError::Store(_) | DomainError::Seal(_) => {
            tracing::error!(%error, "a page failed");
            Err(server_fault())
        }
    }
}

/// The page of an error where no form is.
pub fn refusal(error: DomainError) -> Response {
    match errors_of(error) {
        Ok(_) => nothing_here(),
        Err(response) => response,
    }
}
