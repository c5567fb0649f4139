//! A mail to an SMTP server (RFC 5321), one connection each.

use std::time::Duration;

use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    commands::{Data, Mail, Rcpt},
    extension::{ClientId, Extension, MailBodyParameter, MailParameter},
};

use super::message::Letter;
use crate::config::{Smtp, Tls};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a whole mail, or a whole check, may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// How long saying goodbye may take: the mail is the server's already.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The server will never take mails for this recipient.
    Recipient(String),
    /// Now it did not; why.
    Other(String),
}

/// An SMTP server, ready to be connected to.
pub struct Server {
    smtp: Smtp,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

impl Server {
    /// Prepares for the server; `extra_ca` are further authorities in PEM.
    ///
    /// # Errors
    /// A sentence, when TLS cannot be set up.
    pub fn new(smtp: Smtp, extra_ca: &[u8]) -> Result<Self, String> {
        let tls = match smtp.tls {
            Tls::Plain => None,
            Tls::Implicit | Tls::Required | Tls::Opportunistic => {
                let tls = tls_parameters(&smtp.host, extra_ca);
                Some(tls.map_err(|error| format!("RINGHOOK_SMTP_URL: TLS cannot be set up: {error}"))?)
            }
        };
        Ok(Self { smtp, tls, hello: ClientId::default() })
    }

    /// Connects, says EHLO and logs in, without sending anything.
    ///
    /// # Errors
    /// Says which step failed, and the server's own words.
    pub async fn check(&self) -> Result<(), String> {
        let checked = async {
            let mut connection = self.connect().await?;
            goodbye(&mut connection).await;
            Ok(())
        };
        tokio::time::timeout(DEADLINE, checked).await.map_err(|_| late())?
    }

    /// Sends a letter.
    pub(super) async fn send(&self, letter: &Letter) -> Result<(), Refusal> {
        let handing = async {
            let mut connection = self.connect().await.map_err(Refusal::Other)?;
            let handed = converse(&mut connection, letter).await;
            Ok((connection, handed))
        };
        let ended = tokio::time::timeout(DEADLINE, handing).await.map_err(|_| Refusal::Other(late()));
        let (mut connection, handed) = ended??;
        goodbye(&mut connection).await;
        handed
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let implicit = self.tls.clone().filter(|_| self.smtp.tls == Tls::Implicit);
        let server = (self.smtp.host.as_str(), self.smtp.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), &self.hello, implicit, None);
        let mut connection = connecting.await.map_err(|error| format!("connecting: {error}"))?;
        let offered = connection.can_starttls();
        let start = match self.smtp.tls {
            Tls::Required => true,
            Tls::Opportunistic => offered,
            Tls::Implicit | Tls::Plain => false,
        };
        if let Some(tls) = self.tls.clone().filter(|_| start) {
            let started = connection.starttls(tls, &self.hello).await;
            started.map_err(|error| format!("STARTTLS: {error}"))?;
        }
        if let Some((user, password)) = &self.smtp.login {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let known = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
            known.map_err(|error| format!("logging in as the user of RINGHOOK_SMTP_URL: {error}"))?;
        }
        Ok(connection)
    }
}

fn tls_parameters(host: &str, extra_ca: &[u8]) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if !extra_ca.is_empty() {
        builder = builder.add_root_certificate(Certificate::from_pem(extra_ca)?);
    }
    builder.build_rustls()
}

/// `MAIL`, `RCPT`, `DATA`, one by one: only a lasting no to `RCPT` is about the recipient, any other may be about us.
async fn converse(connection: &mut AsyncSmtpConnection, letter: &Letter) -> Result<(), Refusal> {
    let other = |step: &str, error: &dyn std::fmt::Display| Refusal::Other(format!("{step}: {error}"));
    let mail = Mail::new(Some(letter.from.clone()), parameters(connection, letter)?);
    connection.command(mail).await.map_err(|error| other("MAIL", &error))?;
    let recipient = connection.command(Rcpt::new(letter.to.clone(), Vec::new())).await;
    recipient.map_err(|error| match error.is_permanent() {
        true => Refusal::Recipient(format!("RCPT: {error}")),
        false => other("RCPT", &error),
    })?;
    connection.command(Data).await.map_err(|error| other("DATA", &error))?;
    connection.message(&letter.bytes).await.map_err(|error| other("the message", &error))?;
    Ok(())
}

/// What the server must know of the letter beforehand (RFC 6531, RFC 6152).
fn parameters(connection: &AsyncSmtpConnection, letter: &Letter) -> Result<Vec<MailParameter>, Refusal> {
    let info = connection.server_info();
    let mut parameters = Vec::new();
    if ![&letter.from, &letter.to].iter().all(|address| address.to_string().is_ascii()) {
        if !info.supports_feature(Extension::SmtpUtfEight) {
            return Err(Refusal::Other("the server takes ASCII addresses alone (no SMTPUTF8)".into()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !letter.bytes.is_ascii() && info.supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

async fn goodbye(connection: &mut AsyncSmtpConnection) {
    // Whether it answers makes no difference any more.
    let _ = tokio::time::timeout(GOODBYE, connection.quit()).await;
}

fn late() -> String {
    format!("no answer within {} seconds", DEADLINE.as_secs())
}
