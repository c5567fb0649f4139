//! What Postgres calls arrays.

use diesel::sql_types::{Binary, Bool, Integer, Nullable, Text};

use crate::store::types::{JsonT, TsT, UuidT};

/// What an array of a type is called. The statement says it, so that it means the same to whoever reads it without us.
pub(super) trait OfPostgres {
    const ARRAY: &'static str;
}

macro_rules! of_postgres {
    ($($name:ty = $array:literal,)+) => {
        $(impl OfPostgres for $name { const ARRAY: &'static str = $array; })+
    };
}

of_postgres! {
    UuidT = "::uuid[]",
    TsT = "::timestamptz[]",
    JsonT = "::jsonb[]",
    Text = "::text[]",
    Integer = "::int[]",
    Binary = "::bytea[]",
    Bool = "::bool[]",
}

impl<T: OfPostgres> OfPostgres for Nullable<T> {
    const ARRAY: &'static str = T::ARRAY;
}
