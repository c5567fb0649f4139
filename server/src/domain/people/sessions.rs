//! Sessions: a browser that somebody is logged in with, until it is idle for a week, a month old, or ended.

use std::time::Duration;

use crate::{
    domain::{DomainError, Ground, Result, audit::Action},
    secrets,
    store::{SessionId, Ts, sessions::Session, users::User},
};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Unused for this long, a session ends.
pub const IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
/// This old, it ends however much it is used.
pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);
/// How exactly its last use is known.
const SEEN_EVERY: Duration = Duration::from_secs(60);
/// Longest description of a device that is kept, in characters.
const DEVICE_LIMIT: usize = 200;

/// From where somebody asks.
#[derive(Debug, Clone)]
pub struct From {
    /// The `User-Agent`, as sent.
    pub device: String,
    /// The address.
    pub address: String,
}

/// Opens a session; its token, for the cookie. A session that the browser had before ends: nobody can plant one.
///
/// # Errors
/// When the database fails.
pub async fn open(ground: &Ground, user: &User, from: From, earlier: Option<&str>) -> Result<String> {
    let (now, token) = (ground.clock.now(), secrets::token(""));
    let row = Session {
        id: SessionId::new(now),
        user_id: user.id,
        token_hash: secrets::hash(&token),
        device: from.device.chars().take(DEVICE_LIMIT).collect(),
        address: from.address,
        created_at: now,
        last_seen_at: now,
        expires_at: now + LONGEST,
    };
    let entry = ground.entry(None, Action::LoggedIn, &user.email).of(user.id);
    let earlier = earlier.map(secrets::hash);
    let write = ground.write_across(async move |conn| {
        if let Some(hash) = earlier
            && let Some((session, user)) = conn.session_by_hash(&hash).await?
        {
            conn.session_delete(user.id, session.id).await?;
        }
        conn.session_insert(&row).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await?;
    Ok(token)
}

/// Whose session this token is of, if it still holds; notes the use beside.
///
/// # Errors
/// When the database fails.
pub async fn find(ground: &Ground, token: &str) -> Result<Option<(Session, User)>> {
    let found = ground.store.engine().read().await?.session_by_hash(&secrets::hash(token)).await?;
    let now = ground.clock.now();
    let held = found.filter(|(session, user)| holds(session, now) && user.disabled_at.is_none());
    if let Some((session, _)) = &held
        && session.last_seen_at + SEEN_EVERY <= now
    {
        let (ground, id) = (ground.clone(), session.id);
        tokio::spawn(async move {
            let noted = ground.store.engine().write(async move |conn| conn.session_seen(id, now).await).await;
            if let Err(error) = noted {
                tracing::warn!(%error, session = %id, "the use of a session could not be noted");
            }
        });
    }
    Ok(held)
}

/// Whether there is a session of this token's hash still, to go on with what it began.
///
/// # Errors
/// When the database fails.
pub async fn is_open(ground: &Ground, hash: &[u8]) -> Result<bool> {
    Ok(ground.store.engine().read().await?.session_by_hash(hash).await?.is_some())
}

fn holds(session: &Session, now: Ts) -> bool {
    session.expires_at > now && session.last_seen_at + IDLE > now
}

/// This person's sessions that hold, the one used last first.
///
/// # Errors
/// When the database fails.
pub async fn of(ground: &Ground, user: &User) -> Result<Vec<Session>> {
    let now = ground.clock.now();
    let found = ground.store.engine().read().await?.sessions_of(user.id).await?;
    Ok(found.into_iter().filter(|session| holds(session, now)).collect())
}

/// Ends one of this person's sessions.
///
/// # Errors
/// [`DomainError::NotFound`] when it is another's, or has ended.
pub async fn end(ground: &Ground, user: &User, id: SessionId) -> Result<()> {
    let user = user.id;
    match ground.write_across(async move |conn| Ok(conn.session_delete(user, id).await?)).await? {
        true => Ok(()),
        false => Err(DomainError::NotFound("session")),
    }
}

/// Ends every session of this person but `keep`.
///
/// # Errors
/// When the database fails.
pub async fn end_others(ground: &Ground, user: &User, keep: SessionId) -> Result<()> {
    let entry = ground.entry(None, Action::SessionsEnded, &user.email).of(user.id);
    let user = user.id;
    let write = ground.write_across(async move |conn| {
        conn.sessions_delete(user, Some(keep)).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// Removes what has ended: sessions at once, tickets a day later.
///
/// # Errors
/// When the database fails.
pub async fn prune(ground: &Ground) -> Result<()> {
    let now = ground.clock.now();
    let (idle_since, day_ago) = (now - IDLE, now - DAY);
    let write = ground.write_across(async move |conn| {
        conn.sessions_prune(now, idle_since).await?;
        conn.tickets_prune(day_ago).await?;
        Ok(())
    });
    write.await
}
