//! JSON in which no two readers can see two different things.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::payload::PayloadFault;

/// The deepest nesting taken. A little under what `serde_json` itself refuses (128), so that a payload that was taken
/// can be wrapped in an envelope and still be read by a receiver with that common limit.
const MAX_DEPTH: usize = 120;

/// The members of the one object that `raw` is.
pub(super) fn object(raw: &[u8]) -> Result<Map<String, Value>, PayloadFault> {
    let text = std::str::from_utf8(raw).map_err(|fault| {
        PayloadFault::whole(format!("is not UTF-8 from byte {} on; send JSON in UTF-8", fault.valid_up_to()))
    })?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => {
            Err(PayloadFault::whole("is JSON but not an object; send one object with the `twi_` members"))
        }
        Err(fault) if fault.is_data() => Err(PayloadFault::whole(fault.to_string())),
        Err(fault) => Err(PayloadFault::whole(format!("is not JSON: {fault}; send one JSON object"))),
    }
}

/// Reads any JSON value as `serde_json` does, but refuses a repeated key instead of keeping the last.
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format!("is nested deeper than {MAX_DEPTH} levels; send it flatter")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            match object.entry(key) {
                Entry::Vacant(place) => place.insert(members.next_value_seed(self.inner()?)?),
                Entry::Occupied(twice) => return Err(A::Error::custom(repeated(twice.key()))),
            };
        }
        Ok(Value::Object(object))
    }
}

/// A key comes from outside: shown escaped and cut.
fn repeated(key: &str) -> String {
    let shown: String = key.chars().take(64).collect();
    format!("holds the key {shown:?} twice; send every key once")
}
