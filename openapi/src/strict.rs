//! JSON in which no two readers can see two different things: a key stands once in its object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, map::Entry};

/// How much of a repeated key is shown, in characters: it comes from outside.
const SHOWN: usize = 64;

/// Reads a whole document, nested `deepest` levels at most. `serde_json` itself ends at 128.
///
/// # Errors
/// Of category `Data` for a key that stands twice and for what is nested deeper; what `serde_json` says otherwise.
pub fn parse(text: &str, deepest: usize) -> serde_json::Result<Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { levels: deepest, deepest }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Reads any value, with so many levels left below it.
#[derive(Clone, Copy)]
struct Strict {
    levels: usize,
    deepest: usize,
}

impl Strict {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let too_deep =
            || E::custom(format_args!("is nested deeper than {} levels; send it flatter", self.deepest));
        Ok(Self { levels: self.levels.checked_sub(1).ok_or_else(too_deep)?, ..self })
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
        f.write_str("any JSON value")
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
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner()?)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            match object.entry(key) {
                Entry::Vacant(place) => place.insert(members.next_value_seed(self.inner()?)?),
                Entry::Occupied(twice) => return Err(repeated(twice.key())),
            };
        }
        Ok(Value::Object(object))
    }
}

fn repeated<E: Error>(key: &str) -> E {
    let shown: String = key.chars().take(SHOWN).collect();
    E::custom(format_args!("holds the key {shown:?} twice; send every key once"))
}
