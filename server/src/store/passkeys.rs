//! Passkeys, known by their credential ids; `credential` is the public part, as JSON.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{Across, PasskeyId, Result, Ts, UserId, connection::run, schema::passkeys};

/// A passkey.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = passkeys, treat_none_as_default_value = false)]
pub struct Passkey {
    pub id: PasskeyId,
    pub user_id: UserId,
    pub credential_id: Vec<u8>,
    pub name: String,
    pub credential: String,
    pub created_at: Ts,
    pub last_used_at: Option<Ts>,
}

impl Across {
    pub async fn passkey_insert(&mut self, row: &Passkey) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(passkeys::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// This person's passkeys, in the order of making.
    pub async fn passkeys_of(&mut self, user: UserId) -> Result<Vec<Passkey>> {
        run!(self, |c| {
            let of_user = passkeys::table.filter(passkeys::user_id.eq(user));
            Ok(of_user.select(Passkey::as_select()).order(passkeys::id).load(c).await?)
        })
    }

    /// Whose passkey this is.
    pub async fn passkey_by_credential(&mut self, credential_id: &[u8]) -> Result<Option<Passkey>> {
        run!(self, |c| {
            let query = passkeys::table.filter(passkeys::credential_id.eq(credential_id));
            Ok(query.select(Passkey::as_select()).first(c).await.optional()?)
        })
    }

    /// Notes a use, and what has become of the credential with it.
    pub async fn passkey_used(&mut self, id: PasskeyId, credential: &str, now: Ts) -> Result<()> {
        run!(self, |c| {
            let set = (passkeys::credential.eq(credential), passkeys::last_used_at.eq(now));
            diesel::update(passkeys::table.find(id)).set(set).execute(c).await?;
            Ok(())
        })
    }

    /// Removes one of this person's passkeys; `false` when there is no such.
    pub async fn passkey_delete(&mut self, user: UserId, id: PasskeyId) -> Result<bool> {
        run!(self, |c| {
            let found = passkeys::table.find(id).filter(passkeys::user_id.eq(user));
            Ok(diesel::delete(found).execute(c).await? > 0)
        })
    }
}
