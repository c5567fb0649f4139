//! A workspace's own settings.

mod rename;

pub use rename::rename;
use ringhook_openapi::workspace::WorkspacePatch;
use serde_json::json;

use super::{DomainError, Ground, Result, audit::Action, checks::Faults, facts::Facts};
use crate::store::{Conn, Ts, Word, WorkspaceId, workspaces::Workspace};

/// Latest moment of an answer, in milliseconds: Twilio gives up after 15 s.
const ANSWER_WITHIN_MS: u32 = 10_000;
/// Shortest and longest ring lifetime, in seconds.
const RING_TTL_SECONDS: std::ops::RangeInclusive<u32> = 5..=120;
/// Days for which the log is kept.
const RETENTION_DAYS: std::ops::RangeInclusive<u32> = 1..=365;
/// Longest name of a time zone, in characters.
const TIME_ZONE_LIMIT: usize = 64;

/// The settings.
///
/// # Errors
/// [`DomainError::NotFound`] when the workspace is gone.
pub async fn get(ground: &Ground, workspace: WorkspaceId) -> Result<Workspace> {
    found(&mut *ground.store.read(workspace).await?, workspace).await
}

async fn found(conn: &mut Conn, workspace: WorkspaceId) -> Result<Workspace> {
    conn.workspace(workspace).await?.ok_or(DomainError::NotFound("workspace"))
}

/// Changes settings: what the patch leaves out stays. In force from the next call on.
///
/// # Errors
/// [`DomainError::Invalid`] for members out of their limits.
pub async fn patch(ground: &Ground, workspace: WorkspaceId, patch: WorkspacePatch) -> Result<Workspace> {
    check(&patch)?;
    let (now, acting) = (ground.clock.now(), ground.clone());
    let change = ground.write(workspace, async move |conn| {
        // First of all: it makes whoever else changes this workspace's set-up wait.
        conn.workspace_revise(workspace).await?;
        let mut row = found(conn, workspace).await?;
        let before = told(&row);
        if let Some(name) = &patch.name {
            newly_named(&row, name.trim())?;
        }
        apply(&mut row, patch, now);
        conn.workspace_update(&row).await?;
        let entry = acting.entry(Some(workspace), Action::SettingsChanged, &row.name);
        conn.audit_insert(&entry.with(before.changes(&told(&row)))).await?;
        Ok(row)
    });
    change.await
}

/// Whether a workspace may have this name from now on; one that it has already stays.
fn newly_named(row: &Workspace, name: &str) -> Result<()> {
    let mut faults = Faults::default();
    if name != row.name {
        faults.workspace_name("/name", name);
    }
    faults.none()
}

/// What the audit log tells of it.
fn told(row: &Workspace) -> Facts {
    Facts::new(json!({
        "name": row.name,
        "slug": row.slug,
        "answer": row.answer.0.as_str(),
        "answer_within_ms": row.answer_within_ms,
        "ring_ttl_seconds": row.ring_ttl_seconds,
        "retention_days": row.retention_days,
        "time_zone": row.time_zone,
    }))
}

fn apply(row: &mut Workspace, patch: WorkspacePatch, now: Ts) {
    let set = |column: &mut i32, given: Option<u32>| {
        if let Some(given) = given.and_then(|given| i32::try_from(given).ok()) {
            *column = given;
        }
    };
    set(&mut row.answer_within_ms, patch.answer_within_ms);
    set(&mut row.ring_ttl_seconds, patch.ring_ttl_seconds);
    set(&mut row.retention_days, patch.retention_days);
    if let Some(name) = patch.name {
        row.name = name.trim().to_owned();
    }
    if let Some(answer) = patch.answer {
        row.answer = Word(answer);
    }
    if let Some(zone) = patch.time_zone {
        row.time_zone = zone;
    }
    row.updated_at = now;
}

fn check(patch: &WorkspacePatch) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(name) = &patch.name {
        faults.name("/name", name);
    }
    let limits = [
        ("/answer_within_ms", patch.answer_within_ms, 0..=ANSWER_WITHIN_MS),
        ("/ring_ttl_seconds", patch.ring_ttl_seconds, RING_TTL_SECONDS),
        ("/retention_days", patch.retention_days, RETENTION_DAYS),
    ];
    for (pointer, given, limits) in limits {
        let holds = given.is_none_or(|given| limits.contains(&given));
        faults.check(holds, pointer, format!("must be {} to {}", limits.start(), limits.end()));
    }
    let zone = patch.time_zone.as_deref().is_none_or(is_time_zone);
    faults.check(zone, "/time_zone", "must be an IANA name such as UTC or Europe/Berlin");
    faults.none()
}

/// Whether a text has the shape of an IANA name (<https://data.iana.org/time-zones/theory.html#naming>); which names
/// there are changes several times a year, so that is left to whoever shows a time.
fn is_time_zone(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
    let part = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.chars().all(known);
    text.len() <= TIME_ZONE_LIMIT && text.split('/').count() <= 3 && text.split('/').all(part)
}

#[cfg(test)]
mod tests;
