//! Each answer has exactly the keys that clients rely on, and each input takes what they send.

mod binding_types;
mod log_types;
mod managed_types;

use poem_openapi::types::ToJSON;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json;

const TIME: &str = "2026-01-31T12:00:00.000Z";

fn written(answer: &impl ToJSON) -> Value {
    answer.to_json().expect("JSON")
}

fn taken<T: DeserializeOwned>(input: Value) -> T {
    json::read_value(&input)
        .unwrap_or_else(|problem| panic!("{input}: {problem}: {:?}", problem.problem().errors))
}

fn refused<T: DeserializeOwned + std::fmt::Debug>(input: Value) -> String {
    let problem = json::read_value::<T>(&input).expect_err("refused").into_problem();
    problem.errors.expect("errors")[0].pointer.clone()
}
