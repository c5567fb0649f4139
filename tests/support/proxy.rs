//! What stands in front of several nodes, as an operator would have it: requests go round among the nodes that say that they
//! are ready. A node that cannot be connected to is passed over for the next; anything else is the client's to try again: a
//! node that was sent a request may have taken the call.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, HeaderName, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::api::http_client;
use crate::stand_in::lock;

/// Between two looks at whether nodes are ready.
const LOOK: Duration = Duration::from_millis(50);
/// How long a node may take to say so.
const READY: Duration = Duration::from_secs(1);
/// Belong to one connection, and to nobody behind it.
const HOP: [HeaderName; 4] =
    [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::HOST];

struct Node {
    url: String,
    ready: bool,
}

struct Inner {
    nodes: Mutex<Vec<Node>>,
    turn: AtomicUsize,
    /// A connection for each request: a node that goes has nobody's request half-way.
    http: reqwest::Client,
}

/// The proxy. Ends when dropped.
pub struct Proxy {
    url: String,
    inner: Arc<Inner>,
    tasks: [AbortHandle; 2],
}

impl Proxy {
    /// In front of no node yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build();
        let http = http.expect("an HTTP client");
        let inner = Arc::new(Inner { nodes: Mutex::default(), turn: AtomicUsize::new(0), http });
        let tasks = [tokio::spawn(accept(listener, inner.clone())), tokio::spawn(look(inner.clone()))];
        Self { url, inner, tasks: tasks.map(|task| task.abort_handle()) }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts these nodes behind it.
    pub fn lead_to(&self, urls: impl IntoIterator<Item = String>) {
        *lock(&self.inner.nodes) = urls.into_iter().map(|url| Node { url, ready: true }).collect();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Inner {
    /// Every node, in the order of being tried: the ready ones go first.
    fn order(&self) -> Vec<String> {
        let nodes = lock(&self.nodes);
        let mut order: Vec<&Node> = nodes.iter().collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        order.rotate_left(turn % nodes.len().max(1));
        order.sort_by_key(|node| !node.ready);
        order.into_iter().map(|node| node.url.clone()).collect()
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, String> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        let headers = end_to_end(parts.headers);
        let mut last = "there is no node".to_owned();
        for node in self.order() {
            let request = self.http.request(parts.method.clone(), format!("{node}{}", parts.uri));
            match request.headers(headers.clone()).body(body.clone()).send().await {
                Ok(answer) => {
                    let (status, headers) = (answer.status(), end_to_end(answer.headers().clone()));
                    let body = answer.bytes().await.map_err(|error| error.to_string())?;
                    let mut response = Response::new(Full::new(body));
                    *response.status_mut() = status;
                    *response.headers_mut() = headers;
                    return Ok(response);
                }
                Err(error) if error.is_connect() => last = error.to_string(),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(last)
    }
}

fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    HOP.iter().for_each(|name| drop(headers.remove(name)));
    headers
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inner = inner.clone();
        tokio::spawn(async move {
            // An error closes the connection: its client has no answer, and cannot know what became of its request.
            let service = service_fn(|request| {
                let inner = inner.clone();
                async move { inner.forward(request).await.map_err(std::io::Error::other) }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn look(inner: Arc<Inner>) {
    let http = http_client();
    loop {
        let urls: Vec<String> = lock(&inner.nodes).iter().map(|node| node.url.clone()).collect();
        for url in urls {
            let answer = http.get(format!("{url}/readyz")).timeout(READY).send().await;
            let ready = answer.is_ok_and(|answer| answer.status() == 200);
            lock(&inner.nodes).iter_mut().filter(|node| node.url == url).for_each(|node| node.ready = ready);
        }
        tokio::time::sleep(LOOK).await;
    }
}
