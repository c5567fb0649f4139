//! A wire to a provider that can be cut, held, garbled or slowed while calls are under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// What happens to a connection.
#[derive(Clone)]
pub enum Mode {
    /// Nothing: the provider itself answers.
    Pass,
    /// Nobody ever answers.
    Hang,
    /// It is reset once the request has come.
    Reset,
    /// These bytes answer the first request, and the connection is closed.
    Say(Vec<u8>),
    /// The same, one byte at a time with a pause before each.
    Trickle(Vec<u8>, Duration),
}

impl Mode {
    /// A whole HTTP/1.1 answer.
    pub fn http(head: &str, body: &[u8]) -> Self {
        Self::Say(http(head, body))
    }
}

/// The bytes of an HTTP/1.1 answer; `head` is the status line and further headers.
pub fn http(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A wire; ends when dropped, and all its connections with it.
pub struct Link {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    asked: Arc<AtomicUsize>,
    acceptor: AbortHandle,
}

impl Link {
    /// A wire to `provider`, such as `http://127.0.0.1:1234`.
    pub async fn to(provider: &str) -> Self {
        let provider: SocketAddr =
            provider.rsplit('/').next().and_then(|address| address.parse().ok()).expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (mode, modes) = watch::channel(Mode::Pass);
        let asked = Arc::new(AtomicUsize::new(0));
        let acceptor = tokio::spawn(accept(listener, provider, modes, asked.clone())).abort_handle();
        Self { address, mode, asked, acceptor }
    }

    /// Where to find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on this happens; connections that the provider itself answered are closed.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// How many requests came while the provider itself did not answer.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn accept(
    listener: TcpListener,
    provider: SocketAddr,
    modes: watch::Receiver<Mode>,
    asked: Arc<AtomicUsize>,
) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(carry(stream, provider, modes.clone(), asked.clone()));
    }
}

/// A peer that goes away ends a connection early, which is nobody's fault here.
async fn carry(
    mut stream: TcpStream,
    provider: SocketAddr,
    mut modes: watch::Receiver<Mode>,
    asked: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mode = modes.borrow_and_update().clone();
    if let Mode::Pass = mode {
        let mut onward = TcpStream::connect(provider).await?;
        onward.set_nodelay(true)?;
        tokio::select! {
            _ = copy_bidirectional(&mut stream, &mut onward) => {}
            _ = modes.changed() => {}
        }
        return Ok(());
    }
    read_request(&mut stream).await?;
    asked.fetch_add(1, Ordering::SeqCst);
    match mode {
        Mode::Pass => {}
        Mode::Hang => std::future::pending().await,
        Mode::Reset => stream.set_zero_linger()?,
        Mode::Say(bytes) => stream.write_all(&bytes).await?,
        Mode::Trickle(bytes, pause) => {
            for byte in bytes {
                tokio::time::sleep(pause).await;
                stream.write_all(&[byte]).await?;
            }
        }
    }
    Ok(())
}

/// Reads one HTTP/1.1 request to its end, so that closing does not cut the answer off.
async fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    loop {
        if stream.read_buf(&mut request).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        if body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0) {
            return Ok(());
        }
    }
}
