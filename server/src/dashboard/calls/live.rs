//! `GET /w/{workspace}/calls/live`: rows of the log as they come and change, as server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use std::{collections::HashSet, sync::Arc, time::Duration};

use askama::Template;
use futures_util::{Stream, StreamExt, stream};
use poem::{
    IntoResponse, Response, handler,
    web::{
        Data, Query,
        sse::{Event, SSE},
    },
};
use ringhook_web::pages::LiveCall;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Rows, search::Search};
use crate::{
    access::Member,
    app::App,
    bus::Watcher,
    dashboard::fields::refusal,
    domain::{Ground, Result, members, people::sessions, roles::may},
    http::page::nothing_here,
    store::{NotificationId, UserId, WorkspaceId, notifications::NotificationFilter},
};

/// What moves within this time is shown together: a busy log costs one read, not one for each call.
const GATHER: Duration = Duration::from_millis(200);
/// Rows shown at once; of more, the latest.
const ROWS: usize = 50;
/// A connection that nothing travels on is closed by proxies.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long one connection is served: then the browser connects anew, and is asked again who it is.
const LIFETIME: Duration = Duration::from_secs(600);

struct Watch {
    ground: Ground,
    workspace: WorkspaceId,
    user: UserId,
    /// The hash of the session's token.
    session: Vec<u8>,
    filter: NotificationFilter,
    rows: Rows,
    moved: Watcher,
    ends: CancellationToken,
    until: tokio::time::Instant,
}

/// The stream, of what passes the search.
#[handler]
pub async fn show(
    member: Member<may::Look>,
    Query(search): Query<Search>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let Ok(filter) = search.filter() else { return nothing_here() };
    let rows = match Rows::of(&member).await {
        Ok(rows) => rows,
        Err(error) => return refusal(error),
    };
    let watch = Watch {
        ground: member.ground.clone(),
        workspace: member.workspace.id,
        user: member.user.id,
        session: member.session.token_hash.clone(),
        filter,
        rows,
        moved: app.bus.watch(member.workspace.id).await,
        ends: app.dispatch.stopping().clone(),
        until: tokio::time::Instant::now() + LIFETIME,
    };
    let mut response = SSE::new(events(watch)).keep_alive(KEEP_ALIVE).into_response();
    let headers = response.headers_mut();
    headers.insert("cache-control", poem::http::HeaderValue::from_static("no-store"));
    // Nginx would keep events back to send more at once.
    headers.insert("x-accel-buffering", poem::http::HeaderValue::from_static("no"));
    response
}

fn events(watch: Watch) -> impl Stream<Item = Event> {
    // The first event says that the log is watched: a browser shows nothing as live before.
    let hello = stream::once(async { Event::message("watching").event_type("hello") });
    let rows = stream::unfold(watch, async |mut watch| {
        let ids = watch.next().await?;
        let events = match watch.read(&ids).await {
            Ok(Some(events)) => events,
            Ok(None) => return None,
            Err(error) => {
                tracing::warn!(%error, "the live log could not be read");
                Vec::new()
            }
        };
        Some((stream::iter(events), watch))
    });
    hello.chain(rows.flatten())
}

impl Watch {
    /// The calls of this workspace that moved, gathered for a moment; `None` when it is over.
    async fn next(&mut self) -> Option<Vec<NotificationId>> {
        let mut ids = HashSet::new();
        let mut shown_at = None;
        loop {
            let gathered = async {
                match shown_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                moved = self.moved.next() => {
                    ids.insert(moved?);
                    shown_at.get_or_insert_with(|| tokio::time::Instant::now() + GATHER);
                }
                () = gathered => break,
                () = self.ends.cancelled() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
            }
        }
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        Some(ids.split_off(ids.len().saturating_sub(ROWS)))
    }

    /// Whether the reader is still logged in, and still a member: both may end while they watch.
    async fn is_allowed(&self) -> Result<bool> {
        let session = sessions::is_open(&self.ground, &self.session).await?;
        Ok(session && members::is_there(&self.ground, self.workspace, self.user).await?)
    }

    /// The calls as events; `None` for who may not see them any more.
    async fn read(&self, ids: &[NotificationId]) -> Result<Option<Vec<Event>>> {
        if !self.is_allowed().await? {
            return Ok(None);
        }
        let mut conn = self.ground.store.read(self.workspace).await?;
        let mut calls = conn.notifications_of_ids(self.workspace, ids).await?;
        drop(conn);
        calls.retain(|call| self.filter.passes(call));
        calls.reverse();
        let rows = self.rows.show(&self.ground, self.workspace, &calls).await?;
        let event = |call: ringhook_web::pages::CallRow| {
            let id = call.id.clone();
            let html = LiveCall { call }.render().ok()?;
            Some(Event::message(json!({"id": id, "html": html}).to_string()).event_type("call"))
        };
        Ok(Some(rows.into_iter().filter_map(event).collect()))
    }
}
