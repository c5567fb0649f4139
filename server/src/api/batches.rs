//! Many bindings at once: in one request, or as streams of lines.

use std::sync::Arc;

use poem::{Body as Stream, Request, web::Data};
use poem_openapi::{
    ApiResponse, OpenApi,
    param::Query,
    payload::{Binary, Json},
};
use ringhook_openapi::{
    batch::{Batch, BatchItem, BatchOperation, BatchResult, BatchResults},
    bindings::Imported,
    body::{BATCH_LIMIT, Body, Lines},
    problem::{ApiProblem, FieldError},
};

use super::{Noun, bindings::Wire, export, import, paging};
use crate::{
    access::{
        Allowed,
        need::{BindingsRead, BindingsWrite},
    },
    app::App,
    domain::bindings::{self, Change, Done, Registration},
    http::request_id::RequestId,
    store::{Ts, bindings::BindingFilter},
};

pub struct Batches;

/// Operations of one batch, at most.
const OPERATIONS: usize = 1000;

/// A stream of bindings.
#[derive(ApiResponse)]
enum Exported {
    /// One binding a line, as `GET /bindings/{id}` shows it.
    #[oai(status = 200, content_type = "application/x-ndjson")]
    Lines(Binary<Stream>),
}

#[OpenApi(tag = "Noun::Bindings")]
impl Batches {
    /// Change many bindings
    ///
    /// Up to 1000 operations, done in their order. Each one's result stands at its place: the status and the binding, or
    /// the problem that kept it from being done; the others are done all the same. With `atomic=true` nothing is done
    /// when one is refused: the others then answer 424 `batch_undone`.
    ///
    /// Codes of 422: `validation_failed`. Scope: `bindings:write`.
    #[oai(path = "/bindings/batch", method = "post", operation_id = "changeBindings")]
    async fn batch(
        &self,
        auth: Allowed<BindingsWrite>,
        app: Data<&Arc<App>>,
        request: &Request,
        /// All or nothing.
        #[oai(default)]
        atomic: Query<bool>,
        body: Body<Batch, BATCH_LIMIT>,
    ) -> Result<Json<BatchResults>, ApiProblem> {
        let operations = body.0.operations;
        if operations.len() > OPERATIONS {
            let detail = format!("must have at most {OPERATIONS} members");
            return Err(ApiProblem::invalid(vec![FieldError::new("/operations", detail)]));
        }
        let now = auth.ground.clock.now();
        let read = operations.into_iter().enumerate().map(|(place, item)| {
            change(item, now).map_err(|problem| problem.under(&format!("/operations/{place}")))
        });
        let read: Vec<Result<Change, ApiProblem>> = read.collect();
        let mut done = Vec::new().into_iter();
        if !(atomic.0 && read.iter().any(Result::is_err)) {
            let changes = read.iter().filter_map(|change| change.as_ref().ok()).cloned().collect();
            done = bindings::apply(&auth.ground, auth.workspace, changes, atomic.0).await?.into_iter();
        }
        let wire = Wire::new(&app, auth.workspace).await?;
        let results = read.into_iter().enumerate().map(|(place, change)| match change {
            Err(problem) => Err(problem),
            Ok(Change::Register(_)) => (done.next().unwrap_or(Ok(Done::Deleted)))
                .map_err(|error| ApiProblem::from(error).under(&format!("/operations/{place}/binding"))),
            Ok(Change::Delete(_)) => (done.next().unwrap_or(Ok(Done::Deleted))).map_err(ApiProblem::from),
        });
        let results: Vec<Result<Done, ApiProblem>> = results.collect();
        let is_undone = atomic.0 && results.iter().any(Result::is_err);
        let refused =
            |problem: ApiProblem| BatchResult::refused(problem.with_request_id(RequestId::of(request)));
        let results = results.into_iter().map(|result| match result {
            Err(problem) => refused(problem),
            Ok(_) if is_undone => refused(ApiProblem::undone()),
            Ok(Done::Deleted) => BatchResult::deleted(),
            Ok(Done::Registered(registered)) => {
                let status = if registered.created { 201 } else { 200 };
                BatchResult::upserted(status, wire.of(registered.binding))
            }
        });
        Ok(Json(BatchResults { results: results.collect() }))
    }

    /// Export bindings
    ///
    /// All of them, or those of one account, in the order of making: one JSON object a line. `status` is the one that is
    /// stored, and `provider_id` is `null` where none is named, so that what is exported can be imported as it is.
    ///
    /// Scope: `bindings:read`.
    #[oai(path = "/bindings/export", method = "get", operation_id = "exportBindings")]
    async fn export(
        &self,
        auth: Allowed<BindingsRead>,
        account_sid: Query<Option<String>>,
    ) -> Result<Exported, ApiProblem> {
        let filter = BindingFilter { account_sid: account_sid.0, ..BindingFilter::default() };
        let bites = export::bites(auth.ground.clone(), auth.workspace, filter, Wire::stored());
        Ok(Exported::Lines(Binary(Stream::from_bytes_stream(bites))))
    }

    /// Import bindings
    ///
    /// As many lines as there are, each a binding as `POST /bindings` takes it, or as an export wrote it: then with its
    /// `status`. A line that is refused is told of, and the others are taken: the first 100 refusals are named, with the
    /// line's number, from 1. A line has at most 16 KiB. What was imported once may be imported again, and is updated.
    ///
    /// Scope: `bindings:write`.
    #[oai(path = "/bindings/import", method = "post", operation_id = "importBindings")]
    async fn import(&self, auth: Allowed<BindingsWrite>, body: Lines) -> Result<Json<Imported>, ApiProblem> {
        Ok(Json(import::import(&auth.ground, auth.workspace, body.0).await?))
    }
}

/// An operation that is well-formed.
fn change(item: BatchItem, now: Ts) -> Result<Change, ApiProblem> {
    match item.0? {
        BatchOperation::Upsert(upsert) => match Registration::check(upsert.binding, now) {
            Ok(registration) => Ok(Change::Register(Box::new(registration))),
            Err(error) => Err(ApiProblem::from(error).under("/binding")),
        },
        BatchOperation::Delete(delete) => Ok(Change::Delete(paging::id_of("binding", &delete.id)?)),
    }
}
