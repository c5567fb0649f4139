//! How a connection ends: what was answered before the whole request was read must still reach its sender.
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
    time::Sleep,
};

/// How long what still comes is thrown away.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much of it, in bytes.
const LIMIT: usize = 32 * 1024 * 1024;
const CHUNK: usize = 16 * 1024;

/// A connection that is closed in this way.
pub struct Lingering {
    stream: TcpStream,
    closing: Option<Closing>,
}

struct Closing {
    left: usize,
    until: Pin<Box<Sleep>>,
}

impl Lingering {
    /// `stream` as it is, until it is shut down.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, closing: None }
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
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
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
