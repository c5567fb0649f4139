//! The steps to the first ring.

use ringhook_openapi::Outcome;
use ringhook_web::pages::Step;

use crate::{
    access::Member,
    domain::{
        Result, accounts, notifications,
        roles::{Power, may},
        webhook_tokens,
    },
    store::notifications::NotificationFilter,
};

/// The steps, while one that matters is open.
pub(super) async fn steps(member: &Member<may::Look>, has_providers: bool) -> Result<Vec<Step>> {
    let (ground, workspace) = (&member.ground, member.workspace.id);
    let connected = !accounts::list(ground, workspace, None, 1).await?.is_empty();
    let accepted = NotificationFilter { outcome: Some(Outcome::Accepted), ..NotificationFilter::default() };
    let rang = !notifications::list(ground, workspace, &accepted, None, 1).await?.is_empty();
    let tokens = webhook_tokens::list(ground, workspace).await?;
    let told = tokens.iter().any(|token| token.row.last_used_at.is_some());
    if connected && rang && told {
        return Ok(Vec::new());
    }
    let may = |power| member.role.may(power);
    let step = |name, why, is_done, (path, link), may| Step { name, why, is_done, path, link, may };
    Ok(vec![
        step("Name the workspace", "It holds accounts, devices and calls of one team.", true, ("", ""), true),
        step(
            "Connect a Twilio account",
            "Its auth token tells Twilio’s webhooks from anybody else’s.",
            connected,
            ("/accounts/new", "Connect"),
            may(Power::SetUp),
        ),
        step(
            "Ring this browser",
            "A test call, signed and verified as a real one, rings a device on the page.",
            rang,
            ("/test-device", "Ring it"),
            may(Power::Ring),
        ),
        step(
            "Set up a push provider",
            "So that phones ring in a pocket. Devices on a WebSocket need none.",
            has_providers,
            ("/providers", "Set up"),
            may(Power::SetUp),
        ),
        step(
            "Give Twilio the webhook’s URL",
            "From then on real calls come in.",
            told,
            ("/webhook", "Show it"),
            may(Power::SetUp),
        ),
    ])
}
