//! Browsers that people are logged in with. A session is known by the hash of its cookie's token.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{
    Across, Result, SessionId, Ts, UserId,
    connection::run,
    schema::{sessions, users},
    users::User,
};

/// A session; `device` and `address` are for its owner to recognise it by.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub token_hash: Vec<u8>,
    pub device: String,
    pub address: String,
    pub created_at: Ts,
    pub last_seen_at: Ts,
    pub expires_at: Ts,
}

impl Across {
    pub async fn session_insert(&mut self, row: &Session) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(sessions::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// Whose session this is: a look-up that knows nobody yet.
    pub async fn session_by_hash(&mut self, hash: &[u8]) -> Result<Option<(Session, User)>> {
        run!(self, |c| {
            let query = sessions::table
                .inner_join(users::table.on(users::id.eq(sessions::user_id)))
                .filter(sessions::token_hash.eq(hash))
                .select((Session::as_select(), User::as_select()));
            Ok(query.first(c).await.optional()?)
        })
    }

    /// This person's sessions, the one used last first.
    pub async fn sessions_of(&mut self, user: UserId) -> Result<Vec<Session>> {
        run!(self, |c| {
            let query = sessions::table.filter(sessions::user_id.eq(user)).select(Session::as_select());
            Ok(query.order(sessions::last_seen_at.desc()).load(c).await?)
        })
    }

    pub async fn session_seen(&mut self, id: SessionId, at: Ts) -> Result<()> {
        run!(self, |c| {
            let found = sessions::table.find(id).filter(sessions::last_seen_at.lt(at));
            diesel::update(found).set(sessions::last_seen_at.eq(at)).execute(c).await?;
            Ok(())
        })
    }

    pub async fn session_delete(&mut self, user: UserId, id: SessionId) -> Result<bool> {
        run!(self, |c| {
            let found = sessions::table.find(id).filter(sessions::user_id.eq(user));
            Ok(diesel::delete(found).execute(c).await? > 0)
        })
    }

    /// Ends every session of this person but `keep`; how many.
    pub async fn sessions_delete(&mut self, user: UserId, keep: Option<SessionId>) -> Result<usize> {
        run!(self, |c| {
            let mut query = diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).into_boxed();
            if let Some(keep) = keep {
                query = query.filter(sessions::id.ne(keep));
            }
            Ok(query.execute(c).await?)
        })
    }

    /// Removes sessions that have ended: by their age, or unused since `idle_since`.
    pub async fn sessions_prune(&mut self, now: Ts, idle_since: Ts) -> Result<usize> {
        run!(self, |c| {
            let ended = sessions::expires_at.le(now).or(sessions::last_seen_at.lt(idle_since));
            Ok(diesel::delete(sessions::table.filter(ended)).execute(c).await?)
        })
    }
}
