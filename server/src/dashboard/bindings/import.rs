//! `/w/{workspace}/bindings/import`: a table of devices, with a report for each line that could not be taken.

use poem::{Response, handler, http::StatusCode};
use ringhook_openapi::bindings::NewBinding;
use ringhook_web::pages::{Errors, Here, Import};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    access::Member,
    dashboard::{
        fields::{Fields, errors_of},
        frame::frame,
    },
    domain::{bindings, roles::may},
    http::page::page,
};

/// Largest table, in bytes of the form that carries it.
const LIMIT: usize = 3 * 1024 * 1024;
/// Lines of one table, at most.
const LINES: usize = 10_000;
/// Faults that the page names; of more, the first.
const FAULTS: usize = 200;
const COLUMNS: [&str; 9] = [
    "account_sid",
    "identity",
    "channel",
    "address",
    "device_id",
    "environment",
    "tags",
    "expires_at",
    "shared",
];

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    csv: String,
}

fn empty(member: &Member<may::Bind>) -> Import {
    Import {
        frame: frame(member, Here::Bindings),
        csv: String::new(),
        errors: Errors::default(),
        done: None,
        faults: Vec::new(),
    }
}

/// The form.
#[handler]
pub fn form(member: Member<may::Bind>) -> Response {
    page(StatusCode::OK, &empty(&member))
}

/// Registers line by line.
#[handler]
pub async fn import(member: Member<may::Bind>, Fields(given): Fields<Given, LIMIT>) -> Response {
    let lines = match read(&given.csv) {
        Ok(lines) => lines,
        Err(fault) => {
            let errors = Errors::one("csv", fault);
            return page(
                StatusCode::UNPROCESSABLE_ENTITY,
                &Import { csv: given.csv, errors, ..empty(&member) },
            );
        }
    };
    let (mut created, mut updated, mut faults) = (0, 0, Vec::new());
    for (number, line) in lines {
        let new = match line {
            Ok(new) => new,
            Err(fault) => {
                faults.push((number, fault));
                continue;
            }
        };
        match bindings::register(&member.ground, member.workspace.id, new).await {
            Ok(made) if made.created => created += 1,
            Ok(_) => updated += 1,
            Err(error) => match errors_of(error) {
                Ok(errors) => faults.push((number, told(&errors))),
                Err(response) => return response,
            },
        }
    }
    faults.truncate(FAULTS);
    page(StatusCode::OK, &Import { done: Some((created, updated)), faults, ..empty(&member) })
}

fn told(errors: &Errors) -> String {
    let each: Vec<String> = errors.iter().map(|(field, detail)| format!("{field}: {detail}")).collect();
    each.join("; ")
}

type Line = (usize, Result<NewBinding, String>);

/// The lines with their numbers, as far as each can be read.
fn read(text: &str) -> Result<Vec<Line>, String> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|fault| fault.to_string())?.clone();
    for needed in &COLUMNS[..3] {
        if !head.iter().any(|name| name == *needed) {
            return Err(format!("The first line must name the columns; {needed} is missing."));
        }
    }
    if let Some(unknown) = head.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(format!("{unknown} is no column; known are {}.", COLUMNS.join(", ")));
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|fault| fault.to_string())?;
        if lines.len() == LINES {
            return Err(format!("A table has at most {LINES} lines; the API imports files of any size."));
        }
        let number = record.position().map_or(0, |place| line_of(text, place));
        lines.push((number, binding(&head, &record)));
    }
    Ok(lines)
}

/// The line that a record stands on: its reading began where the one before ended, and empty lines may lie between.
fn line_of(text: &str, place: &csv::Position) -> usize {
    let [begun, line] = [place.byte(), place.line()].map(|at| usize::try_from(at).unwrap_or_default());
    let between = text.as_bytes().get(begun..).unwrap_or_default().iter();
    let between = between.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    line + between.filter(|byte| **byte == b'\n').count()
}

/// A line as the API's own type reads it, so that both say the same of what is wrong.
fn binding(head: &csv::StringRecord, record: &csv::StringRecord) -> Result<NewBinding, String> {
    if record.len() > head.len() {
        return Err(format!("has {} cells, but the head names {}", record.len(), head.len()));
    }
    let mut members = Map::new();
    for (name, cell) in head.iter().zip(record).filter(|(_, cell)| !cell.is_empty()) {
        let value = match name {
            "tags" => cell.split(';').map(|tag| Value::String(tag.trim().to_owned())).collect(),
            "shared" => match cell {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => return Err("shared: must be true or false".into()),
            },
            _ => Value::String(cell.to_owned()),
        };
        members.insert(name.to_owned(), value);
    }
    ringhook_openapi::json::read_value(&Value::Object(members)).map_err(|problem| {
        let faults = problem.into_problem().errors.unwrap_or_default().into_iter();
        let told = faults.map(|fault| format!("{}: {}", fault.pointer.trim_start_matches('/'), fault.detail));
        told.collect::<Vec<_>>().join("; ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers() {
        let sid = format!("AC{}", "0".repeat(32));
        let lines = read(&format!(
            "account_sid,identity,channel,address,tags,shared\n{sid},bob,fcm,token,a; b,true\n\n{sid},,pigeon,x,,\n"
        ));
        let lines = lines.expect("a table");
        let first = lines[0].1.as_ref().expect("a binding");
        assert_eq!((first.identity.as_str(), first.tags.len(), first.shared), ("bob", 2, true));
        let (number, second) = &lines[1];
        assert_eq!(*number, 4);
        assert!(second.as_ref().expect_err("a fault").starts_with("channel: must be one of"), "{second:?}");
    }

    #[test]
    fn a_table_names_its_columns() {
        for (text, word) in [
            ("", "account_sid"),
            ("AC0,bob,fcm,token", "account_sid"),
            ("account_sid,identity,channel,color", "color"),
        ] {
            let fault = read(text).expect_err(text);
            assert!(fault.contains(word), "{fault}");
        }
    }
}
