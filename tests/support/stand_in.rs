//! What every stand-in of a network does alike: scripted answers, a record of what came, and tests that wait for it.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::sync::watch;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer that a test dictates in place of the stand-in's own.
#[derive(Debug, Clone)]
pub struct Scripted {
    delay: Duration,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Answer { status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>, body: String },
    OwnAnswer,
    Hang,
    Reset,
}

impl Scripted {
    /// This status and body.
    pub fn answer(status: u16, body: impl ToString) -> Self {
        let status = StatusCode::from_u16(status).expect("an HTTP status");
        let body = body.to_string();
        Self::of(What::Answer { status, headers: Vec::new(), body })
    }

    /// Whatever the stand-in would answer; for use with [`Scripted::after`].
    pub fn own_answer() -> Self {
        Self::of(What::OwnAnswer)
    }

    /// None, ever.
    pub fn hang() -> Self {
        Self::of(What::Hang)
    }

    /// None: the stream is reset or, without streams, the connection closed.
    pub fn reset() -> Self {
        Self::of(What::Reset)
    }

    /// With one more header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let What::Answer { headers, .. } = &mut self.what {
            let value = value.parse().expect("a header's value");
            headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// Not before `delay` has passed.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn of(what: What) -> Self {
        Self { delay: Duration::ZERO, what }
    }

    /// Plays the script. None means that the stand-in answers for itself.
    pub(crate) async fn play(self) -> Result<Option<Response<Full<Bytes>>>, Reset> {
        tokio::time::sleep(self.delay).await;
        match self.what {
            What::OwnAnswer => Ok(None),
            What::Hang => std::future::pending::<Result<_, Infallible>>().await.map_err(|_| Reset),
            What::Reset => Err(Reset),
            What::Answer { status, headers, body } => {
                let mut response = respond(status, body);
                response.headers_mut().extend(headers);
                Ok(Some(response))
            }
        }
    }
}

/// Makes hyper reset the stream.
#[derive(Debug)]
pub(crate) struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("reset as scripted")
    }
}

impl std::error::Error for Reset {}

/// A JSON response.
pub(crate) fn respond(status: StatusCode, body: impl ToString) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}

/// Scripts by what they are for, such as a device's token. Each answer is given once, in order.
#[derive(Default)]
pub(crate) struct Scripts(Mutex<HashMap<String, VecDeque<Scripted>>>);

impl Scripts {
    pub(crate) fn add(&self, key: &str, answers: impl IntoIterator<Item = Scripted>) {
        lock(&self.0).entry(key.to_owned()).or_default().extend(answers);
    }

    pub(crate) fn next(&self, key: &str) -> Scripted {
        let next = lock(&self.0).get_mut(key).and_then(VecDeque::pop_front);
        next.unwrap_or_else(Scripted::own_answer)
    }
}

/// What came, in order, and a way to wait for it.
pub(crate) struct Record<T> {
    items: Mutex<Vec<T>>,
    count: watch::Sender<usize>,
}

impl<T> Default for Record<T> {
    fn default() -> Self {
        Self { items: Mutex::default(), count: watch::Sender::new(0) }
    }
}

impl<T: Clone> Record<T> {
    pub(crate) fn push(&self, item: T) {
        let mut items = lock(&self.items);
        items.push(item);
        self.count.send_replace(items.len());
    }

    pub(crate) fn all(&self) -> Vec<T> {
        lock(&self.items).clone()
    }

    /// All that came, as soon as there are `count`. Panics when they do not come.
    pub(crate) async fn at_least(&self, count: usize) -> Vec<T> {
        let mut counts = self.count.subscribe();
        let reached = tokio::time::timeout(PATIENCE, counts.wait_for(|now| *now >= count)).await;
        match reached {
            Ok(Ok(_)) => self.all(),
            _ => panic!("{} of {count} came within {PATIENCE:?}", lock(&self.items).len()),
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds of Unix time.
pub(crate) fn unix_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs().cast_signed())
}
