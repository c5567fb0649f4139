//! Each answer has exactly the keys that clients rely on, and each input takes what they send.

mod binding_types;
mod log_types;
mod managed_types;

use poem_openapi::types::{ParseFromJSON, ToJSON};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    bindings::{Binding, NewBinding},
    json,
    values::Time,
};

const TIME: &str = "2026-01-31T12:00:00.000Z";

/// [`TIME`] as a value.
fn moment() -> Time {
    serde_json::from_value(TIME.into()).expect("a time")
}

/// The document's example of `schema`.
fn example(schema: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../examples.json")).expect("JSON");
    all[schema].clone()
}

fn binding() -> Binding {
    let read = Binding::parse_from_json(Some(example("Binding"))).expect("a binding");
    Binding { created_at: moment(), updated_at: moment(), ..read }
}

fn new_binding() -> NewBinding {
    taken(example("NewBinding"))
}

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
