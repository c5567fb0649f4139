//! Who people are to an OpenID provider: keyed by issuer and subject, never by address.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{Across, OidcSubjectId, Result, Ts, UserId, connection::run, schema::oidc_subjects};

/// A person's identity at a provider.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = oidc_subjects, treat_none_as_default_value = false)]
pub struct OidcSubject {
    pub id: OidcSubjectId,
    pub user_id: UserId,
    pub issuer: String,
    pub subject: String,
    pub created_at: Ts,
    pub last_used_at: Option<Ts>,
}

impl Across {
    pub async fn oidc_subject_insert(&mut self, row: &OidcSubject) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(oidc_subjects::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// Who this subject of this issuer is.
    pub async fn oidc_subject(&mut self, issuer: &str, subject: &str) -> Result<Option<OidcSubject>> {
        run!(self, |c| {
            let of_issuer = oidc_subjects::table.filter(oidc_subjects::issuer.eq(issuer));
            let found = of_issuer.filter(oidc_subjects::subject.eq(subject));
            Ok(found.select(OidcSubject::as_select()).first(c).await.optional()?)
        })
    }

    /// Who this person is to this issuer.
    pub async fn oidc_subject_of(&mut self, user: UserId, issuer: &str) -> Result<Option<OidcSubject>> {
        run!(self, |c| {
            let of_user = oidc_subjects::table.filter(oidc_subjects::user_id.eq(user));
            let found = of_user.filter(oidc_subjects::issuer.eq(issuer));
            Ok(found.select(OidcSubject::as_select()).first(c).await.optional()?)
        })
    }

    /// Notes a login.
    pub async fn oidc_subject_used(&mut self, id: OidcSubjectId, now: Ts) -> Result<()> {
        run!(self, |c| {
            let set = oidc_subjects::last_used_at.eq(now);
            diesel::update(oidc_subjects::table.find(id)).set(set).execute(c).await?;
            Ok(())
        })
    }

    /// This person is nobody to this issuer any more; `false` when they were nobody before.
    pub async fn oidc_subject_delete(&mut self, user: UserId, issuer: &str) -> Result<bool> {
        run!(self, |c| {
            let of_user = oidc_subjects::table.filter(oidc_subjects::user_id.eq(user));
            let found = of_user.filter(oidc_subjects::issuer.eq(issuer));
            Ok(diesel::delete(found).execute(c).await? > 0)
        })
    }
}
