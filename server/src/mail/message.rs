//! A mail in the form that travels (RFC 5322).

use std::time::{Duration, SystemTime};

use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::Content;
use crate::store::{Ts, mails::LeasedMail};

/// RFC 3834, section 5: no machine is to answer this.
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// A mail ready to go.
pub(super) struct Letter {
    /// Whom it is from.
    pub from: Address,
    /// Whom it is to.
    pub to: Address,
    /// Headers and body.
    pub bytes: Vec<u8>,
}

/// Puts a mail together. Its id and date are those of the mail, not of the try, so that a copy is known as one.
pub(super) fn letter(mail: &LeasedMail, content: &Content, from: &Mailbox) -> Result<Letter, String> {
    let to: Address = mail.recipient.parse().map_err(|error| format!("its recipient: {error}"))?;
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(&content.subject)
        .date(time(mail.created_at))
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".into()))
        .multipart(
            MultiPart::alternative()
                .singlepart(plain(&content.plain))
                .singlepart(SinglePart::html(content.html.clone())),
        )
        .map_err(|error| error.to_string())?;
    Ok(Letter { from: from.email.clone(), to, bytes: message.formatted() })
}

/// The text part as it is, where a server must take it so: then a link stands whole in its line for whoever reads the file.
/// Anything else is encoded.
fn plain(text: &str) -> SinglePart {
    // A line's longest, without its end (RFC 5322, section 2.1.1).
    const LONGEST: usize = 998;
    if !text.is_ascii() || text.lines().any(|line| line.len() > LONGEST) {
        return SinglePart::plain(text.to_owned());
    }
    let lines: Vec<u8> = text.lines().flat_map(|line| [line, "\r\n"]).collect::<String>().into();
    let body = Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit);
    SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body)
}

fn time(at: Ts) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(at.micros()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MailId;

    #[test]
    fn a_mail_bears_what_it_must() {
        let created_at = Ts::from_micros(1_790_000_000_000_000);
        let id = MailId::new(created_at);
        let mail = LeasedMail {
            id,
            kind: "verify_email".into(),
            recipient: "bob@example.com".into(),
            body: None,
            tries: 1,
            created_at,
        };
        let text = |text: &str| text.to_owned();
        let content = Content {
            subject: text("Grüße"),
            plain: text("plain"),
            html: text("<p>html"),
            links: Vec::new(),
        };
        let from: Mailbox = "Rings <ring@example.net>".parse().expect("a mailbox");
        let letter = letter(&mail, &content, &from).expect("a letter");
        let text = String::from_utf8(letter.bytes).expect("ASCII");
        assert!(text.is_ascii());
        for line in [
            "From: Rings <ring@example.net>".to_owned(),
            "To: bob@example.com".to_owned(),
            "Date: Mon, 21 Sep 2026 14:13:20 +0000".to_owned(),
            format!("Message-ID: <{id}@example.net>"),
            "Auto-Submitted: auto-generated".to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
        }
        assert!(text.contains("multipart/alternative"), "{text}");
    }
}
