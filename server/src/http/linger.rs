//! How a connection ends. Whoever sends a request so slowly that it looks like nothing but holding the connection loses it:
//! calls need theirs.
//!
//! And what was answered before the whole request was read must still reach its sender.
//!
//! Closing a socket with unread data in it makes the system send a reset, and a reset takes back what the peer has not
//! read yet: a sender of too large a body would see a broken pipe in place of the 413. So our side is closed first,
//! and what still comes is thrown away for a while (RFC 9112, section 9.6).

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep},
};

/// How long what still comes is thrown away.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much of it, in bytes.
const LIMIT: usize = 32 * 1024 * 1024;
const CHUNK: usize = 16 * 1024;
/// From the first byte of a request until something is answered, at least so many bytes must come in so long.
const LEAST: usize = 4096;
const WITHIN: Duration = Duration::from_secs(75);

/// A connection that is closed in this way.
pub struct Lingering {
    stream: TcpStream,
    /// What has come since the last answer, and within which time enough of it must.
    coming: Option<Coming>,
    within: Duration,
    closing: Option<Closing>,
}

struct Coming {
    bytes: usize,
    until: Pin<Box<Sleep>>,
}

struct Closing {
    left: usize,
    until: Pin<Box<Sleep>>,
}

impl Lingering {
    /// `stream` as it is, until it is shut down.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, coming: None, within: WITHIN, closing: None }
    }

    fn came(&mut self, bytes: usize) {
        let within = self.within;
        let begun = || Coming { bytes: 0, until: Box::pin(tokio::time::sleep(within)) };
        self.coming.get_or_insert_with(begun).bytes += bytes;
    }

    /// Ready once too little has come for too long.
    fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(coming) = &mut self.coming else { return Poll::Pending };
        while coming.until.as_mut().poll(cx).is_ready() {
            if coming.bytes < LEAST {
                return Poll::Ready(());
            }
            coming.bytes = 0;
            coming.until.as_mut().reset(Instant::now() + self.within);
        }
        Poll::Pending
    }

    /// Reads and forgets until the peer closes, or patience ends.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(closing) = &mut self.closing else { return Poll::Ready(()) };
        let mut chunk = [0; CHUNK];
        while closing.left > 0 && closing.until.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut chunk);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
            closing.left = closing.left.saturating_sub(buffer.filled().len());
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            self.came(buffer.filled().len() - before);
            return Poll::Ready(read);
        }
        self.poll_too_slow(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.coming = None;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.coming = None;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.closing = Some(Closing { left: LIMIT, until: Box::pin(tokio::time::sleep(PATIENCE)) });
        }
        self.poll_discard(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    async fn pair() -> (Lingering, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sender = TcpStream::connect(listener.local_addr().expect("its address")).await.expect("a way");
        (Lingering::new(listener.accept().await.expect("a connection").0), sender)
    }

    #[tokio::test]
    async fn a_request_that_drips_loses_its_connection() {
        let (mut ours, mut theirs) = pair().await;
        ours.within = Duration::from_millis(20);
        let mut read = [0; LEAST];
        theirs.write_all(&read).await.expect("written");
        ours.read_exact(&mut read).await.expect("all of it");
        // The first span was filled, the second is not.
        let error = ours.read(&mut read).await.expect_err("silence");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn whoever_was_answered_may_be_silent() {
        let (mut ours, mut theirs) = pair().await;
        theirs.write_all(b"ping").await.expect("written");
        ours.read_exact(&mut [0; 4]).await.expect("all of it");
        assert!(ours.coming.is_some());
        ours.write_all(b"pong").await.expect("written");
        assert!(ours.coming.is_none());
    }
}
