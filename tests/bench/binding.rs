//! What many bindings cost: importing them, looking one identity's up, listing the last page.
//!
//! A look-up and a page are asked for with few bindings and with all; printed is the median, and the ratio of the two.
//! Memory is compared after the first tenth and after the last.

use std::time::{Duration, Instant};

use futures_util::stream;
use http::Method;
use ringhook_tests::api::Api;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::database::Backend;
use serde_json::{Value, json};

use crate::phase::memory;

/// With so many a look-up is compared.
const FEW: u64 = 10_000;
const ASKED: usize = 201;
/// Lines of one part of a body.
const PART: u64 = 500;

/// Imports `count` bindings, in ten requests after the first few.
pub async fn run(backend: Backend, count: u64) {
    println!("\n{backend:?}: {count} bindings");
    let app = App::builder(backend)
        .set("RINGHOOK_LOG", "warn")
        .set("RINGHOOK_QUOTA_BINDINGS", count * 2)
        .set("RINGHOOK_API_REQUESTS_PER_SECOND", 100_000)
        .start()
        .await;
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    let api = app.api(&workspace);
    import(&api, &workspace, 0..FEW).await;
    let few = Costs::of(&app, &workspace, FEW).await;
    let (begun, mut first_memory) = (Instant::now(), 0);
    let tenth = (count - FEW) / 10;
    for part in 0..10 {
        let from = FEW + part * tenth;
        import(&api, &workspace, from..from + tenth).await;
        if part == 0 {
            first_memory = memory(&app);
        }
    }
    let rate = (tenth * 10) as f64 / begun.elapsed().as_secs_f64();
    println!("  imported {rate:.0} a second");
    println!("  factor of memory, last tenth to first: {:.2}", memory(&app) as f64 / first_memory as f64);
    app.database.execute("ANALYZE").await;
    let many = Costs::of(&app, &workspace, FEW + tenth * 10).await;
    few.compared(&many);
    let begun = Instant::now();
    let lines = api.get("/bindings/export").await.expect(200).text.lines().count();
    println!("  exported {:.0} a second", lines as f64 / begun.elapsed().as_secs_f64());
}

async fn import(api: &Api, workspace: &Workspace, numbers: std::ops::Range<u64>) {
    let (sid, count) = (workspace.account_sid.clone(), numbers.end - numbers.start);
    let parts = numbers.clone().step_by(PART as usize).map(move |from| {
        let lines = (from..(from + PART).min(numbers.end)).map(|number| {
            json!({"account_sid": sid, "identity": format!("user-{}", number / 2), "channel": "fcm",
                "address": format!("fcm-registration-token-of-a-usual-length-{number:0>100}"),
                "device_id": format!("device-{number}"), "tags": ["bench"]})
            .to_string()
                + "\n"
        });
        Ok::<_, std::io::Error>(lines.collect::<String>())
    });
    let body = reqwest::Body::wrap_stream(stream::iter(parts));
    let request =
        api.request(Method::POST, "/bindings/import").header("content-type", "application/x-ndjson");
    let done = api.send(request.body(body)).await.expect(200);
    assert_eq!(done.json, json!({"created": count, "updated": 0, "failed": 0, "errors": []}));
}

/// Medians, with some number of bindings.
struct Costs {
    look_up: Duration,
    call: Duration,
    first_page: Duration,
    last_page: Duration,
}

impl Costs {
    async fn of(app: &App, workspace: &Workspace, count: u64) -> Self {
        let api = app.api(workspace);
        let spread = |number: usize| (number as u64 * 7919) % (count / 2);
        let look_up = median(async |number| {
            let path =
                format!("/bindings?account_sid={}&identity=user-{}", workspace.account_sid, spread(number));
            assert_eq!(api.get(&path).await.expect(200).items().len(), 2);
        });
        let look_up = look_up.await;
        let call = median(async |number| {
            let answer = app.twilio(workspace).ring(&format!("user-{}", spread(number))).await;
            assert_eq!(answer.status, 200);
        });
        let call = call.await;
        let first_page = median(async |_| drop(api.get("/bindings?limit=100").await.expect(200))).await;
        let last = last_cursor(&api).await;
        let path = format!("/bindings?limit=100&cursor={last}");
        let last_page = median(async |_| drop(api.get(&path).await.expect(200))).await;
        Self { look_up, call, first_page, last_page }
    }

    fn compared(&self, many: &Self) {
        let line = |what: &str, few: Duration, many: Duration| {
            let ms = |took: Duration| took.as_secs_f64() * 1000.0;
            let factor = many.as_secs_f64() / few.as_secs_f64();
            println!("  {:>6.2} ms, before {:.2} ms: {factor:.2} times  {what}", ms(many), ms(few));
        };
        line("a look-up by account and identity", self.look_up, many.look_up);
        line("a call to two devices", self.call, many.call);
        line("the first page of a list", self.first_page, many.first_page);
        line("the last page of a list", self.last_page, many.last_page);
        let ratio = many.last_page.as_secs_f64() / many.first_page.as_secs_f64();
        println!("  the last page takes {ratio:.2} times the first");
    }
}

/// The cursor from which about a hundred bindings are left.
async fn last_cursor(api: &Api) -> String {
    let mut cursor = Value::Null;
    let mut last = String::new();
    loop {
        let from = cursor.as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = api.get(&format!("/bindings?limit=1000{from}")).await.expect(200);
        let items = page.items();
        if items.len() > 100 {
            last = items[items.len() - 101]["id"].as_str().unwrap_or_default().to_owned();
        }
        cursor = page.json["next_cursor"].clone();
        if cursor.is_null() {
            return last;
        }
    }
}

async fn median(ask: impl AsyncFn(usize)) -> Duration {
    let mut took = Vec::with_capacity(ASKED);
    for number in 0..ASKED {
        let begun = Instant::now();
        ask(number).await;
        took.push(begun.elapsed());
    }
    took.sort();
    took[ASKED / 2]
}
