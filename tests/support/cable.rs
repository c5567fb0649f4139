//! A cable between two programs that can be cut and mended.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// A TCP proxy to one address. Ends when dropped.
pub struct Cable {
    address: SocketAddr,
    cut: watch::Sender<bool>,
    task: AbortHandle,
}

impl Cable {
    /// To whatever listens at `target`, a host and a port.
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let cut = watch::Sender::new(false);
        let task = tokio::spawn(carry(listener, target.to_owned(), cut.clone())).abort_handle();
        Self { address, cut, task }
    }

    /// Its near end.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every connection through it, and lets none through.
    pub fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.cut.send_replace(false);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(listener: TcpListener, target: String, cut: watch::Sender<bool>) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let (target, mut cut) = (target.clone(), cut.subscribe());
        connections.spawn(async move {
            if *cut.borrow_and_update() {
                return;
            }
            let Ok(mut far) = TcpStream::connect(&target).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => {}
                _ = cut.wait_for(|cut| *cut) => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
