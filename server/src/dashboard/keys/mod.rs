//! The API keys of a workspace.

pub mod list;
pub mod new;
pub mod revoke;
pub mod roll;
pub mod show;

use poem::{Response, http::StatusCode};
use ringhook_web::pages::{Here, KeyMade, KeyRow};

use crate::{
    access::Member,
    dashboard::frame::frame,
    domain::api_keys::Made,
    http::page::page,
    store::{Ts, api_keys::ApiKey},
};

fn time(at: Ts) -> String {
    at.utc().to_rfc3339()
}

fn row(key: &ApiKey, now: Ts) -> KeyRow {
    let ended = match key.revoked_at {
        Some(_) => "revoked",
        None => "expired",
    };
    KeyRow {
        id: key.id.to_string(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        scopes: key.scopes().iter().map(ToString::to_string).collect(),
        created: time(key.created_at),
        used: key.last_used_at.map(time),
        expires: key.revoked_at.or(key.expires_at).map(time),
        ended: (!key.holds(now)).then_some(ended),
    }
}

/// Shows a key, this once.
fn shown<P>(member: &Member<P>, made: &Made, old_until: Option<Ts>) -> Response {
    let view = KeyMade {
        frame: frame(member, Here::Keys),
        name: made.row.name.clone(),
        key: made.key.to_string(),
        public_url: member.visitor.base().to_owned(),
        old_until: old_until.map(time),
    };
    page(StatusCode::OK, &view)
}
