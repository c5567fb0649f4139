//! Mails. One is decided on in the transaction of what it is about, kept in the outbox table until it is gone, and sent
//! by whichever node sees it first: to an SMTP server, or into files where none is set.
//!
//! A body holds links that let their reader in. It is sealed in the table, erased once the mail is gone, and never in a
//! log, but for one case: without a server, while only this machine reaches us, its links are shown there.

mod files;
mod mailer;
mod message;
mod pause;
mod smtp;

use lettre::Address;
pub use mailer::Mailer;
use ringhook_web::mails::{Mail, Rendered, render};
use serde::{Deserialize, Serialize};
pub use smtp::Server;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    domain::{DomainError, Ground, Result},
    secrets::{Column, Keyring, Place},
    store::{
        MailId,
        mails::{LeasedMail, NewMail},
    },
};

/// A mail's content, as it lies sealed in the outbox.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Content {
    subject: String,
    plain: String,
    html: String,
    links: Vec<String>,
}

impl From<Rendered> for Content {
    fn from(Rendered { subject, plain, html, links }: Rendered) -> Self {
        Self { subject, plain, html, links }
    }
}

/// Mails belong to people, not to a workspace.
fn place(id: &MailId) -> Place<'_> {
    Place { column: Column::Mail, workspace: Uuid::nil(), row: id.0.as_bytes() }
}

/// Renders and seals a mail to `to`, for [`mail_insert`](crate::store::Conn::mail_insert) in the transaction of what it
/// is about.
///
/// # Errors
/// [`DomainError::Invalid`] names `/email` when nobody can be reached at `to`; anything else is ours.
pub fn outgoing(ground: &Ground, to: &str, mail: &impl Mail) -> Result<NewMail> {
    let to: Address =
        to.trim().parse().map_err(|_| DomainError::invalid("/email", "must be an e-mail address"))?;
    let created_at = ground.clock.now();
    let id = MailId::new(created_at);
    let rendered = render(mail).map_err(|error| DomainError::Failed(error.to_string()))?;
    let content = serde_json::to_vec(&Content::from(rendered));
    let content = zeroize::Zeroizing::new(content.map_err(|error| DomainError::Failed(error.to_string()))?);
    let body = ground.keyring.seal(place(&id), &content)?;
    Ok(NewMail { id, kind: mail.kind(), recipient: to.to_string(), body, created_at })
}

/// The content of a leased mail, or why it cannot be had.
fn open(keyring: &Keyring, mail: &LeasedMail) -> std::result::Result<Content, String> {
    let body = mail.body.as_deref().ok_or("its body was erased")?;
    let plain = keyring.open(place(&mail.id), body).map_err(|fault| fault.to_string())?;
    serde_json::from_slice(&plain).map_err(|_| "its body is of another version".to_owned())
}
