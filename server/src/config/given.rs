//! Settings that are numbers, or yes or no. They are read where all others are, so that whoever wrote a wrong one is told
//! by the name that they wrote.

use std::{convert::Infallible, num::NonZeroU32, str::FromStr};

use serde::Deserialize;

use super::ConfigFault;

/// What was given: text in flags and environment; in the file also a bare number, true or false.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Raw")]
pub struct Given(String);

#[derive(Deserialize)]
#[serde(untagged, expecting = "must be text, a number, true or false")]
enum Raw {
    Text(String),
    Number(i64),
    Truth(bool),
}

impl From<Raw> for Given {
    fn from(raw: Raw) -> Self {
        Self(match raw {
            Raw::Text(text) => text,
            Raw::Number(number) => number.to_string(),
            Raw::Truth(truth) => truth.to_string(),
        })
    }
}

impl FromStr for Given {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// The value, or `usual` where none was given; `wanted` says what it must be.
fn read<T: FromStr>(
    name: &'static str,
    given: Option<&Given>,
    usual: T,
    wanted: &str,
) -> Result<T, ConfigFault> {
    let Some(Given(text)) = given else { return Ok(usual) };
    text.parse().map_err(|_| ConfigFault::new(name, format!("`{text}` cannot be used: must be {wanted}")))
}

pub(super) fn truth(name: &'static str, given: Option<&Given>, usual: bool) -> Result<bool, ConfigFault> {
    read(name, given, usual, "true or false")
}

pub(super) fn positive(
    name: &'static str,
    given: Option<&Given>,
    usual: NonZeroU32,
) -> Result<NonZeroU32, ConfigFault> {
    read(name, given, usual, "a whole number, at least 1")
}

pub(super) fn number(
    name: &'static str,
    given: Option<&Given>,
    least: usize,
    usual: usize,
) -> Result<usize, ConfigFault> {
    let wanted = format!("a whole number, at least {least}");
    match read(name, given, usual, &wanted)? {
        number if number < least => {
            Err(ConfigFault::new(name, format!("`{number}` cannot be used: must be {wanted}")))
        }
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "RINGHOOK_X";

    fn said<T>(result: Result<T, ConfigFault>) -> String {
        result.map_err(|fault| fault.to_string()).err().unwrap_or_default()
    }

    #[test]
    fn a_wrong_value_is_told_by_the_variables_name() {
        let given = |text: &str| Some(Given(text.to_owned()));
        assert_eq!(
            said(number(NAME, given("abc").as_ref(), 3, 16)),
            "RINGHOOK_X: `abc` cannot be used: must be a whole number, at least 3"
        );
        assert!(said(number(NAME, given("2").as_ref(), 3, 16)).contains("at least 3"));
        assert!(said(positive(NAME, given("0").as_ref(), NonZeroU32::MIN)).contains("at least 1"));
        assert!(said(truth(NAME, given("yes").as_ref(), true)).contains("true or false"));
        assert_eq!(number(NAME, given("3").as_ref(), 3, 16), Ok(3));
        assert_eq!(number(NAME, None, 3, 16), Ok(16));
        assert_eq!(truth(NAME, given("false").as_ref(), true), Ok(false));
    }

    #[test]
    fn a_file_says_it_bare_or_as_text() {
        #[derive(Deserialize)]
        struct File {
            values: Vec<Given>,
        }
        let file: File = toml::from_str("values = [16, \"16\", false]").expect("a file");
        assert_eq!(file.values, ["16", "16", "false"].map(|text| Given(text.to_owned())));
    }
}
