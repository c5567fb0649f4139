//! `GET /api/docs/{noun}`: what can be done with one noun, and the objects that it takes.

use std::sync::Arc;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Path},
};
use ringhook_web::{
    pages::{Operation, OperationAnswer, ReferenceNoun},
    prose::Prose,
};
use serde_json::Value;

use super::{
    base, curl, frame,
    read::{Entry, Noun, nouns, resolved, text},
    schema::{content, field, kind, objects},
};
use crate::{
    app::App,
    http::page::{nothing_here, page},
};

/// One noun.
#[handler]
pub fn show(Data(app): Data<&Arc<App>>, Path(slug): Path<String>) -> Response {
    match nouns().find(|noun| noun.slug() == slug) {
        Some(noun) => page(StatusCode::OK, &view(noun, &base(app))),
        None => nothing_here(),
    }
}

fn view(noun: Noun, base: &str) -> ReferenceNoun {
    ReferenceNoun {
        frame: frame(&noun.path()),
        name: noun.name.to_owned(),
        about: Prose::read(noun.about),
        operations: noun.operations().map(|entry| operation(entry, base)).collect(),
        objects: objects(noun.operations().flat_map(schemas)),
    }
}

/// Answers that are no refusals.
fn answers(operation: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let answers = operation["responses"].as_object().into_iter().flatten();
    answers.map(|(status, answer)| (status.as_str(), answer)).filter(|(status, _)| *status < "400")
}

fn schemas(entry: Entry) -> impl Iterator<Item = &'static Value> {
    let request = content(&entry.operation["requestBody"]);
    let answered = answers(entry.operation).filter_map(|(_, answer)| content(answer));
    request.into_iter().chain(answered).map(|(_, schema, _)| schema)
}

fn operation(entry: Entry, base: &str) -> Operation {
    let operation = entry.operation;
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(resolved);
    let refusals =
        operation["responses"].as_object().into_iter().flatten().map(|(status, _)| status.as_str());
    let example =
        answers(operation).filter_map(|(_, answer)| content(answer)).map(|(_, _, example)| example).next();
    Operation {
        id: text(&operation["operationId"]).to_owned(),
        method: entry.method.to_uppercase(),
        path: entry.path.to_owned(),
        summary: text(&operation["summary"]).to_owned(),
        about: Prose::read(text(&operation["description"])),
        parameters: parameters
            .map(|one| {
                let (name, about) = (text(&one["name"]), text(&one["description"]));
                field(name, &one["schema"], about, one["required"] == true)
            })
            .collect(),
        body: content(&operation["requestBody"])
            .map(|(media_type, schema, _)| (media_type.to_owned(), kind(schema))),
        answers: answers(operation)
            .map(|(status, answer)| OperationAnswer {
                status: status.to_owned(),
                about: Prose::read(text(&answer["description"])),
                kind: content(answer).map(|(_, schema, _)| kind(schema)),
            })
            .collect(),
        refusals: refusals.filter(|status| *status >= "400").collect::<Vec<_>>().join(", "),
        curl: curl::command(base, entry),
        example: example.map(|example| match example.as_str() {
            Some(text) => text.to_owned(),
            None => format!("{example:#}"),
        }),
    }
}
