//! Where mails go: an SMTP server, or files in the outbox.

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::Url;

use super::{ConfigFault, Secret, is_loopback, parse as parse_text};

const SMTP_URL: &str = "RINGHOOK_SMTP_URL";
const MAIL_FROM: &str = "RINGHOOK_MAIL_FROM";
/// Submission with TLS from the start, and with STARTTLS (RFC 8314, RFC 6409).
const PORT_TLS: u16 = 465;
const PORT_STARTTLS: u16 = 587;

/// How mails leave.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server that takes them; none: they become files in the outbox.
    pub smtp: Option<Smtp>,
    /// Whom they are from.
    pub from: Mailbox,
}

/// An SMTP server. Display shows it without its user.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User and password, if it asks for them.
    pub login: Option<(String, Secret)>,
}

/// How a connection to an SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the start.
    Implicit,
    /// By STARTTLS, or not at all.
    Required,
    /// By STARTTLS where the server offers it.
    Opportunistic,
    /// Not protected.
    Plain,
}

impl std::fmt::Display for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls == Tls::Implicit { "smtps" } else { "smtp" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

pub(super) fn parse(smtp_url: Option<&str>, from: Option<&str>, public: &Url) -> Result<Mail, ConfigFault> {
    let given = |text: Option<&'_ str>| text.map(str::to_owned).filter(|text| !text.is_empty());
    let smtp = given(smtp_url).map(|text| smtp(&text)).transpose()?;
    let from = match given(from) {
        Some(from) => from.parse().map_err(|error| {
            ConfigFault::new(MAIL_FROM, format!("{error}; write it as Ringhook <ringhook@example.com>"))
        })?,
        None if smtp.is_some() => {
            return Err(ConfigFault::new(
                MAIL_FROM,
                "is required with RINGHOOK_SMTP_URL: whom mails are from",
            ));
        }
        None => nobody(public)?,
    };
    Ok(Mail { smtp, from })
}

/// The sender of files in the outbox: nobody answers there.
fn nobody(public: &Url) -> Result<Mailbox, ConfigFault> {
    let host = public.host_str().filter(|_| public.domain().is_some()).unwrap_or("localhost");
    parse_text(MAIL_FROM, &format!("Ringhook <noreply@{host}>"))
}

/// `smtps://user:password@host:465` or `smtp://user:password@host:587?tls=required|opportunistic|none`. A fault's text
/// never quotes it, for it holds a password.
fn smtp(text: &str) -> Result<Smtp, ConfigFault> {
    let fault = |detail: &str| ConfigFault::new(SMTP_URL, detail);
    let shape = "must be smtps://user:password@host:465 or smtp://user:password@host:587, with special characters of user \
         and password percent-encoded";
    let url = Url::parse(text).map_err(|_| fault(shape))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| fault(shape))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(fault(shape));
    }
    let (tls, port) = match url.scheme() {
        "smtps" => (asked_tls(&url, Tls::Implicit)?, PORT_TLS),
        "smtp" if is_loopback(&url) => (asked_tls(&url, Tls::Plain)?, PORT_STARTTLS),
        "smtp" => (asked_tls(&url, Tls::Required)?, PORT_STARTTLS),
        _ => return Err(fault(shape)),
    };
    let decode = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        (user, password) => {
            let user = decode(user).map_err(|_| fault("the user is not UTF-8"))?;
            let password =
                decode(password.unwrap_or_default()).map_err(|_| fault("the password is not UTF-8"))?;
            Some((user, Secret::new(password)))
        }
    };
    Ok(Smtp { host, port: url.port().unwrap_or(port), tls, login })
}

/// The protection that the query asks for, or the one that the rest of the URL stands for.
fn asked_tls(url: &Url, unasked: Tls) -> Result<Tls, ConfigFault> {
    let mut asked = unasked;
    for (name, value) in url.query_pairs() {
        asked = match (name.as_ref(), value.as_ref()) {
            ("tls", "required") if unasked == Tls::Implicit => Tls::Implicit,
            ("tls", "required") => Tls::Required,
            ("tls", "opportunistic") if unasked != Tls::Implicit => Tls::Opportunistic,
            ("tls", "none") if unasked != Tls::Implicit => Tls::Plain,
            _ => {
                let detail =
                    "knows one parameter, for smtp:// alone: tls=required, tls=opportunistic or tls=none";
                return Err(ConfigFault::new(SMTP_URL, detail));
            }
        };
    }
    Ok(asked)
}

#[cfg(test)]
#[path = "mail_tests.rs"]
mod tests;
