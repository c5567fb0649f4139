//! Requests that are done once, however often they are sent.

use std::time::Duration;

use super::{DomainError, Ground, Result};
use crate::{
    secrets::{self, Column, Place},
    store::{ApiKeyId, Conn, Ts, WorkspaceId, idempotency::Kept},
};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// A request that has no answer after so long was given up, by a crash or by its client.
const GIVEN_UP: Duration = Duration::from_secs(60);
/// Old answers that go in one transaction.
const BITE: i64 = 500;

/// A request under a key.
#[derive(Debug, Clone)]
pub struct Request {
    workspace: WorkspaceId,
    key_hash: Vec<u8>,
    request_hash: Vec<u8>,
}

impl Request {
    /// `target` is path and query. Keys are apart for each API key: another one may not be allowed what this one is.
    pub fn new(workspace: WorkspaceId, by: ApiKeyId, key: &str, target: &str, body: &[u8]) -> Self {
        let body = secrets::hash_bytes(body);
        let mut request = target.as_bytes().to_vec();
        request.push(0);
        request.extend(body);
        Self {
            workspace,
            key_hash: secrets::hash(&format!("{by} {key}")),
            request_hash: secrets::hash_bytes(&request),
        }
    }

    fn place(&self) -> Place<'_> {
        Place { column: Column::IdempotentAnswer, workspace: self.workspace.0, row: &self.key_hash }
    }
}

/// Whether a request is to be done.
pub enum Claim {
    /// It is, by whom asked.
    Granted,
    /// It was, and this was the answer.
    Done {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// Somebody is about to.
    Busy,
    /// The key is of another request, or its answer cannot be given again.
    Refused(DomainError),
}

/// Claims a request.
///
/// # Errors
/// When the database fails.
pub async fn claim(ground: &Ground, asked: &Request) -> Result<Claim> {
    let (now, request) = (ground.clock.now(), asked.clone());
    let known = ground.write(asked.workspace, async move |conn: &mut Conn| {
        let (workspace, key) = (request.workspace, &request.key_hash);
        conn.idempotency_forget(workspace, key, before(now, KEPT), before(now, GIVEN_UP)).await?;
        match conn.idempotency_claim(workspace, key, &request.request_hash, now).await? {
            true => Ok((true, None)),
            false => Ok((false, conn.idempotency(workspace, key).await?)),
        }
    });
    match known.await? {
        (true, _) => Ok(Claim::Granted),
        (false, Some(known)) => judge(ground, asked, known),
        // Whoever had it gave it back in this moment. Who asks again may claim it.
        (false, None) => Ok(Claim::Busy),
    }
}

fn judge(ground: &Ground, asked: &Request, known: Kept) -> Result<Claim> {
    let refused = |code, detail: &str| Claim::Refused(DomainError::Conflict { code, detail: detail.into() });
    if known.request_hash != asked.request_hash {
        let detail = "This `Idempotency-Key` was used for another request; take a new one for a new request.";
        return Ok(refused("idempotency_key_reused", detail));
    }
    let Some(status) = known.status else { return Ok(Claim::Busy) };
    let Some(sealed) = known.answer else {
        let detail =
            "It was done, and its answer showed a secret, which is not kept and cannot be shown again.";
        return Ok(refused("answer_not_kept", detail));
    };
    let body = ground.keyring.open(asked.place(), &sealed)?.to_vec();
    Ok(Claim::Done { status: u16::try_from(status).unwrap_or_default(), body })
}

/// Keeps the answer of a claimed request; `None` for one that showed a secret.
///
/// # Errors
/// When the database fails.
pub async fn keep(ground: &Ground, asked: &Request, status: u16, body: Option<&[u8]>) -> Result<()> {
    let sealed = body.map(|body| ground.keyring.seal(asked.place(), body)).transpose()?;
    let (workspace, asked) = (asked.workspace, asked.clone());
    let keep = async move |conn: &mut Conn| {
        let status = i32::from(status);
        Ok(conn.idempotency_keep(asked.workspace, &asked.key_hash, status, sealed.as_deref()).await?)
    };
    ground.write(workspace, keep).await
}

/// Gives a claim back: the request was not done.
///
/// # Errors
/// When the database fails.
pub async fn release(ground: &Ground, asked: &Request) -> Result<()> {
    let (workspace, asked) = (asked.workspace, asked.clone());
    let release =
        async move |conn: &mut Conn| Ok(conn.idempotency_release(workspace, &asked.key_hash).await?);
    ground.write(workspace, release).await
}

/// Deletes what is kept no longer.
///
/// # Errors
/// When the database fails: then the next round goes on.
pub async fn prune(ground: &Ground) -> Result<()> {
    let old = before(ground.clock.now(), KEPT);
    while ground.write_across(async move |conn| Ok(conn.idempotency_prune(old, BITE).await?)).await? > 0 {}
    Ok(())
}

fn before(now: Ts, span: Duration) -> Ts {
    let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Ts::from_micros(now.micros().saturating_sub(micros))
}
