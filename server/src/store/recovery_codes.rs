//! Codes that stand in for a lost authenticator, each once, known by their hashes.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Across, RecoveryCodeId, Result, Ts, UserId, connection::run, schema::recovery_codes};

/// A recovery code.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = recovery_codes, treat_none_as_default_value = false)]
pub struct RecoveryCode {
    pub id: RecoveryCodeId,
    pub user_id: UserId,
    pub code_hash: Vec<u8>,
    pub created_at: Ts,
    pub used_at: Option<Ts>,
}

impl Across {
    pub async fn recovery_code_insert(&mut self, row: &RecoveryCode) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(recovery_codes::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// Uses a code of this person up; `false` when there is no such code, or it was used before.
    pub async fn recovery_code_take(&mut self, user: UserId, hash: &[u8], now: Ts) -> Result<bool> {
        run!(self, |c| {
            let of_user = recovery_codes::table.filter(recovery_codes::user_id.eq(user));
            let found = of_user.filter(recovery_codes::code_hash.eq(hash));
            let found = found.filter(recovery_codes::used_at.is_null());
            Ok(diesel::update(found).set(recovery_codes::used_at.eq(now)).execute(c).await? > 0)
        })
    }

    /// How many codes this person has left.
    pub async fn recovery_codes_left(&mut self, user: UserId) -> Result<i64> {
        run!(self, |c| {
            let of_user = recovery_codes::table.filter(recovery_codes::user_id.eq(user));
            let left = of_user.filter(recovery_codes::used_at.is_null());
            Ok(left.count().get_result(c).await?)
        })
    }

    /// Removes every code of this person.
    pub async fn recovery_codes_delete(&mut self, user: UserId) -> Result<()> {
        run!(self, |c| {
            let of_user = recovery_codes::table.filter(recovery_codes::user_id.eq(user));
            diesel::delete(of_user).execute(c).await?;
            Ok(())
        })
    }
}
