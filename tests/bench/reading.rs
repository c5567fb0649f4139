//! What pages cost over a long log: five million deliveries of a month, made by one statement a table.
//!
//! Each page is asked for several times; printed is the median, and its ratio to a page that reads no log. Figures of
//! one run are compared with each other.

use std::time::{Duration, Instant};

use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::pages::Reader;
use ringhook_tests::until::within;

const DAYS: u64 = 30;
const DEVICES: u64 = 2;
const ASKED: usize = 15;
/// How long it may take to count a month that came at once.
const COUNTED: Duration = Duration::from_secs(1800);
const ANN: &str = "ann@example.com";
const SID: &str = "AC0123456789abcdef0123456789abcdef";

/// Measures the pages over `millions` of deliveries.
pub async fn run(backend: Backend, millions: u64) {
    let mut app = App::builder(backend).set("RINGHOOK_LOG", "warn").start().await;
    let path = app.person(ANN).await.workspace("Long Log").await;
    let account = [("account_sid", SID), ("auth_token", "token"), ("friendly_name", "Acme")];
    let ann = app.reader();
    ann.log_in(ANN).await.expect(303);
    ann.post(&format!("{path}/accounts/new"), &account).await.expect(303);
    drop(ann);
    app.database.make_past_days(DAYS, &[]).await;
    let begun = Instant::now();
    for statement in statements(backend, path.trim_start_matches("/w/"), millions * 1_000_000 / DEVICES) {
        app.database.execute(&statement).await;
    }
    println!("\n{backend:?}: {millions} million deliveries, written in {:?}", begun.elapsed());
    // What lies before a running server's own time it has counted already.
    app.restart().await;
    let ann = app.reader();
    ann.log_in(ANN).await.expect(303);
    let begun = Instant::now();
    within(COUNTED, "every hour to be counted", async || {
        let hours = app
            .database
            .texts("SELECT CAST(COUNT(*) AS TEXT) AS value FROM rollups WHERE span = 'hour'")
            .await;
        let hours: u64 = hours.first()?.parse().ok()?;
        (hours + 2 >= DAYS * 24).then_some(())
    })
    .await;
    let shown = ann.get(&format!("{path}?range=30d")).await.between("<dt>Calls</dt><dd>", "<");
    println!("{shown} calls counted in {:?}", begun.elapsed());
    let middle = middle(&ann, &path).await;
    let quiet = median(&ann, &format!("{path}/docs")).await;
    println!("{:>8.1} ms  a page that reads no log", millis(quiet));
    for page in [
        "?range=1h",
        "?range=24h",
        "?range=7d",
        "?range=30d",
        "/calls",
        &format!("/calls?before={middle}"),
        "/calls?q=user77",
        "/calls?outcome=failed",
        "/calls?outcome=expired",
        &format!("/calls?account={SID}&outcome=dead"),
        "/calls?q=WB0000000000000000000000000000000a",
    ] {
        let took = median(&ann, &format!("{path}{page}")).await;
        println!("{:>8.1} ms  {:>6.1} times  {page}", millis(took), took.as_secs_f64() / quiet.as_secs_f64());
    }
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

/// The id of a call from the middle of the month.
async fn middle(ann: &Reader<'_>, path: &str) -> String {
    let days = DAYS / 2;
    let then = chrono::Utc::now() - Duration::from_secs(days * 86_400);
    let until = then.format("%Y-%m-%dT%H:%M:%S");
    let page = ann.get(&format!("{path}/calls?until={until}")).await.expect(200);
    page.between("<tr id=\"", "\"")
}

async fn median(ann: &Reader<'_>, path: &str) -> Duration {
    let mut took = Vec::new();
    for _ in 0..ASKED {
        let begun = Instant::now();
        ann.get(path).await.expect(200);
        took.push(begun.elapsed());
    }
    took.sort();
    took[ASKED / 2]
}

/// What writes `calls` calls of a workspace, each to two devices, evenly over a month that ends five minutes ago.
fn statements(backend: Backend, slug: &str, calls: u64) -> Vec<String> {
    let outcome = "CASE WHEN i % 400 = 1 THEN 'failed' WHEN i % 50 = 0 THEN 'dead' WHEN i % 10 = 7 THEN 'no_binding' \
                   ELSE 'accepted' END";
    let state = "CASE WHEN i % 400 = 1 THEN 'failed' WHEN i % 50 = 0 THEN 'dead' ELSE 'accepted' END";
    let (cause, reason) =
        ("CASE WHEN i % 50 = 0 THEN 'address_gone' END", "CASE WHEN i % 50 = 0 THEN 'UNREGISTERED' END");
    let workspace = format!("(SELECT id FROM workspaces WHERE slug = '{slug}')");
    let payload = format!(
        r#"'{{"twi_from":"+14155550100","twi_to":"client:bob","twi_params":"{}"}}'"#,
        "x".repeat(200)
    );
    let steps = calls.max(1);
    let span = DAYS * 86_400_000;
    let sql = Sql::of(backend, steps, span);
    let Sql { numbers, at, id, delivery, binding, message, text, no, later } = sql;
    vec![
        format!(
            "INSERT INTO notifications (id, workspace_id, account_sid, identity, call_sid, message_id, message_type, payload, \
             test, received_at, outcome, answer_status, answer_after_ms, ended_at) SELECT {id}, {workspace}, '{SID}', \
             'user' || {text}, 'CA' || {message}, 'WB' || {message}, 'twilio.voice.call', {payload}, {no}, {at}, {outcome}, \
             200, 80, {at} FROM {numbers}"
        ),
        format!(
            "INSERT INTO deliveries (id, workspace_id, notification_id, binding_id, channel, state, cause, reason, tries, \
             created_at, expires_at, next_attempt_at, ended_at) SELECT {delivery}, {workspace}, {id}, {binding}, \
             CASE d WHEN 0 THEN 'fcm' ELSE 'apns_voip' END, {state}, {cause}, {reason}, 1, {at}, {at}, {at}, {later} \
             FROM {numbers}, (SELECT 0 AS d UNION ALL SELECT 1) AS devices"
        ),
        "ANALYZE".to_owned(),
    ]
}

/// The words that differ between the databases. `i` counts the calls, `d` their devices.
struct Sql {
    numbers: String,
    at: String,
    id: String,
    delivery: String,
    binding: String,
    message: &'static str,
    text: &'static str,
    no: &'static str,
    later: String,
}

impl Sql {
    fn of(backend: Backend, calls: u64, span: u64) -> Self {
        match backend {
            Backend::Sqlite => {
                let ms = format!("(begun + i * {span} / {calls})");
                let id = |last: &str| format!("unhex(printf('%012x7%03x8%015x', {ms}, i & 4095, {last}))");
                Self {
                    numbers: format!(
                        "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {calls} - 1) SELECT i, \
                         b.begun FROM n, (SELECT (unixepoch() - 300) * 1000 - {span} AS begun) AS b)"
                    ),
                    id: id("i"),
                    delivery: id("i * 2 + d"),
                    binding: id("i % 40000"),
                    message: "printf('%032x', i)",
                    text: "(i % 20000)",
                    no: "0",
                    later: format!("({ms} + i % 200) * 1000"),
                    at: format!("{ms} * 1000"),
                }
            }
            Backend::Postgres => {
                let ms = format!("(begun + i * {span} / {calls})");
                let hex = |value: &str, digits: u32| format!("lpad(to_hex({value}), {digits}, '0')");
                let id = |last: &str| {
                    format!(
                        "({} || '7' || {} || '8' || {})::uuid",
                        hex(&ms, 12),
                        hex("(i & 4095)", 3),
                        hex(last, 15)
                    )
                };
                Self {
                    numbers: format!(
                        "(SELECT i::bigint AS i, b.begun FROM generate_series(0, {calls} - 1) AS i, (SELECT \
                         (extract(epoch FROM now())::bigint - 300) * 1000 - {span} AS begun) AS b) AS n"
                    ),
                    id: id("i"),
                    delivery: id("(i * 2 + d)"),
                    binding: id("(i % 40000)"),
                    message: "lpad(to_hex(i), 32, '0')",
                    text: "(i % 20000)",
                    no: "false",
                    later: format!("to_timestamp(({ms} + i % 200) / 1000.0)"),
                    at: format!("to_timestamp({ms} / 1000.0)"),
                }
            }
        }
    }
}
