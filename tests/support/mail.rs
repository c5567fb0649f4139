//! Mails as people read them, and a way to have one sent.

use std::path::PathBuf;

use mail_parser::MessageParser;
use ringhook::config::{Config, Layer};
use ringhook::domain::Ground;
use ringhook::mail::outgoing;

use crate::app::App;
use crate::smtp::Smtp;
use crate::until::until;

/// A mail as it arrived.
#[derive(Clone)]
pub struct Mail {
    /// Whom the envelope named; empty for a file of the outbox.
    pub recipient: String,
    pub subject: String,
    pub plain: String,
    pub html: String,
    raw: Vec<u8>,
}

impl Mail {
    /// Parses what travels.
    pub(crate) fn parse(recipient: &str, raw: &[u8]) -> Self {
        let parsed = MessageParser::default().parse(raw).expect("a mail");
        let part = |text: Option<std::borrow::Cow<'_, str>>| text.expect("plain text and HTML").into_owned();
        assert_eq!((parsed.text_body_count(), parsed.html_body_count()), (1, 1), "one part of each kind");
        Self {
            recipient: recipient.to_owned(),
            subject: parsed.subject().expect("a subject").to_owned(),
            plain: part(parsed.body_text(0)),
            html: part(parsed.body_html(0)),
            raw: raw.to_vec(),
        }
    }

    /// The first link of the plain text.
    pub fn link(&self) -> String {
        self.links().into_iter().next().unwrap_or_else(|| panic!("no link in:\n{}", self.plain))
    }

    /// Every link of the plain text, in order.
    pub fn links(&self) -> Vec<String> {
        let words = self.plain.split_whitespace();
        words
            .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
            .map(str::to_owned)
            .collect()
    }

    /// A header as it was written.
    pub fn header(&self, name: &str) -> Option<String> {
        let parsed = MessageParser::default().parse(&self.raw)?;
        parsed.header_raw(name).map(|value| value.trim().to_owned())
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "to {}: {}\n{}", self.recipient, self.subject, self.plain)
    }
}

impl App {
    /// The SMTP server, and what it took.
    pub fn mail(&self) -> &Smtp {
        self.smtp.as_ref().expect("an App with an SMTP server")
    }

    /// The mails of the outbox folder, the oldest first, as soon as there are `count`.
    pub async fn outbox(&self, count: usize) -> Vec<Mail> {
        let files = until("the mails in the outbox", async || {
            let files = self.outbox_files();
            (files.len() >= count).then_some(files)
        });
        let read = |path: PathBuf| Mail::parse("", &std::fs::read(path).expect("a mail"));
        files.await.into_iter().map(read).collect()
    }

    /// The files of the outbox folder that have their names, in order.
    pub fn outbox_files(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.folder().join("data/outbox")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut mails: Vec<_> =
            paths.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect();
        mails.sort();
        mails
    }

    /// The program's database and keys, as another process has them.
    pub async fn ground(&self) -> Ground {
        let setting = |name| self.env().get(name).cloned();
        let layer = Layer {
            data_dir: setting("RINGHOOK_DATA_DIR"),
            database_url: setting("RINGHOOK_DATABASE_URL"),
            master_key: setting("RINGHOOK_MASTER_KEY"),
            ..Layer::default()
        };
        let config = Config::resolve(layer).expect("a configuration");
        Ground::open(&config).await.expect("the database")
    }

    /// Puts a mail into the outbox, as a command beside the server would.
    pub async fn post(&self, to: &str, mail: &impl ringhook_web::mails::Mail) {
        let ground = self.ground().await;
        let mail = outgoing(&ground, to, mail).expect("a mail");
        ground
            .store
            .engine()
            .write(async move |conn| conn.mail_insert(&mail).await)
            .await
            .expect("to write it");
    }
}
