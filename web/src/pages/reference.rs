//! The reference of the API: rendered from its document, for whoever reads.

use askama::Template;

use crate::prose::Prose;

/// What stands around each of its pages.
#[derive(Debug, Clone)]
pub struct ReferenceFrame {
    /// The path of this page.
    pub here: String,
    /// Its pages: name and path.
    pub pages: Vec<(String, String)>,
}

/// `/api/docs`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/reference.html")]
pub struct Reference {
    /// What stands around it.
    pub frame: ReferenceFrame,
    /// Where the API is.
    pub base: String,
    /// What holds everywhere.
    pub about: Prose,
    /// What there is, noun by noun.
    pub nouns: Vec<NounRow>,
}

/// A noun in the list.
#[derive(Debug, Clone)]
pub struct NounRow {
    /// Its name.
    pub name: String,
    /// Its page.
    pub path: String,
    /// What it is.
    pub about: String,
    /// What can be done: method, path, in words, and where that is explained.
    pub operations: Vec<OperationRow>,
}

/// An operation in a list.
#[derive(Debug, Clone)]
pub struct OperationRow {
    /// `GET`
    pub method: String,
    /// `/bindings/{id}`
    pub path: String,
    /// In words.
    pub summary: String,
    /// Where it is explained.
    pub link: String,
}

/// `/api/docs/{noun}`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/reference_noun.html")]
pub struct ReferenceNoun {
    /// What stands around it.
    pub frame: ReferenceFrame,
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: Prose,
    /// What can be done.
    pub operations: Vec<Operation>,
    /// The objects that are asked for or answered.
    pub objects: Vec<Object>,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `registerBinding`
    pub id: String,
    /// `GET`
    pub method: String,
    /// `/bindings/{id}`
    pub path: String,
    /// In words.
    pub summary: String,
    /// What it does.
    pub about: Prose,
    /// What stands in path, query and headers.
    pub parameters: Vec<Field>,
    /// Its body: media type, and the object.
    pub body: Option<(String, Kind)>,
    /// What it answers when it goes well: status, in words, and the object.
    pub answers: Vec<OperationAnswer>,
    /// The statuses of its refusals.
    pub refusals: String,
    /// How to try it.
    pub curl: String,
    /// What that answers.
    pub example: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct OperationAnswer {
    /// `200`
    pub status: String,
    /// In words.
    pub about: Prose,
    /// The object, if it has one.
    pub kind: Option<Kind>,
}

/// What a value is: in words, and the object's place on the page where there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kind {
    /// Such as `string`, or `array of Binding`.
    pub words: String,
    /// The object's name.
    pub object: Option<String>,
}

/// A member of an object, or a parameter.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub about: Prose,
    /// What it may be.
    pub limits: String,
}

/// An object.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: Prose,
    /// Its members.
    pub fields: Vec<Field>,
}

/// `/api/docs/problems`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/reference_problems.html")]
pub struct ReferenceProblems {
    /// What stands around it.
    pub frame: ReferenceFrame,
    /// Every code.
    pub codes: Vec<CodeRow>,
}

/// A problem's code.
#[derive(Debug, Clone)]
pub struct CodeRow {
    /// The HTTP status.
    pub status: u16,
    /// The code.
    pub code: &'static str,
    /// What happened.
    pub means: Prose,
    /// What to do.
    pub remedy: Prose,
}

impl ReferenceFrame {
    fn sample() -> Self {
        let page = |name: &str, path: &str| (name.to_owned(), path.to_owned());
        let pages = vec![
            page("Overview", "/api/docs"),
            page("Bindings", "/api/docs/bindings"),
            page("Problems", "/api/docs/problems"),
        ];
        Self { here: "/api/docs/bindings".into(), pages }
    }
}

impl Reference {
    /// With one noun.
    pub fn sample() -> Self {
        let row = OperationRow {
            method: "GET".into(),
            path: "/bindings/{id}".into(),
            summary: "Show a binding".into(),
            link: "/api/docs/bindings#getBinding".into(),
        };
        let noun = NounRow {
            name: "Bindings".into(),
            path: "/api/docs/bindings".into(),
            about: "Devices, and the identities they ring for.".into(),
            operations: vec![row],
        };
        Self {
            frame: ReferenceFrame { here: "/api/docs".into(), ..ReferenceFrame::sample() },
            base: "https://ring.example.com/api/v1".into(),
            about: Prose::read("Send a key as `Authorization: Bearer rhk_…`."),
            nouns: vec![noun],
        }
    }
}

impl ReferenceNoun {
    /// With one operation.
    pub fn sample() -> Self {
        let field = |name: &str, required| Field {
            name: name.into(),
            kind: Kind { words: "string".into(), object: None },
            required,
            about: Prose::read("Whom it rings for: the part after `client:`."),
            limits: "1 to 256 characters".into(),
        };
        let kind = Kind { words: "Binding".into(), object: Some("Binding".into()) };
        let operation = Operation {
            id: "registerBinding".into(),
            method: "POST".into(),
            path: "/bindings".into(),
            summary: "Register a device".into(),
            about: Prose::read("Creates a binding, or updates it.\n\nScope: `bindings:write`."),
            parameters: vec![field("Idempotency-Key", false)],
            body: Some(("application/json".into(), kind.clone())),
            answers: vec![OperationAnswer {
                status: "201".into(),
                about: Prose::read("It was made."),
                kind: Some(kind),
            }],
            refusals: "400, 401, 403".into(),
            curl: "curl -X POST https://ring.example.com/api/v1/bindings".into(),
            example: Some("{\n  \"id\": \"bnd_…\"\n}".into()),
        };
        let object = Object {
            name: "Binding".into(),
            about: Prose::read("A device that is rung."),
            fields: vec![field("identity", true), field("device_id", false)],
        };
        Self {
            frame: ReferenceFrame::sample(),
            name: "Bindings".into(),
            about: Prose::read("Devices, and the identities they ring for."),
            operations: vec![operation],
            objects: vec![object],
        }
    }
}

impl ReferenceProblems {
    /// With one code.
    pub fn sample() -> Self {
        let code = CodeRow {
            status: 404,
            code: "not_found",
            means: Prose::read("This workspace has no such thing."),
            remedy: Prose::read("Take the `id` as an earlier answer gave it."),
        };
        Self {
            frame: ReferenceFrame { here: "/api/docs/problems".into(), ..ReferenceFrame::sample() },
            codes: vec![code],
        }
    }
}
