//! Links and steps that work once: each is known by the hash of its token, has one purpose and an end.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{Across, Result, TicketId, Ts, UserId, Word, connection::run, schema::tickets};

ringhook_openapi::words! {
    /// What a ticket is good for; it is good for nothing else.
    Purpose {
        /// Proves the address of a sign-up.
        SignUp = "sign_up",
        /// Sets a new password.
        ResetPassword = "reset_password",
        /// Proves a new address.
        ChangeEmail = "change_email",
        /// A password held, and a second factor is due.
        SecondFactor = "second_factor",
        /// An authenticator app is being set up.
        TotpSetUp = "totp_set_up",
        /// A person is at the OpenID provider.
        Oidc = "oidc",
        /// A passkey is being asked for.
        PasskeyLogin = "passkey_login",
        /// A passkey is being made.
        PasskeySetUp = "passkey_set_up",
    }
}

/// A ticket; `data` is sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = tickets, treat_none_as_default_value = false)]
pub struct Ticket {
    pub id: TicketId,
    pub purpose: Word<Purpose>,
    pub user_id: Option<UserId>,
    pub email: Option<String>,
    pub token_hash: Vec<u8>,
    pub data: Vec<u8>,
    pub tries: i32,
    pub created_at: Ts,
    pub expires_at: Ts,
    pub used_at: Option<Ts>,
}

impl Across {
    pub async fn ticket_insert(&mut self, row: &Ticket) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(tickets::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// The ticket of this token, if it still works.
    pub async fn ticket(&mut self, purpose: Purpose, hash: &[u8], now: Ts) -> Result<Option<Ticket>> {
        run!(self, |c| {
            let works = tickets::used_at.is_null().and(tickets::expires_at.gt(now));
            let found = tickets::table.filter(tickets::token_hash.eq(hash)).filter(works);
            let query = found.filter(tickets::purpose.eq(Word(purpose))).select(Ticket::as_select());
            Ok(query.first(c).await.optional()?)
        })
    }

    /// Uses a ticket up; `false` when somebody else was first, or it has ended.
    pub async fn ticket_use(&mut self, id: TicketId, now: Ts) -> Result<bool> {
        run!(self, |c| {
            let works = tickets::used_at.is_null().and(tickets::expires_at.gt(now));
            let found = tickets::table.find(id).filter(works);
            Ok(diesel::update(found).set(tickets::used_at.eq(now)).execute(c).await? > 0)
        })
    }

    /// Counts one more try; `false` when the ticket has had `limit` already.
    pub async fn ticket_try(&mut self, id: TicketId, limit: i32) -> Result<bool> {
        run!(self, |c| {
            let found = tickets::table.find(id).filter(tickets::tries.lt(limit));
            Ok(diesel::update(found).set(tickets::tries.eq(tickets::tries + 1)).execute(c).await? > 0)
        })
    }

    /// Ends every ticket of this person and purpose.
    pub async fn tickets_end(&mut self, user: UserId, purpose: Purpose, now: Ts) -> Result<()> {
        run!(self, |c| {
            let open = tickets::table.filter(tickets::user_id.eq(user)).filter(tickets::used_at.is_null());
            let found = open.filter(tickets::purpose.eq(Word(purpose)));
            diesel::update(found).set(tickets::used_at.eq(now)).execute(c).await?;
            Ok(())
        })
    }

    /// Ends every sign-up of this address: somebody has proved that it is theirs.
    pub async fn tickets_end_for(&mut self, email: &str, purpose: Purpose, now: Ts) -> Result<()> {
        run!(self, |c| {
            let open = tickets::table.filter(tickets::email.eq(email)).filter(tickets::used_at.is_null());
            let found = open.filter(tickets::purpose.eq(Word(purpose)));
            diesel::update(found).set(tickets::used_at.eq(now)).execute(c).await?;
            Ok(())
        })
    }

    /// Removes tickets that ended before `before`; how many.
    pub async fn tickets_prune(&mut self, before: Ts) -> Result<usize> {
        run!(self, |c| {
            Ok(diesel::delete(tickets::table.filter(tickets::expires_at.lt(before))).execute(c).await?)
        })
    }
}
