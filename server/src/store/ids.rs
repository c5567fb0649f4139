//! Ids: a UUIDv7 (RFC 9562) in the database, a prefix and 26 base32 characters everywhere else. An id sorts by its
//! time of making and names its day, so that a look-up by id can prune a log that is partitioned by day.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::Pg,
    serialize::{self, IsNull, Output, ToSql},
    sql_types as st,
    sqlite::Sqlite,
};
use uuid::{NoContext, Timestamp, Uuid};

use super::types::{Ts, UuidT};

/// Crockford's base32 in lower case: sortable, without i, l, o and u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

fn encode(uuid: Uuid) -> String {
    let value = uuid.as_u128();
    let digits = (0..LENGTH).rev();
    digits.map(|i| char::from(ALPHABET[(value >> (5 * i)) as usize & 31])).collect()
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|&c| c == byte)?;
        value = (value << 5) | digit as u128;
    }
    Some(Uuid::from_u128(value))
}

/// A UUIDv7 of the given time.
fn uuid_at(now: Ts) -> Uuid {
    let micros = u64::try_from(now.micros()).unwrap_or_default();
    let nanos = (micros % 1_000_000) as u32 * 1000;
    Uuid::new_v7(Timestamp::from_unix(NoContext, micros / 1_000_000, nanos))
}

/// A text that is no id of the asked kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an id of the form {0}…")]
pub struct NotAnId(pub &'static str);

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
        #[diesel(sql_type = UuidT)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id of the given time.
            pub fn new(now: Ts) -> Self {
                Self(uuid_at(now))
            }

            /// The least id of the given time: whatever sorts before it was made before.
            pub fn first_of(time: Ts) -> Self {
                let millis = u128::try_from(time.micros() / 1000).unwrap_or_default();
                Self(Uuid::from_u128(millis << 80))
            }

            /// When it was made, to the millisecond.
            pub fn time(self) -> Ts {
                Ts::from_micros(i64::try_from(self.0.as_u128() >> 80).unwrap_or_default().saturating_mul(1000))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}{}", $prefix, encode(self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.strip_prefix($prefix).and_then(decode).map(Self).ok_or(NotAnId($prefix))
            }
        }

        impl ToSql<UuidT, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<st::Uuid, Pg>::to_sql(&self.0, out)
            }
        }

        impl FromSql<UuidT, Pg> for $name {
            fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                FromSql::<st::Uuid, Pg>::from_sql(raw).map(Self)
            }
        }

        impl ToSql<UuidT, Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.0.as_bytes().as_slice());
                Ok(IsNull::No)
            }
        }

        impl FromSql<UuidT, Sqlite> for $name {
            fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = <Vec<u8> as FromSql<st::Binary, Sqlite>>::from_sql(raw)?;
                Ok(Self(Uuid::from_slice(&bytes)?))
            }
        }
    )+};
}

ids! {
    /// A team and all that it owns.
    WorkspaceId = "wsp_";
    /// A token of a workspace's webhook URL.
    WebhookTokenId = "wht_";
    /// A Twilio account connected to a workspace.
    AccountId = "acc_";
    /// A Twilio API key stored with an account.
    AccountKeyId = "ack_";
    /// An API key of a workspace.
    ApiKeyId = "key_";
    /// A push provider of a workspace.
    ProviderId = "prv_";
    /// A device bound to an identity.
    BindingId = "bnd_";
    /// One call's notification.
    NotificationId = "ntf_";
    /// One notification on its way to one device.
    DeliveryId = "dlv_";
    /// One try of a delivery.
    AttemptId = "att_";
    /// One mail.
    MailId = "eml_";
    /// One running process.
    NodeId = "nod_";
    /// A person's account.
    UserId = "usr_";
    /// A browser that a person is logged in with.
    SessionId = "ses_";
    /// A link or a step that works once.
    TicketId = "tck_";
    /// An invitation into a workspace.
    InvitationId = "inv_";
    /// A line of the audit log.
    AuditId = "aud_";
    /// A passkey of a person.
    PasskeyId = "pky_";
    /// A recovery code of a person.
    RecoveryCodeId = "rec_";
    /// A person as an OpenID provider knows them.
    OidcSubjectId = "ois_";
    /// A row of whatever kind.
    RowId = "row_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_text() {
        let id = BindingId::new(Ts::from_micros(1_790_000_000_123_456));
        let text = id.to_string();
        assert_eq!(text.len(), 4 + LENGTH);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.parse::<DeliveryId>(), Err(NotAnId("dlv_")));
        assert_eq!("bnd_zzzzzzzzzzzzzzzzzzzzzzzzzz".parse::<BindingId>(), Err(NotAnId("bnd_")));
        assert_eq!("bnd_é0000000000000000000000000".parse::<BindingId>(), Err(NotAnId("bnd_")));
    }

    #[test]
    fn texts_sort_by_time() {
        let early = BindingId::new(Ts::from_micros(1_790_000_000_000_000)).to_string();
        let late = BindingId::new(Ts::from_micros(1_790_000_000_001_000)).to_string();
        assert!(early < late);
        let (before, after) =
            (Ts::from_micros(1_790_000_000_000_000), Ts::from_micros(1_790_000_000_001_000));
        assert!(BindingId::new(before) < BindingId::first_of(after));
        assert!(BindingId::first_of(after) < BindingId::new(after));
        assert_eq!(BindingId::new(after).time(), after);
    }
}
