//! `GET /w/{workspace}/keys/{id}`.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::pages::{Choice, Errors, Here, Key};

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame},
    domain::{api_keys, roles::may},
    http::page::{nothing_here, page},
    store::ApiKeyId,
};

/// Seconds for which a rolled key may still hold, and what to call it.
pub const OVERLAPS: [(u32, &str); 4] = [
    (0, "Ends at once"),
    (3600, "Holds for an hour"),
    (86_400, "Holds for a day"),
    (7 * 86_400, "Holds for a week"),
];
const USUAL: u32 = 86_400;

/// The key; what has ended has no page.
#[handler]
pub async fn show(member: Member<may::ManageKeys>, Path((_, id)): Path<(String, String)>) -> Response {
    answer(&member, &id, StatusCode::OK, ("", Errors::default())).await
}

/// The page, with what was wrong with one of its forms.
pub(super) async fn answer(
    member: &Member<may::ManageKeys>,
    id: &str,
    status: StatusCode,
    wrong: (&'static str, Errors),
) -> Response {
    let now = member.ground.clock.now();
    let id = id.parse::<ApiKeyId>().ok();
    let keys = match api_keys::list(&member.ground, member.workspace.id).await {
        Ok(keys) => keys,
        Err(error) => return refusal(error),
    };
    let Some(key) = keys.iter().find(|key| Some(key.id) == id && key.holds(now)) else {
        return nothing_here();
    };
    let overlaps = OVERLAPS.map(|(seconds, words)| Choice {
        value: seconds.to_string(),
        words,
        chosen: seconds == USUAL,
    });
    let view =
        Key { frame: frame(member, Here::Keys), key: super::row(key, now), overlaps: overlaps.into(), wrong };
    page(status, &view)
}
