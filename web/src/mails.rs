//! The mails, one struct each. A mail says what it is about as a [`Letter`]; two views turn that into plain text and
//! HTML, so that both always say the same. Each mail renders a sample of itself in a test.

mod account;
mod security;
mod workspace;

use askama::Template;

pub use account::*;
pub use security::*;
pub use workspace::*;

/// Columns of the plain text, as mail programs quote it without breaking lines (RFC 3676, section 4.2).
const COLUMNS: usize = 72;
/// The last line of every mail.
const FOOT: &str =
    "Sent by Ringhook, because this address is used or named there. Nobody reads answers to it.";

/// Something that people are told by mail.
pub trait Mail {
    /// The kind of mail, in one stable word: for logs, which show nothing else of it.
    fn kind(&self) -> &'static str;

    /// The subject, in one line.
    fn subject(&self) -> String;

    /// The content.
    fn letter(&self) -> Letter;
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What it is about.
    pub paragraphs: Vec<String>,
    /// What can be done about it.
    pub actions: Vec<Action>,
    /// What else to know, in small print.
    pub notes: Vec<String>,
}

/// A link to follow. It is a secret wherever it lets its reader do something.
#[derive(Clone, PartialEq, Eq)]
pub struct Action {
    /// What following it does.
    pub label: &'static str,
    /// A complete URL.
    pub link: String,
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Action({})", self.label)
    }
}

/// A mail as it goes out, still without sender and recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, in one line.
    pub subject: String,
    /// The plain text.
    pub plain: String,
    /// The same in HTML.
    pub html: String,
    /// The links in it, in order.
    pub links: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Plain<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    subject: &'a str,
    letter: &'a Letter,
}

/// Renders a mail.
///
/// # Errors
/// When a view fails, which none does on well-formed text.
pub fn render(mail: &impl Mail) -> askama::Result<Rendered> {
    // A name that somebody chose must not end the header.
    let subject = mail.subject().replace(|c: char| c.is_control(), " ");
    let letter = mail.letter();
    Ok(Rendered {
        plain: Plain { letter: &letter }.render()?,
        html: Html { subject: &subject, letter: &letter }.render()?,
        links: letter.actions.into_iter().map(|action| action.link).collect(),
        subject,
    })
}

/// Breaks a paragraph into lines of at most [`COLUMNS`]; a longer word has a line of its own.
fn wrap(paragraph: &str) -> String {
    let mut text = String::with_capacity(paragraph.len() + 8);
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > COLUMNS {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
    text
}

/// `1 hour`, `2 hours`.
fn count(number: u32, unit: &str) -> String {
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

fn action(label: &'static str, link: &str) -> Vec<Action> {
    vec![Action { label, link: link.to_owned() }]
}

/// Its paragraphs, its actions, its notes.
fn letter<const P: usize, const N: usize>(
    paragraphs: [String; P],
    actions: Vec<Action>,
    notes: [&str; N],
) -> Letter {
    Letter { paragraphs: paragraphs.into(), actions, notes: notes.map(str::to_owned).into() }
}

#[cfg(test)]
mod tests;
