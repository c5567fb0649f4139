//! Many changes of bindings in one transaction: as one by one in their order, but for a few round trips.

use std::sync::Arc;

use ringhook_openapi::bindings::NewBinding;

use super::{Registered, Registration, lock, lock_all, set_up::SetUp, shelf::Shelf};
use crate::{
    domain::{DomainError, Ground, Result, quotas},
    store::{BindingId, Conn, StoreError, Ts, WorkspaceId},
};

/// One change.
#[derive(Debug, Clone)]
pub enum Change {
    /// Create or update.
    Register(Box<Registration>),
    /// Delete.
    Delete(BindingId),
}

/// What became of a change.
#[derive(Debug, Clone)]
pub enum Done {
    /// It was created or updated.
    Registered(Box<Registered>),
    /// It is gone.
    Deleted,
}

/// Creates a binding or, when its address or its device is known, updates the one that is there.
///
/// # Errors
/// [`DomainError::Invalid`] for members that cannot be taken, 422 `account_not_connected` and `no_provider`, 409
/// `quota_reached`.
pub async fn register(ground: &Ground, workspace: WorkspaceId, new: NewBinding) -> Result<Registered> {
    one(ground, workspace, Registration::check(new, ground.clock.now())?).await
}

/// The same, by the device itself: another user's device of the same id is left alone.
///
/// # Errors
/// As [`register`].
pub async fn register_own(ground: &Ground, workspace: WorkspaceId, new: NewBinding) -> Result<Registered> {
    one(ground, workspace, Registration::check(new, ground.clock.now())?.by_device()).await
}

async fn one(ground: &Ground, workspace: WorkspaceId, registration: Registration) -> Result<Registered> {
    let now = ground.clock.now();
    let register = ground.write_again(workspace, || {
        let (registration, ground) = (registration.clone(), ground.clone());
        async move |conn: &mut Conn| {
            let device = registration.device_id.as_deref();
            lock(conn, workspace, registration.scope(), &registration.address_hash, device).await?;
            let change = Change::Register(Box::new(registration));
            let mut done =
                changed(&ground, conn, workspace, std::slice::from_ref(&change), now, true).await?;
            match done.pop() {
                Some(Ok(Done::Registered(registered))) => Ok(*registered),
                Some(Err(refused)) => Err(refused),
                Some(Ok(Done::Deleted)) | None => {
                    Err(DomainError::Failed("a registration had no end".into()))
                }
            }
        }
    });
    register.await
}

/// Does all changes in their order, and says of each what became of it. With `all_or_nothing`, nothing is done when one
/// is refused.
///
/// # Errors
/// When the database fails: then nothing is done.
pub async fn apply(
    ground: &Ground,
    workspace: WorkspaceId,
    changes: Vec<Change>,
    all_or_nothing: bool,
) -> Result<Vec<Result<Done>>> {
    let (now, changes) = (ground.clock.now(), Arc::new(changes));
    let at_once = ground.write_again(workspace, || {
        let (changes, ground) = (changes.clone(), ground.clone());
        async move |conn: &mut Conn| {
            lock_all(conn, workspace).await?;
            changed(&ground, conn, workspace, &changes, now, all_or_nothing).await
        }
    });
    match at_once.await {
        // An address may have passed from one to another and on among these changes, in a way that no single statement
        // can write.
        Err(DomainError::Store(StoreError::Conflict(_))) => {
            one_by_one(ground, workspace, changes, now, all_or_nothing).await
        }
        other => other,
    }
}

/// To be told after very many were made, and how many.
///
/// # Errors
/// When the database fails.
pub async fn measure(ground: &Ground, made: u64) -> Result<()> {
    let made = i64::try_from(made).unwrap_or(i64::MAX);
    Ok(ground.store.owner().write(async move |conn| conn.bindings_measure(made).await).await?)
}

async fn one_by_one(
    ground: &Ground,
    workspace: WorkspaceId,
    changes: Arc<Vec<Change>>,
    now: Ts,
    all_or_nothing: bool,
) -> Result<Vec<Result<Done>>> {
    let acting = ground.clone();
    let write = ground.write(workspace, async move |conn: &mut Conn| {
        lock_all(conn, workspace).await?;
        if all_or_nothing {
            // What is refused is refused before anything is written.
            let tried = decided(&acting, conn, workspace, &changes, now).await?.1;
            if tried.iter().any(Result::is_err) {
                return Ok(tried);
            }
        }
        let mut done = Vec::with_capacity(changes.len());
        for change in changes.iter() {
            done.extend(changed(&acting, conn, workspace, std::slice::from_ref(change), now, false).await?);
        }
        Ok(done)
    });
    write.await
}

/// Does the changes within the caller's transaction, who holds the locks.
async fn changed(
    ground: &Ground,
    conn: &mut Conn,
    workspace: WorkspaceId,
    changes: &[Change],
    now: Ts,
    all_or_nothing: bool,
) -> Result<Vec<Result<Done>>> {
    let (shelf, done) = decided(ground, conn, workspace, changes, now).await?;
    if !(all_or_nothing && done.iter().any(Result::is_err)) {
        shelf.write(conn, workspace).await?;
    }
    Ok(done)
}

/// What becomes of each change, and the bindings as they then are; nothing is written yet.
async fn decided(
    ground: &Ground,
    conn: &mut Conn,
    workspace: WorkspaceId,
    changes: &[Change],
    now: Ts,
) -> Result<(Shelf, Vec<Result<Done>>)> {
    let registrations = || {
        changes.iter().filter_map(|change| match change {
            Change::Register(registration) => Some(&**registration),
            Change::Delete(_) => None,
        })
    };
    let deletions: Vec<BindingId> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Register(_) => None,
            Change::Delete(id) => Some(*id),
        })
        .collect();
    let set_up = SetUp::load(conn, workspace, registrations().map(|one| one.scope().0)).await?;
    let mut shelf = Shelf::load(conn, workspace, registrations(), &deletions).await?;
    let done = in_order(changes, &mut shelf, &set_up, workspace, now, None);
    let is_new = |done: &&Result<Done>| matches!(done, Ok(Done::Registered(one)) if one.created);
    let new = done.iter().filter(is_new).count();
    let mut room = quotas::Room::for_bindings(ground, conn, workspace, new).await?;
    if room.holds(new) {
        return Ok((shelf, done));
    }
    let mut shelf = Shelf::load(conn, workspace, registrations(), &deletions).await?;
    let done = in_order(changes, &mut shelf, &set_up, workspace, now, Some(&mut room));
    Ok((shelf, done))
}

/// Changes what is on the shelf, one after the other.
fn in_order(
    changes: &[Change],
    shelf: &mut Shelf,
    set_up: &SetUp,
    workspace: WorkspaceId,
    now: Ts,
    mut room: Option<&mut quotas::Room>,
) -> Vec<Result<Done>> {
    let done = changes.iter().map(|change| match change {
        Change::Delete(id) => match shelf.delete(*id) {
            true => Ok(Done::Deleted),
            false => Err(DomainError::NotFound("binding")),
        },
        Change::Register(registration) => {
            set_up.check_account(registration.scope().0)?;
            set_up.check_provider(registration.scope().1, registration.provider_id)?;
            if let Some(room) = &mut room
                && shelf.is_new(registration)
            {
                room.take()?;
            }
            Ok(Done::Registered(Box::new(shelf.register(registration, workspace, now))))
        }
    });
    done.collect()
}
