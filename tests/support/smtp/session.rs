//! One connection, as strict as a server on the internet.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{PASSWORD, Stage, State, Trouble, USER};
use crate::mail::Mail;
use crate::stand_in::lock;

/// Longest line, with its end (RFC 5321, section 4.5.3.1.6).
const LINE: usize = 1000;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

struct Session {
    stream: BufReader<Box<dyn Stream>>,
    state: Arc<State>,
    encrypted: bool,
    greeted: bool,
    known: bool,
    sender: Option<String>,
    recipient: Option<String>,
}

/// Serves a connection to its end; a client that goes away early is none of our business.
pub(super) async fn serve(stream: TcpStream, state: Arc<State>) {
    let mut session = Session {
        stream: BufReader::new(Box::new(stream)),
        state,
        encrypted: false,
        greeted: false,
        known: false,
        sender: None,
        recipient: None,
    };
    if let Ok(true) = session.stage(Stage::Greeting, "220 mail.test ESMTP").await {
        while let Ok(Some(next)) = session.exchange().await {
            session = next;
        }
    }
}

fn broken(why: &str) -> io::Error {
    io::Error::other(why.to_owned())
}

impl Session {
    async fn say(&mut self, reply: &str) -> io::Result<()> {
        self.stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    /// A whole line without its end.
    async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        if line.len() > LINE || !line.ends_with(b"\r\n") {
            return Err(broken("a line that is too long or does not end in CRLF"));
        }
        line.truncate(line.len() - 2);
        Ok(line)
    }

    async fn text(&mut self) -> io::Result<String> {
        String::from_utf8(self.line().await?).map_err(|_| broken("a line that is not UTF-8"))
    }

    /// Replies at a stage, or has the trouble that is scripted for it. Whether all went well.
    async fn stage(&mut self, stage: Stage, reply: &str) -> io::Result<bool> {
        match self.state.trouble(stage) {
            None => self.say(reply).await.map(|()| true),
            Some(Trouble::Say(reply)) => self.say(reply).await.map(|()| false),
            Some(Trouble::Close) => Err(broken("closed as scripted")),
            Some(Trouble::Hang) => {
                self.state.hanging.push(stage);
                std::future::pending().await
            }
        }
    }

    /// One command. `None` at the end of the session.
    async fn exchange(mut self) -> io::Result<Option<Self>> {
        let line = self.text().await?;
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" if !rest.is_empty() => self.hello().await?,
            "STARTTLS" if self.greeted && !self.encrypted => return self.start_tls().await.map(Some),
            "AUTH" if !self.encrypted => self.say("538 5.7.11 encryption required").await?,
            "AUTH" if self.greeted && !self.known => self.auth(rest).await?,
            "MAIL" if !self.known => self.say("530 5.7.0 authentication required").await?,
            "MAIL" => match path(rest, "FROM:") {
                Some(sender) => {
                    if self.stage(Stage::Mail, "250 2.1.0 ok").await? {
                        self.sender = Some(sender);
                    }
                }
                None => self.say("501 5.5.4 MAIL FROM:<address>").await?,
            },
            "RCPT" if self.sender.is_some() => self.recipient(rest).await?,
            "DATA" if self.recipient.is_some() => self.data().await?,
            "QUIT" => {
                self.say("221 2.0.0 bye").await?;
                return Ok(None);
            }
            _ => self.say("503 5.5.1 not now").await?,
        }
        Ok(Some(self))
    }

    async fn hello(&mut self) -> io::Result<()> {
        self.greeted = true;
        let offer = if self.encrypted { "AUTH PLAIN LOGIN" } else { "STARTTLS" };
        self.say(&format!("250-mail.test\r\n250-8BITMIME\r\n250 {offer}")).await
    }

    /// What was said before the handshake is forgotten, and nothing may follow the command in the clear.
    async fn start_tls(mut self) -> io::Result<Self> {
        self.say("220 2.0.0 go ahead").await?;
        if !self.stream.buffer().is_empty() {
            return Err(broken("sent ahead of the handshake"));
        }
        let stream = self.state.tls.accept(self.stream.into_inner()).await?;
        let stream: BufReader<Box<dyn Stream>> = BufReader::new(Box::new(stream));
        Ok(Self { stream, encrypted: true, greeted: false, ..self })
    }

    async fn auth(&mut self, rest: &str) -> io::Result<()> {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let known = match mechanism {
            "PLAIN" => {
                let given = if initial.is_empty() { self.ask("").await? } else { decode(initial)? };
                given == format!("\0{USER}\0{PASSWORD}")
            }
            "LOGIN" => {
                let user = if initial.is_empty() { self.ask("Username:").await? } else { decode(initial)? };
                let password = self.ask("Password:").await?;
                user == USER && password == PASSWORD
            }
            _ => return self.say("504 5.5.4 PLAIN or LOGIN").await,
        };
        if !known {
            return self.say("535 5.7.8 who are you?").await;
        }
        if self.stage(Stage::Auth, "235 2.7.0 welcome").await? {
            self.known = true;
            self.state.logins.push(mechanism.to_owned());
        }
        Ok(())
    }

    async fn ask(&mut self, prompt: &str) -> io::Result<String> {
        self.say(&format!("334 {}", STANDARD.encode(prompt))).await?;
        let answer = self.text().await?;
        decode(&answer)
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<()> {
        let Some(recipient) = path(rest, "TO:") else { return self.say("501 5.5.4 RCPT TO:<address>").await };
        let refused = lock(&self.state.refused).get(&recipient).copied();
        if let Some(reply) = refused {
            return self.say(reply).await;
        }
        if self.stage(Stage::Rcpt, "250 2.1.5 ok").await? {
            self.recipient = Some(recipient);
        }
        Ok(())
    }

    async fn data(&mut self) -> io::Result<()> {
        if !self.stage(Stage::Data, "354 go on").await? {
            return Ok(());
        }
        let mut raw = Vec::new();
        loop {
            let line = self.line().await?;
            match line.strip_prefix(b".") {
                Some(b"") => break,
                // Section 4.5.2: a dot that begins a line was doubled.
                Some(rest) => raw.extend_from_slice(rest),
                None => raw.extend_from_slice(&line),
            }
            raw.extend_from_slice(b"\r\n");
        }
        let recipient = self.recipient.take().unwrap_or_default();
        self.sender = None;
        if self.stage(Stage::Message, "250 2.0.0 taken").await? {
            self.state.mails.push(Mail::parse(&recipient, &raw));
        }
        Ok(())
    }
}

fn decode(text: &str) -> io::Result<String> {
    let bytes = STANDARD.decode(text).map_err(|_| broken("not base64"))?;
    String::from_utf8(bytes).map_err(|_| broken("not UTF-8"))
}

/// The address of `FROM:<address>`, whatever parameters follow.
fn path(text: &str, prefix: &str) -> Option<String> {
    let (before, rest) = text.split_at_checked(prefix.len())?;
    let address = rest.strip_prefix('<')?.split_once('>')?.0;
    (before.eq_ignore_ascii_case(prefix) && address.contains('@')).then(|| address.to_owned())
}
