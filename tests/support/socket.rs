//! A device on a WebSocket.

use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::api::Api;
use crate::until::PATIENCE;

/// A client token for one device user.
pub async fn client_token(api: &Api, account_sid: &str, identity: &str, ttl_seconds: u32) -> String {
    let body = json!({"account_sid": account_sid, "identity": identity, "ttl_seconds": ttl_seconds});
    let reply = api.post("/client-tokens", body).await.expect(201);
    reply.json["token"].as_str().expect("a token").to_owned()
}

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The headers with which the server took it.
    pub headers: HeaderMap,
}

/// The handshake of a device.
pub fn handshake(url: &str, query: &str) -> Request<()> {
    let url = format!("{}/api/v1/device/socket{query}", url.replacen("http", "ws", 1));
    url.into_client_request().expect("a handshake")
}

impl Socket {
    /// Connects as browsers do, with the token as a subprotocol.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn connect(
        url: &str,
        token: &str,
        device_id: Option<&str>,
    ) -> Result<Self, Box<tungstenite::Error>> {
        let query = device_id.map(|id| format!("?device_id={id}")).unwrap_or_default();
        let mut request = handshake(url, &query);
        let protocols = format!("ringhook.v1, ringhook.bearer.{token}");
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().expect("a header"));
        Self::open(request).await
    }

    /// Connects with a handshake of one's own.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open(request: Request<()>) -> Result<Self, Box<tungstenite::Error>> {
        let (stream, response) = tokio_tungstenite::connect_async(request).await.map_err(Box::new)?;
        Ok(Self { stream, headers: response.headers().clone() })
    }

    /// The next text or closing frame; pings are answered on the way.
    async fn next(&mut self) -> Message {
        loop {
            let next = timeout(PATIENCE, self.stream.next()).await;
            let next = next.unwrap_or_else(|_| panic!("nothing came within {PATIENCE:?}"));
            match next.expect("an open socket").expect("a frame") {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    /// The next text, byte for byte.
    pub async fn text(&mut self) -> String {
        match self.next().await {
            Message::Text(text) => text.as_str().to_owned(),
            other => panic!("no text but {other:?}"),
        }
    }

    /// The next text, however long it takes; none once the socket is closed.
    pub async fn next_text(&mut self) -> Option<String> {
        loop {
            match self.stream.next().await? {
                Ok(Message::Text(text)) => return Some(text.as_str().to_owned()),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(_) | Err(_) => return None,
            }
        }
    }

    /// Sends JSON; whether the socket was still open.
    pub async fn try_say(&mut self, value: Value) -> bool {
        self.stream.send(Message::Text(value.to_string().into())).await.is_ok()
    }

    /// The code with which the server closes.
    pub async fn close_code(&mut self) -> u16 {
        match self.next().await {
            Message::Close(Some(frame)) => frame.code.into(),
            other => panic!("no farewell but {other:?}"),
        }
    }

    /// Proves that nothing was written so far: a ping is answered, and nothing came before the answer.
    pub async fn assert_silent(&mut self) {
        self.stream.send(Message::Ping(b"silent?".as_slice().into())).await.expect("to ping");
        loop {
            let next = timeout(PATIENCE, self.stream.next()).await.expect("an answer to the ping");
            match next.expect("an open socket").expect("a frame") {
                Message::Pong(_) => return,
                Message::Ping(_) => {}
                other => panic!("there was {other:?}"),
            }
        }
    }

    /// Sends JSON.
    pub async fn say(&mut self, value: Value) {
        self.send(Message::Text(value.to_string().into())).await;
    }

    /// Acknowledges a message.
    pub async fn ack(&mut self, message_id: &str) {
        self.say(json!({"ack": message_id})).await;
    }

    /// Sends any frame.
    pub async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("to send");
    }

    /// Closes the socket and waits until the server agrees.
    pub async fn close(mut self) {
        // The server may have closed first.
        let _ = self.stream.close(None).await;
        while let Ok(Some(Ok(_))) = timeout(PATIENCE, self.stream.next()).await {}
    }
}
