//! One SQL type per concept, stored natively by each database, and the Rust types that go with them.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::Pg,
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types as st,
    sqlite::Sqlite,
};

/// `uuid` on Postgres, a 16-byte `BLOB` on SQLite.
#[derive(Debug, Clone, Copy, QueryId, st::SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct UuidT;

/// `timestamptz` on Postgres, microseconds since 1970 on SQLite.
#[derive(Debug, Clone, Copy, QueryId, st::SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Long"))]
pub struct TsT;

/// `jsonb` on Postgres, `TEXT` on SQLite.
#[derive(Debug, Clone, Copy, QueryId, st::SqlType)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
pub struct JsonT;

/// A point in time, in microseconds: what both databases keep without rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = TsT)]
pub struct Ts(DateTime<Utc>);

impl Ts {
    /// The point `micros` microseconds after 1970; the epoch itself when out of range.
    pub fn from_micros(micros: i64) -> Self {
        Self(Utc.timestamp_micros(micros).single().unwrap_or_default())
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The same point as a chrono time.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Whole milliseconds from `earlier` to here, never negative.
    pub fn millis_since(self, earlier: Self) -> i32 {
        let millis = (self.0 - earlier.0).num_milliseconds().max(0);
        i32::try_from(millis).unwrap_or(i32::MAX)
    }

    /// The time from here to `later`; zero when it has passed.
    pub fn until(self, later: Self) -> std::time::Duration {
        (later.0 - self.0).to_std().unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Ts {
    fn from(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros())
    }
}

impl std::ops::Add<std::time::Duration> for Ts {
    type Output = Self;

    fn add(self, span: std::time::Duration) -> Self {
        let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
        Self(self.0.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

impl std::ops::Sub<std::time::Duration> for Ts {
    type Output = Self;

    fn sub(self, span: std::time::Duration) -> Self {
        let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX);
        Self(self.0.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::UNIX_EPOCH))
    }
}

impl ToSql<TsT, Pg> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<st::Timestamptz, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<TsT, Pg> for Ts {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<st::Timestamptz, Pg>::from_sql(raw).map(Ts)
    }
}

impl ToSql<TsT, Sqlite> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<TsT, Sqlite> for Ts {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<st::BigInt, Sqlite>>::from_sql(raw).map(Self::from_micros)
    }
}

/// A JSON value in a column.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = JsonT)]
pub struct Json(pub serde_json::Value);

impl ToSql<JsonT, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<st::Jsonb, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<JsonT, Pg> for Json {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<st::Jsonb, Pg>::from_sql(raw).map(Json)
    }
}

impl ToSql<JsonT, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<JsonT, Sqlite> for Json {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<st::Text, Sqlite>>::from_sql(raw)?;
        Ok(Self(serde_json::from_str(&text)?))
    }
}

/// A word of a closed vocabulary in a text column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = st::Text)]
pub struct Word<T>(pub T);

impl<T: std::fmt::Debug + Copy + Into<&'static str>> ToSql<st::Text, Pg> for Word<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let word: &'static str = self.0.into();
        ToSql::<st::Text, Pg>::to_sql(word, out)
    }
}

impl<T: std::fmt::Debug + Copy + Into<&'static str>> ToSql<st::Text, Sqlite> for Word<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        let word: &'static str = self.0.into();
        out.set_value(word);
        Ok(IsNull::No)
    }
}

impl<T: std::str::FromStr, B: Backend> FromSql<st::Text, B> for Word<T>
where
    String: FromSql<st::Text, B>,
{
    fn from_sql(raw: B::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<st::Text, B>>::from_sql(raw)?;
        match text.parse() {
            Ok(word) => Ok(Self(word)),
            Err(_) => Err(format!("unknown word {text:?} in the database").into()),
        }
    }
}
