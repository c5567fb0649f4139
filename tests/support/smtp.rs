//! An SMTP server (RFC 5321) that demands STARTTLS (RFC 3207) and a login (RFC 4954), keeps what it is given, and fails
//! as it is told.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::mail::Mail;
use crate::stand_in::{Record, lock};
use crate::tls;
use crate::until::until;

mod session;

/// Whom it lets in; both need encoding in a URL.
const USER: &str = "ring@example.net";
const PASSWORD: &str = "s/ecret:pass";

/// When something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Instead of the greeting.
    Greeting,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// When the whole mail was taken over the wire.
    Message,
}

/// What goes wrong then.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// A reply, such as `451 4.3.0 later`.
    Say(&'static str),
    /// The connection is closed.
    Close,
    /// Nothing is answered any more.
    Hang,
}

pub(crate) struct State {
    tls: TlsAcceptor,
    mails: Record<Mail>,
    once: Mutex<HashMap<Stage, VecDeque<Trouble>>>,
    lasting: Mutex<Option<(Stage, Trouble)>>,
    refused: Mutex<HashMap<String, &'static str>>,
    hanging: Record<Stage>,
    logins: Record<String>,
    taken: Mutex<HashSet<usize>>,
}

/// The server. Ends when dropped, and all its connections with it.
pub struct Smtp {
    address: SocketAddr,
    ca_pem: String,
    state: Arc<State>,
    acceptor: AbortHandle,
}

impl Smtp {
    pub async fn start() -> Self {
        let (tls, ca_pem) = tls::acceptor(&[]);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(State {
            tls,
            mails: Record::default(),
            once: Mutex::default(),
            lasting: Mutex::default(),
            refused: Mutex::default(),
            hanging: Record::default(),
            logins: Record::default(),
            taken: Mutex::default(),
        });
        let acceptor = tokio::spawn(accept(listener, state.clone())).abort_handle();
        Self { address, ca_pem, state, acceptor }
    }

    /// For `RINGHOOK_SMTP_URL`, with this password, percent-encoded.
    pub fn url_with(&self, password: &str) -> String {
        format!("smtp://ring%40example.net:{password}@{}?tls=required", self.address)
    }

    /// For `RINGHOOK_SMTP_URL`.
    pub fn url(&self) -> String {
        self.url_with("s%2Fecret%3Apass")
    }

    /// The authority behind its certificate.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The next mail to this address, each once. Panics when none comes.
    pub async fn to(&self, address: &str) -> Mail {
        until(&format!("a mail to {address}"), async || {
            let mut taken = lock(&self.state.taken);
            let mails = self.all().into_iter().enumerate();
            let (place, mail) = mails
                .into_iter()
                .find(|(place, mail)| mail.recipient == address && !taken.contains(place))?;
            taken.insert(place);
            Some(mail)
        })
        .await
    }

    /// Every mail that it took, in order.
    pub fn all(&self) -> Vec<Mail> {
        self.state.mails.all()
    }

    /// How each client logged in that was let in: the mechanisms, in order.
    pub fn logins(&self) -> Vec<String> {
        self.state.logins.all()
    }

    /// Goes wrong once, at the next time that a connection comes so far.
    pub fn once(&self, stage: Stage, trouble: Trouble) {
        lock(&self.state.once).entry(stage).or_default().push_back(trouble);
    }

    /// Goes wrong from now on, until [`Smtp::works`].
    pub fn fails(&self, stage: Stage, trouble: Trouble) {
        *lock(&self.state.lasting) = Some((stage, trouble));
    }

    /// Nothing goes wrong any more.
    pub fn works(&self) {
        *lock(&self.state.lasting) = None;
    }

    /// Answers `RCPT` for this address so, such as `550 5.1.1 unknown`.
    pub fn refuse(&self, address: &str, reply: &'static str) {
        lock(&self.state.refused).insert(address.to_owned(), reply);
    }

    /// Waits until so many connections hang as scripted.
    pub async fn hanging(&self, count: usize) {
        self.state.hanging.at_least(count).await;
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

impl State {
    /// What goes wrong at this stage, if anything.
    fn trouble(&self, stage: Stage) -> Option<Trouble> {
        let once = lock(&self.once).get_mut(&stage).and_then(VecDeque::pop_front);
        once.or_else(|| {
            lock(&self.lasting).clone().filter(|(at, _)| *at == stage).map(|(_, trouble)| trouble)
        })
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        while connections.try_join_next().is_some() {}
        connections.spawn(session::serve(stream, state.clone()));
    }
}
