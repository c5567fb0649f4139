//! One open socket.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use poem::web::websocket::{Message, WebSocketStream};
use ringhook_openapi::{Channel, DeliveryState, problem::ApiProblem};
use serde::Deserialize;
use tokio::time::{Instant, Interval};

use super::{
    farewell::Farewell,
    late::{self, Late},
};
use crate::{
    access::{device, device_token::Device},
    app::App,
    bus::{Callee, Ending, Frame, Full, Limit, SOCKETS_PER_IDENTITY, Seat, State, Unwritten},
    domain::{
        self, devices,
        quotas::{self, Quota},
    },
    metrics::metrics,
    store::{
        BindingId, DeliveryId, NotificationId, Ts,
        deliveries::{Progress, Step},
    },
};

/// How often a silent device is asked whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// Silence after which it is not.
const SILENCE: Duration = Duration::from_secs(60);
/// Largest message of a device, in bytes: acknowledgements and tokens.
pub(super) const MESSAGE_LIMIT: usize = 16 * 1024;
/// How long one frame may take to be written.
const WRITE: Duration = Duration::from_secs(5);
/// When a socket looks once more after it joined: several NATS servers tell each other of it in their own time.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long a message is remembered that was written: no call rings longer. One that is forgotten would be written again
/// when the socket looks for young calls.
const REMEMBERED: Duration = Duration::from_secs(600);
/// Messages that are remembered, at most.
const MOST: usize = 10_000;

/// A message that was written, for its acknowledgement.
struct Written {
    notification: NotificationId,
    delivery: DeliveryId,
    received_at: Ts,
    written_at: Ts,
    tries: i32,
}

/// What a device may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    ack: Option<String>,
    token: Option<String>,
}

/// The device's binding. A known device may come as often as it likes; each new one makes a row that lasts.
async fn binding_of(
    app: &App,
    device: &Device,
    callee: &Callee,
    device_id: &str,
) -> Result<BindingId, ApiProblem> {
    if let Some(known) = devices::socket_binding(&app.ground, callee, device_id).await? {
        return Ok(known);
    }
    match app.rates.of_user(&device.user()).wait {
        Some(wait) => Err(ApiProblem::rate_limited(wait)),
        None => Ok(devices::bind_socket(&app.ground, callee, device_id).await?),
    }
}

/// A socket with its place in the hub.
pub struct Session {
    app: Arc<App>,
    device: Device,
    seat: Seat,
    callee: Callee,
    binding: BindingId,
    device_id: Option<String>,
    late: VecDeque<Late>,
    /// When to look for young calls once more.
    look_at: Option<Instant>,
    written: HashMap<String, Written>,
    order: VecDeque<String>,
}

impl Session {
    /// Seats a device: from here on calls reach it, and calls that are still young wait for it.
    ///
    /// # Errors
    /// 409 `quota_reached` when the workspace has as many open, or as many bindings, as it may, `too_many_sockets` when the
    /// identity has as many open; 429 when the user's new devices come too fast; when the database fails.
    pub async fn new(app: Arc<App>, device: Device, device_id: Option<String>) -> Result<Self, ApiProblem> {
        let callee = Callee {
            workspace: device.workspace,
            account_sid: device.account_sid.clone(),
            identity: device.identity.clone(),
        };
        let binding = match &device_id {
            Some(id) => binding_of(&app, &device, &callee, id).await?,
            None => BindingId::new(app.ground.clock.now()),
        };
        let limit = quotas::of_tenant(&app.ground, callee.workspace, Quota::Sockets).await?;
        let here = Limit {
            workspace: app.nodes.share(limit),
            identity: SOCKETS_PER_IDENTITY.div_ceil(app.nodes.count().get() as usize),
        };
        let now = app.ground.clock.now();
        let seat = app.bus.hub.join(callee.clone(), binding, device_id.clone(), here, now);
        let seat = seat.map_err(|full| match full {
            Full::Workspace => quotas::reached(Quota::Sockets, limit),
            Full::Identity => domain::DomainError::Conflict {
                code: "too_many_sockets",
                detail: format!(
                    "This identity may have {SOCKETS_PER_IDENTITY} sockets open, and has them. Close some."
                ),
            },
        })?;
        seat.let_in_by(device.key);
        // Joined first, known to the other nodes second, read third. A call that is recorded later finds the socket, or has
        // it look; one that was recorded earlier is read. One in between is met twice, and written once.
        app.bus.announce(&callee, device_id.is_some().then_some(binding), now).await;
        let late = late::young_calls(&app, &callee, binding, device_id.as_deref()).await?;
        let look_at = (app.bus.state() != State::SingleNode).then(|| Instant::now() + LOOK_AGAIN);
        Ok(Self {
            app,
            device,
            seat,
            callee,
            binding,
            device_id,
            late: late.into(),
            look_at,
            written: HashMap::new(),
            order: VecDeque::new(),
        })
    }

    /// Serves the socket until either side ends it.
    ///
    /// What happens seldom is boxed: room for it would else be set aside in every idle socket.
    pub async fn run(mut self, mut stream: WebSocketStream) {
        let stopping = self.app.dispatch.stopping().clone();
        let end = self.seat.end.clone();
        let mut heartbeat: Interval = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        let mut heard = Instant::now();
        let farewell = loop {
            if let Some(late) = self.late.pop_front() {
                match Box::pin(self.write_late(&mut stream, late)).await {
                    Ok(()) => continue,
                    Err(()) => break None,
                }
            }
            let token_ends = Instant::now() + self.app.ground.clock.now().until(self.device.expires_at);
            tokio::select! {
                frame = self.seat.frames.recv() => match frame {
                    Some(frame) => if Box::pin(self.write(&mut stream, *frame)).await.is_err() { break None },
                    None => break Some(Farewell::Ended(Ending::Replaced)),
                },
                message = stream.next() => match message {
                    Some(Ok(Message::Text(text))) if text.len() > MESSAGE_LIMIT => break Some(Farewell::TooLarge),
                    Some(Ok(Message::Text(text))) => {
                        heard = Instant::now();
                        Box::pin(self.hear(&text)).await;
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => heard = Instant::now(),
                    Some(Ok(Message::Binary(_))) => break Some(Farewell::NotText),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break None,
                },
                () = self.seat.look.notified() => Box::pin(self.look()).await,
                () = until(self.look_at) => Box::pin(self.look()).await,
                () = tokio::time::sleep_until(token_ends) => break Some(Farewell::TokenEnded),
                why = end.told() => break Some(Farewell::Ended(why)),
                () = stopping.cancelled() => break Some(Farewell::Restarting),
                _ = heartbeat.tick() => {
                    if heard.elapsed() > SILENCE {
                        break Some(Farewell::Silent);
                    }
                    let ping = Message::Ping(Vec::new());
                    if Box::pin(send(&mut stream, ping)).await.is_err() { break None }
                }
            }
        };
        drop(self);
        if let Some(farewell) = farewell {
            // The device may be gone; nothing is lost by that.
            let _ = Box::pin(send(&mut stream, farewell.message())).await;
            let _ = Box::pin(tokio::time::timeout(WRITE, stream.close())).await;
        }
    }

    /// Looks for young calls that were not written. What cannot be read now is looked for a little later.
    async fn look(&mut self) {
        self.look_at = None;
        match late::young_calls(&self.app, &self.callee, self.binding, self.device_id.as_deref()).await {
            Ok(late) => self.late.extend(late),
            Err(error) => {
                tracing::warn!(%error, "young calls not read");
                self.look_at = Some(Instant::now() + LOOK_AGAIN);
            }
        }
    }

    async fn write(&mut self, stream: &mut WebSocketStream, frame: Frame) -> Result<(), ()> {
        if self.written.contains_key(&frame.message_id) {
            let _ = frame.written.send(Ok(()));
            return Ok(());
        }
        let sent = send(stream, Message::Text(frame.text.as_ref().to_owned())).await;
        // The delivery may have timed out meanwhile; the device has it all the same.
        let _ = frame.written.send(sent);
        sent.map_err(|_| ())?;
        let written_at = self.app.ground.clock.now();
        let (notification, delivery, received_at) = (frame.notification, frame.delivery, frame.received_at);
        let written = Written { notification, delivery, received_at, written_at, tries: 1 };
        self.remember(frame.message_id, written);
        Ok(())
    }

    async fn write_late(&mut self, stream: &mut WebSocketStream, late: Late) -> Result<(), ()> {
        if self.written.contains_key(&late.message_id) {
            return Ok(());
        }
        let at = self.app.ground.clock.now();
        send(stream, Message::Text(late.text.as_ref().to_owned())).await.map_err(|_| ())?;
        let (progress, tries) = late.accepted(&self.app, at);
        self.app.dispatch.journal.note(progress);
        let (notification, delivery, received_at) = (late.notification, late.delivery, late.received_at);
        let written_at = self.app.ground.clock.now();
        let written = Written { notification, delivery, received_at, written_at, tries };
        self.remember(late.message_id, written);
        Ok(())
    }

    fn remember(&mut self, message_id: String, written: Written) {
        let now = written.written_at;
        self.order.push_back(message_id.clone());
        self.written.insert(message_id, written);
        while let Some(oldest) = self.order.front()
            && (self.order.len() > MOST || self.is_forgotten(oldest, now))
            && let Some(oldest) = self.order.pop_front()
        {
            self.written.remove(&oldest);
        }
    }

    fn is_forgotten(&self, message_id: &str, now: Ts) -> bool {
        self.written.get(message_id).is_none_or(|written| written.written_at + REMEMBERED < now)
    }

    /// Takes an acknowledgement or a new token; anything else a device says is not for us.
    async fn hear(&mut self, text: &str) {
        let Ok(said) = serde_json::from_str::<Said>(text) else { return };
        if let Some(message_id) = said.ack {
            self.acknowledge(&message_id);
        }
        if let Some(token) = said.token {
            self.prolong(&token).await;
        }
    }

    fn acknowledge(&self, message_id: &str) {
        let Some(written) = self.written.get(message_id) else { return };
        self.app.bus.hub.acknowledged.note(self.binding, message_id);
        let now = self.app.ground.clock.now();
        let (workspace, state) = (self.device.workspace, DeliveryState::Acknowledged);
        metrics().delivered(workspace, Channel::Websocket, state, None);
        let key = (written.notification, written.delivery);
        let step = Step {
            acknowledged_after_ms: Some(now.millis_since(written.received_at)),
            ..Step::ended(key, state, written.tries, written.written_at)
        };
        self.app.dispatch.journal.note(Progress { steps: vec![step], ..Progress::default() });
    }

    async fn prolong(&mut self, token: &str) {
        let now = self.app.ground.clock.now();
        // A token that does not hold, or is somebody else's, changes nothing: the old one runs out.
        let workspace = Some(self.device.workspace);
        if let Ok(device) = device::verify(&self.app.ground, token, workspace, now).await
            && device.is_same_user(&self.device)
            && device.expires_at > self.device.expires_at
        {
            self.seat.let_in_by(device.key);
            self.device = device;
        }
    }
}

/// Waits until then; for ever without a time.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn send(stream: &mut WebSocketStream, message: Message) -> Result<(), Unwritten> {
    match tokio::time::timeout(WRITE, stream.send(message)).await {
        Ok(sent) => sent.map_err(|_| Unwritten::Gone),
        Err(_) => Err(Unwritten::Slow),
    }
}
