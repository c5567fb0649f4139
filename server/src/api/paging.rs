//! Pages of lists: how many items, and from where on.

use std::{borrow::Cow, str::FromStr};

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use ringhook_openapi::{
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page},
    problem::{ApiProblem, FieldError},
};

/// The query parameter `limit` as it came: what is wrong with it is a 422 that names it.
pub struct Limit(Option<String>);

impl Limit {
    /// The items of a page.
    ///
    /// # Errors
    /// 422 unless it is a number from 1 to 1000.
    pub fn get(&self) -> Result<usize, ApiProblem> {
        let Some(text) = &self.0 else { return Ok(DEFAULT_LIMIT as usize) };
        match text.parse() {
            Ok(limit @ 1..=MAX_LIMIT) => Ok(limit as usize),
            _ => Err(invalid("limit", format!("must be a number from 1 to {MAX_LIMIT}"))),
        }
    }
}

impl Type for Limit {
    const IS_REQUIRED: bool = false;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "limit".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let schema = MetaSchema {
            minimum: Some(1.0),
            maximum: Some(MAX_LIMIT.into()),
            default: Some(DEFAULT_LIMIT.into()),
            ..MetaSchema::new_with_format("integer", "int32")
        };
        MetaSchemaRef::Inline(Box::new(schema))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for Limit {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(Some(value.to_owned())))
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(values: I) -> ParseResult<Self> {
        let mut values = values.into_iter();
        let first = values.next().map(|value| value.as_ref().to_owned());
        match values.next() {
            None => Ok(Self(first)),
            Some(_) => Err(ParseError::custom("it stands there twice; give it once")),
        }
    }
}

/// An id that is looked for.
///
/// # Errors
/// 422 for what is none.
pub fn id<T: FromStr>(parameter: &str, given: Option<&String>) -> Result<Option<T>, ApiProblem> {
    let id = given.map(|text| text.parse()).transpose();
    id.map_err(|_| invalid(parameter, "is no such id; take it as an earlier answer gave it".into()))
}

/// Two ids with a dot between, as a cursor of rows that are sorted by both.
///
/// # Errors
/// 422 for what is none.
pub fn id_pair<A: FromStr, B: FromStr>(
    parameter: &str,
    given: Option<&String>,
) -> Result<Option<(A, B)>, ApiProblem> {
    let Some(text) = given else { return Ok(None) };
    let pair = text.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    let detail = "is no such cursor; take it as an earlier answer gave it";
    pair.map(Some).ok_or_else(|| invalid(parameter, detail.into()))
}

/// An id in the path.
///
/// # Errors
/// 404 for what is none: then there is no such `noun` either.
pub fn id_of<T: FromStr>(noun: &str, text: &str) -> Result<T, ApiProblem> {
    text.parse().map_err(|_| ApiProblem::not_found(noun))
}

/// It may stand in the query or in the body; its pointer is the same.
fn invalid(name: &str, detail: String) -> ApiProblem {
    let fault = FieldError::new(format!("/{name}"), detail.clone());
    ApiProblem::unprocessable("validation_failed", format!("`{name}` {detail}."), vec![fault])
}

/// How many rows to ask for, so that [`page`] can tell whether there are more than `limit`.
pub fn one_more(limit: usize) -> i64 {
    limit as i64 + 1
}

/// The first `limit` of `rows`, and the cursor of the next page when there are more.
pub fn page<R, T: ParseFromJSON + ToJSON>(
    mut rows: Vec<R>,
    limit: usize,
    id: impl Fn(&R) -> String,
    wire: impl FnMut(R) -> T,
) -> Page<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(id);
    Page { items: rows.into_iter().map(wire).collect(), next_cursor }
}
