//! People's accounts.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{Across, Result, Ts, UserId, connection::run, schema::users};

/// A person. `email` is canonical (lower case, ASCII), so that it is unique as people understand it. `totp_step` is the
/// last time step (RFC 6238) whose code was taken.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub email_verified_at: Option<Ts>,
    pub password_hash: Option<String>,
    pub totp_secret: Option<Vec<u8>>,
    pub totp_step: i64,
    pub disabled_at: Option<Ts>,
    pub created_at: Ts,
    pub updated_at: Ts,
}

impl Across {
    pub async fn user_insert(&mut self, row: &User) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(users::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    pub async fn user(&mut self, id: UserId) -> Result<Option<User>> {
        run!(self, |c| {
            let query = users::table.find(id).select(User::as_select());
            Ok(query.first(c).await.optional()?)
        })
    }

    pub async fn user_by_email(&mut self, email: &str) -> Result<Option<User>> {
        run!(self, |c| {
            let query = users::table.filter(users::email.eq(email)).select(User::as_select());
            Ok(query.first(c).await.optional()?)
        })
    }

    /// Keeps all of `row` but its authenticator, which has changes of its own.
    pub async fn user_update(&mut self, row: &User) -> Result<bool> {
        run!(self, |c| {
            let set = (
                users::email.eq(&row.email),
                users::email_verified_at.eq(row.email_verified_at),
                users::password_hash.eq(&row.password_hash),
                users::disabled_at.eq(row.disabled_at),
                users::updated_at.eq(row.updated_at),
            );
            Ok(diesel::update(users::table.find(row.id)).set(set).execute(c).await? > 0)
        })
    }

    /// Sets this person's authenticator, whose code of `step` is taken; `false` when there is one already.
    pub async fn user_totp_add(&mut self, id: UserId, sealed: &[u8], step: i64, now: Ts) -> Result<bool> {
        run!(self, |c| {
            let found = users::table.find(id).filter(users::totp_secret.is_null());
            let set = (users::totp_secret.eq(sealed), users::totp_step.eq(step), users::updated_at.eq(now));
            Ok(diesel::update(found).set(set).execute(c).await? > 0)
        })
    }

    /// Takes this person's authenticator away; `false` when there is none.
    pub async fn user_totp_remove(&mut self, id: UserId, now: Ts) -> Result<bool> {
        run!(self, |c| {
            let found = users::table.find(id).filter(users::totp_secret.is_not_null());
            let set = (users::totp_secret.eq(None::<Vec<u8>>), users::updated_at.eq(now));
            Ok(diesel::update(found).set(set).execute(c).await? > 0)
        })
    }

    /// A better hash of the same password, unless the password was changed meanwhile.
    pub async fn user_rehash(&mut self, id: UserId, from: &str, to: &str) -> Result<()> {
        run!(self, |c| {
            let found = users::table.find(id).filter(users::password_hash.eq(from));
            diesel::update(found).set(users::password_hash.eq(to)).execute(c).await?;
            Ok(())
        })
    }

    /// Takes a time step of this person's authenticator; `false` when it, or a later one, was taken before.
    pub async fn user_totp_take(&mut self, id: UserId, step: i64) -> Result<bool> {
        run!(self, |c| {
            let found = users::table.find(id).filter(users::totp_step.lt(step));
            Ok(diesel::update(found).set(users::totp_step.eq(step)).execute(c).await? > 0)
        })
    }

    /// Every person, by address.
    pub async fn users(&mut self) -> Result<Vec<User>> {
        run!(self, |c| Ok(users::table.select(User::as_select()).order(users::email).load(c).await?))
    }

    pub async fn user_delete(&mut self, id: UserId) -> Result<bool> {
        run!(self, |c| Ok(diesel::delete(users::table.find(id)).execute(c).await? > 0))
    }
}
