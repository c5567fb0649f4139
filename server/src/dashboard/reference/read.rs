//! The document, noun by noun.

use ringhook_web::pages::{NounRow, OperationRow};
use serde_json::Value;

use crate::api::document::DOCUMENT;

/// A noun of the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noun {
    /// As the document names it.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) about: &'static str,
}

/// An operation with its method and path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) operation: &'static Value,
}

/// All nouns, in reading order.
pub(super) fn nouns() -> impl Iterator<Item = Noun> {
    let tags = DOCUMENT["tags"].as_array().into_iter().flatten();
    tags.map(|tag| Noun { name: text(&tag["name"]), about: text(&tag["description"]) })
}

pub(super) fn text(value: &'static Value) -> &'static str {
    value.as_str().unwrap_or_default()
}

impl Noun {
    /// Its name as a part of a path.
    pub(super) fn slug(self) -> String {
        self.name.to_lowercase().replace(' ', "-")
    }

    pub(super) fn path(self) -> String {
        format!("{}/{}", ringhook_web::paths::REFERENCE, self.slug())
    }

    /// What can be done with it.
    pub(super) fn operations(self) -> impl Iterator<Item = Entry> {
        let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
        let all = paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| Entry { method, path, operation })
        });
        all.filter(move |entry| entry.operation["tags"][0] == self.name)
    }

    pub(super) fn row(self) -> NounRow {
        let link = |entry: &Entry| format!("{}#{}", self.path(), text(&entry.operation["operationId"]));
        let row = |entry: Entry| OperationRow {
            method: entry.method.to_uppercase(),
            path: entry.path.to_owned(),
            summary: text(&entry.operation["summary"]).to_owned(),
            link: link(&entry),
        };
        NounRow {
            name: self.name.to_owned(),
            path: self.path(),
            about: self.about.split("\n\n").next().unwrap_or_default().to_owned(),
            operations: self.operations().map(row).collect(),
        }
    }
}

/// What a reference in the document stands for; anything else stands for itself.
pub(super) fn resolved(value: &'static Value) -> &'static Value {
    let target = value["$ref"].as_str().and_then(|reference| DOCUMENT.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(value)
}
