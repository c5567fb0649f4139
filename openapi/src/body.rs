//! Request bodies: limited in size, JSON by their content type, and refused with problems that name the field.

use poem::{Request, RequestBody, Result, error::ReadBodyError};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};
use serde::de::DeserializeOwned;

use crate::{json, problem::ApiProblem};

/// The most bytes that a body may have, unless its endpoint says otherwise.
pub const BODY_LIMIT: usize = 256 * 1024;

/// The most bytes of a batch: 1000 operations with room for long Web Push endpoints.
pub const BATCH_LIMIT: usize = 4 * 1024 * 1024;

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// A JSON body of at most `LIMIT` bytes.
///
/// Answers 413 for a larger one, 415 for another media type, 400 for what is not JSON and 422, with the pointer, for a
/// field that is missing, unknown or of the wrong type.
#[derive(Debug)]
pub struct Body<T, const LIMIT: usize = BODY_LIMIT>(pub T);

/// A JSON merge patch (RFC 7396), as `application/merge-patch+json` or `application/json`; refuses as [`Body`] does.
#[derive(Debug)]
pub struct PatchBody<T>(pub T);

/// A JSON body that may be left out: then it is `T::default()`. Refuses as [`Body`] does.
#[derive(Debug)]
pub struct OptionalBody<T>(pub T);

/// Lines of JSON (<https://github.com/ndjson/ndjson-spec>), to be read as they come; answers 415 for another media type.
#[derive(Debug)]
pub struct Lines(pub poem::Body);

impl<'a> ApiExtractor<'a> for Lines {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let schema = String::schema_ref();
        let content = vec![MetaMediaType { content_type: NDJSON, schema }];
        Some(MetaRequest { description: Some("One object a line."), content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        check_type(request, &[NDJSON])?;
        Ok(Self(body.take()?))
    }
}

/// Implements a request body for a payload: what it accepts, whether it must be there, and how it is read.
macro_rules! request_body {
    ([$($generics:tt)*] $payload:ty, $types:expr, $required:literal, $read:expr) => {
        impl<'a, $($generics)*> ApiExtractor<'a> for $payload {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                T::register(registry);
            }

            fn request_meta() -> Option<MetaRequest> {
                Some(described::<T>($types, $required))
            }

            async fn from_request(
                request: &'a Request,
                body: &mut RequestBody,
                _options: ExtractParamOptions<()>,
            ) -> Result<Self> {
                Ok(Self($read(request, body).await?))
            }
        }
    };
}

request_body!([T: Type + DeserializeOwned, const LIMIT: usize] Body<T, LIMIT>, &[JSON], true, read::<T, LIMIT>);
request_body!([T: Type + DeserializeOwned] PatchBody<T>, &[MERGE_PATCH, JSON], true, read_patch::<T>);
request_body!([T: Type + DeserializeOwned + Default] OptionalBody<T>, &[JSON], false, read_optional::<T>);

fn described<T: Type>(types: &[&'static str], required: bool) -> MetaRequest {
    let content =
        types.iter().map(|content_type| MetaMediaType { content_type, schema: T::schema_ref() }).collect();
    MetaRequest { description: None, content, required }
}

async fn read<T: DeserializeOwned, const LIMIT: usize>(
    request: &Request,
    body: &mut RequestBody,
) -> Result<T> {
    check_type(request, &[JSON])?;
    Ok(json::read(&bytes(body, LIMIT).await?)?)
}

async fn read_patch<T: DeserializeOwned>(request: &Request, body: &mut RequestBody) -> Result<T> {
    check_type(request, &[MERGE_PATCH, JSON])?;
    Ok(json::read(&bytes(body, BODY_LIMIT).await?)?)
}

async fn read_optional<T: DeserializeOwned + Default>(
    request: &Request,
    body: &mut RequestBody,
) -> Result<T> {
    let bytes = bytes(body, BODY_LIMIT).await?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    check_type(request, &[JSON])?;
    Ok(json::read(&bytes)?)
}

/// Compares the media type alone: JSON is UTF-8 whatever the parameters say (RFC 8259, section 8.1).
fn check_type(request: &Request, accepted: &[&str]) -> Result<(), ApiProblem> {
    let given = request.content_type().and_then(|value| value.split(';').next()).map(str::trim);
    match given {
        Some(given) if accepted.iter().any(|accepted| given.eq_ignore_ascii_case(accepted)) => Ok(()),
        _ => Err(ApiProblem::other_media_type_than(accepted)),
    }
}

async fn bytes(body: &mut RequestBody, limit: usize) -> Result<impl std::ops::Deref<Target = [u8]>> {
    match body.take()?.into_bytes_limit(limit).await {
        Ok(bytes) => Ok(bytes),
        Err(ReadBodyError::PayloadTooLarge) => Err(ApiProblem::too_large(limit).into()),
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests;
