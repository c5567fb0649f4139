//! What a workspace is called, and the part of its paths. Links with one of the last five still lead to it.

use super::{found, newly_named, told};
use crate::{
    domain::{DomainError, Ground, Result, audit::Action, checks::Faults},
    store::{StoreError, WorkspaceId, workspaces::Workspace},
};

/// Characters of a slug.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=40;
/// Former slugs that lead to one workspace, at most: nobody hoards them.
const FORMER: usize = 5;
const RULE: &str =
    "must have 3 to 40 of the characters a-z, 0-9 and -, and begin and end with a letter or digit";

fn is_slug(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    LENGTH.contains(&text.len()) && text.bytes().all(known) && !text.starts_with('-') && !text.ends_with('-')
}

fn taken() -> DomainError {
    DomainError::invalid("/slug", "is another workspace’s; choose another")
}

/// Gives the workspace a name and a slug.
///
/// # Errors
/// [`DomainError::Invalid`] at `/name` or `/slug`.
pub async fn rename(ground: &Ground, workspace: WorkspaceId, name: &str, slug: &str) -> Result<Workspace> {
    let (name, slug) = (name.trim().to_owned(), slug.trim().to_owned());
    let mut faults = Faults::default();
    faults.name("/name", &name);
    faults.check(is_slug(&slug), "/slug", RULE);
    faults.none()?;
    let (now, acting) = (ground.clock.now(), ground.clone());
    // Across workspaces: a slug leads to one of them all.
    let write = ground.write_across(async move |conn| {
        // First of all: it makes whoever else changes this workspace's set-up wait.
        conn.workspace_revise(workspace).await?;
        // Two workspaces may want one slug at once.
        conn.lock("slugs").await?;
        let mut row = found(conn, workspace).await?;
        let before = told(&row);
        newly_named(&row, &name)?;
        if conn.slug_is_anothers(workspace, &slug).await? {
            return Err(taken());
        }
        if slug != row.slug {
            conn.former_slug_delete(workspace, &slug).await?;
            conn.former_slug_insert(workspace, &row.slug, now).await?;
            for oldest in conn.former_slugs(workspace).await?.iter().skip(FORMER) {
                conn.former_slug_delete(workspace, oldest).await?;
            }
        }
        (row.name, row.slug, row.updated_at) = (name, slug, now);
        conn.workspace_update(&row).await?;
        let entry = acting.entry(Some(workspace), Action::WorkspaceRenamed, &row.name);
        conn.audit_insert(&entry.with(before.changes(&told(&row)))).await?;
        Ok(row)
    });
    match write.await {
        Err(DomainError::Store(StoreError::Conflict(_))) => Err(taken()),
        renamed => renamed,
    }
}
