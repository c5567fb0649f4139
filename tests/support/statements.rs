//! The statements that the program sends to its database: recorded while the suite runs, when `tests/scripts/statements`
//! asks for it.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::{LazyLock, Mutex};

use serde_json::Value;

use crate::database::Backend;
use crate::process::Env;
use crate::stand_in::lock;

/// The folder to record into.
const FOLDER: &str = "RINGHOOK_TEST_STATEMENTS";
/// What lets the program tell, added to its log's filter.
const TELL: &str = ",ringhook::statements=trace";
/// What stands before a statement in its log.
const MARK: &str = "statement: ";

static KNOWN: LazyLock<Mutex<HashSet<(Backend, String)>>> = LazyLock::new(Mutex::default);

/// The folder to record into, if anybody asks for a record.
pub fn folder() -> Option<String> {
    std::env::var(FOLDER).ok()
}

/// The settings of a program that is to tell, where a record is asked for.
pub(crate) fn asked(env: &Env) -> Env {
    let mut env = env.clone();
    if folder().is_some() {
        env.entry("RINGHOOK_LOG").or_insert_with(|| "info".to_owned()).push_str(TELL);
    }
    env
}

/// Keeps a line's statement; whether there was one.
pub(crate) fn keep(env: &Env, line: &str) -> bool {
    let Some(folder) = folder() else { return false };
    let Some(statement) = told(line) else { return false };
    let url = env.get("RINGHOOK_DATABASE_URL").map(String::as_str).unwrap_or_default();
    let backend = if url.starts_with("postgres") { Backend::Postgres } else { Backend::Sqlite };
    if let Some(statement) = normal(&statement)
        && lock(&KNOWN).insert((backend, statement.clone()))
    {
        let path = format!("{folder}/{}.{}", backend.word(), std::process::id());
        let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the record");
        writeln!(file, "{statement}").expect("to record");
    }
    true
}

/// The statement that a line tells of, in either form of the log.
fn told(line: &str) -> Option<String> {
    let (_, plain) = line.split_once(MARK)?;
    let fields = serde_json::from_str::<Value>(line).ok().map(|line| line["fields"]["message"].clone());
    match fields {
        Some(message) => message.as_str()?.strip_prefix(MARK).map(str::to_owned),
        None => Some(plain.to_owned()),
    }
}

/// A statement as it is recorded, however many values it has: one of each list, and one row of many. None for what asks
/// nothing of the schema of ours.
pub fn normal(statement: &str) -> Option<String> {
    let statement = statement.trim();
    let word = statement.split(' ').next().unwrap_or_default();
    let ours = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&word);
    let is_others = ["__diesel", ";", " FROM pg_"].iter().any(|part| statement.contains(part));
    if !ours || is_others || is_of_a_day(statement) {
        return None;
    }
    let mut text = statement.to_owned();
    // On SQLite a list is written out, value by value.
    while text.contains("?, ?)") && text.contains(" IN (?, ?") {
        text = text.replace(" IN (?, ?, ", " IN (?, ").replace(" IN (?, ?)", " IN (?)");
    }
    Some(one_row(&text))
}

/// Whether it names the table of one day, such as `attempts_20260131`, which another day's database has not.
fn is_of_a_day(statement: &str) -> bool {
    let mut words = statement.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words.any(|word| {
        word.rsplit_once('_')
            .is_some_and(|(_, day)| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// Only the first row of several in `VALUES (…), (…)`.
fn one_row(text: &str) -> String {
    const VALUES: &str = " VALUES ";
    let Some((head, rows)) = text.split_once(VALUES) else { return text.to_owned() };
    let end_of = |rows: &str| {
        let mut depth = 0;
        rows.char_indices().find_map(|(at, letter)| {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            (depth == 0).then_some(at + 1)
        })
    };
    let Some(first) = end_of(rows) else { return text.to_owned() };
    let mut rest = &rows[first..];
    while let Some(more) = rest.strip_prefix(", ").filter(|more| more.starts_with('(')) {
        rest = &more[end_of(more).unwrap_or(more.len())..];
    }
    format!("{head}{VALUES}{}{rest}", &rows[..first])
}
