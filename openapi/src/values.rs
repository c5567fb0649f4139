//! Values that many wire types share: times, secrets and free JSON objects.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, SecondsFormat, Utc};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

/// Implements [`Type`] for a required value that is its own raw value.
macro_rules! plain_type {
    ($name:ident, $word:literal, $schema:expr) => {
        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                $word.into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                Self::deserialize(value.unwrap_or_default()).map_err(ParseError::custom)
            }
        }
    };
}

/// A moment, written as RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub DateTime<Utc>);

const TIME_EXPECTED: &str = "an RFC 3339 time such as 2026-01-31T12:00:00Z";

plain_type!(Time, "time", MetaSchema::new_with_format("string", "date-time"));

impl Time {
    /// Reads RFC 3339 with any offset.
    ///
    /// # Errors
    /// A sentence with an example when `text` is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self(time.to_utc()))
            .map_err(|_| format!("must be {TIME_EXPECTED}"))
    }
}

impl From<DateTime<Utc>> for Time {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time)
    }
}

impl From<Time> for DateTime<Utc> {
    fn from(time: Time) -> Self {
        time.0
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl ToJSON for Time {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.to_string()))
    }
}

impl ParseFromParameter for Time {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Self::parse(value).map_err(ParseError::custom)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl de::Visitor<'_> for Text {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(TIME_EXPECTED)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                Time::parse(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A secret string. Its `Debug` never shows it. In an input it stands in a write-only field; in an answer it is shown
/// because that answer is the one time it can be read.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

plain_type!(Secret, "secret", MetaSchema::new_with_format("string", "password"));

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself; not for logs.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Gives the string up without a copy, for a caller that erases it after use.
    pub fn into_inner(self) -> String {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl ToJSON for Secret {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.clone()))
    }
}

/// Any JSON object.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(transparent)]
pub struct JsonObject(pub Map<String, Value>);

plain_type!(JsonObject, "object", free_object());

impl JsonObject {
    /// Applies a JSON merge patch (RFC 7396): `null` removes, objects merge, all else replaces.
    pub fn merge(&mut self, patch: JsonObject) {
        merge_maps(&mut self.0, patch.0);
    }
}

impl ToJSON for JsonObject {
    fn to_json(&self) -> Option<Value> {
        Some(Value::Object(self.0.clone()))
    }
}

/// A JSON object of secrets, such as a service account. Its `Debug` shows nothing of it, and its fields are write-only.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Credentials(Map<String, Value>);

plain_type!(Credentials, "credentials", free_object());

impl Credentials {
    /// Wraps the object.
    pub const fn new(object: Map<String, Value>) -> Self {
        Self(object)
    }

    /// The object itself; not for logs.
    pub fn expose(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Gives the object up without a copy.
    pub fn into_inner(self) -> Map<String, Value> {
        self.0
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl ToJSON for Credentials {
    /// Nothing: credentials are never answered.
    fn to_json(&self) -> Option<Value> {
        None
    }
}

/// For a patch field that cannot be removed: absent leaves it, a value sets it, and `null` is refused as a wrong type.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// For a number with limits: one that no `u32` holds, and what is no number, is told them. The rules of its noun say the rest.
pub(crate) fn whole<'de, D, const LEAST: u32, const MOST: u32>(deserializer: D) -> Result<u32, D::Error>
where
    D: Deserializer<'de>,
{
    struct Whole<const LEAST: u32, const MOST: u32>;

    impl<const LEAST: u32, const MOST: u32> de::Visitor<'_> for Whole<LEAST, MOST> {
        type Value = u32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "an integer from {LEAST} to {MOST}")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u32, E> {
            u32::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
        }
    }

    deserializer.deserialize_u32(Whole::<LEAST, MOST>)
}

/// As [`whole`], for a patch field that cannot be removed.
pub(crate) fn given_whole<'de, D, const LEAST: u32, const MOST: u32>(
    deserializer: D,
) -> Result<Option<u32>, D::Error>
where
    D: Deserializer<'de>,
{
    whole::<D, LEAST, MOST>(deserializer).map(Some)
}

fn free_object() -> MetaSchema {
    MetaSchema {
        additional_properties: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
        ..MetaSchema::new("object")
    }
}

fn merge_maps(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, value) in patch {
        match value {
            // shift, not swap: what is left keeps its order
            Value::Null => drop(target.shift_remove(&key)),
            Value::Object(inner) => {
                let slot = target.entry(key).or_insert(Value::Null);
                let mut merged = slot.as_object_mut().map(std::mem::take).unwrap_or_default();
                merge_maps(&mut merged, inner);
                *slot = Value::Object(merged);
            }
            other => drop(target.insert(key, other)),
        }
    }
}

#[cfg(test)]
mod tests;
