//! `GET /w/{workspace}`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::{
    pages::{Frame, Here, Notice, Overview, ProviderHealth},
    paths,
};
use serde::Deserialize;

use super::{
    first_ring,
    health::{self, RANGES, Range},
};
use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, words},
    domain::{
        Result, notifications, providers,
        roles::{Power, may},
        rollups,
    },
    http::page::page,
    store::{notifications::NotificationFilter, providers::Provider},
};

/// Providers that are shown.
const PROVIDERS: i64 = 50;
/// Inactive bindings that are counted.
const INACTIVE: i64 = 1000;

/// How far back, and what was just done.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    range: String,
    done: String,
}

/// The page.
#[handler]
pub async fn show(member: Member<may::Look>, Query(asked): Query<Asked>) -> Response {
    match view(&member, Range::of(&asked.range)).await {
        Ok(view) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..view.frame };
            page(StatusCode::OK, &Overview { frame, ..view })
        }
        Err(error) => refusal(error),
    }
}

async fn view(member: &Member<may::Look>, range: Range) -> Result<Overview> {
    let (ground, workspace) = (&member.ground, member.workspace.id);
    let providers = providers::list(ground, workspace, None, PROVIDERS).await?;
    let any = NotificationFilter::default();
    let has_calls = !notifications::list(ground, workspace, &any, None, 1).await?.is_empty();
    let since = range.since(ground.clock.now());
    let counted = rollups::since(ground, workspace, since, range.by_hours).await?;
    let (columns, all) = range.columns(since, &counted);
    let inactive = ground.store.read(workspace).await?.bindings_inactive(workspace, INACTIVE + 1).await?;
    let health = |row: &Provider| ProviderHealth {
        name: row.name.clone(),
        path: paths::workspace(&member.workspace.slug, &format!("/providers/{}", row.id)),
        status: words::provider(row.status.0),
        reason: row.status_reason.clone().unwrap_or_default(),
    };
    Ok(Overview {
        frame: frame(member, Here::Overview),
        steps: first_ring::steps(member, !providers.is_empty()).await?,
        may_set_up: member.role.may(Power::SetUp),
        ranges: RANGES.map(|one| (one.word, one.name, one == range)).into(),
        has_calls,
        calls: all.calls(),
        rang: health::rate(&all),
        latency: health::millis(&all.latency()),
        inactive: if inactive > INACTIVE { format!("{INACTIVE}+") } else { inactive.to_string() },
        columns: health::chart(&columns),
        lines: health::lines(&columns),
        channels: health::channels(&all),
        reasons: health::reasons(&all),
        providers: providers.iter().map(health).collect(),
    })
}
