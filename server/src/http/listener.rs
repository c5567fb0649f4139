//! The listener: accepted connections send small messages at once (`TCP_NODELAY`), and a failing `accept` pauses
//! instead of spinning.

use std::{io, net::SocketAddr, time::Duration};

use poem::{
    http::uri::Scheme,
    listener::{Acceptor, Listener},
    web::{LocalAddr, RemoteAddr},
};
use tokio::net::TcpListener;

use super::linger::Lingering;

/// Connections that the system keeps for us to accept.
const BACKLOG: u32 = 1024;
const PAUSE: Duration = Duration::from_millis(100);

/// An address that is listened on.
pub struct Bound(TcpListener);

impl Bound {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn new(address: SocketAddr) -> io::Result<Self> {
        let socket = match address {
            SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
            SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self(socket.listen(BACKLOG)?))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Listener for Bound {
    type Acceptor = Self;

    async fn into_acceptor(self) -> io::Result<Self> {
        Ok(self)
    }
}

impl Acceptor for Bound {
    type Io = Lingering;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr().map(|address| LocalAddr(address.into())).into_iter().collect()
    }

    async fn accept(&mut self) -> io::Result<(Lingering, LocalAddr, RemoteAddr, Scheme)> {
        loop {
            match self.0.accept().await {
                Ok((stream, remote)) => {
                    // A connection that is gone already says so at its first read.
                    let _ = stream.set_nodelay(true);
                    let local = self.0.local_addr()?;
                    let (local, remote) = (LocalAddr(local.into()), RemoteAddr(remote.into()));
                    return Ok((Lingering::new(stream), local, remote, Scheme::HTTP));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
