//! What calls cost under load, and what a workspace that floods while its provider is down costs everybody else.
//!
//! `make bench` runs it on SQLite and on a Postgres of its own; `make bench bench="RATE SECONDS"` at another rate, and
//! `bench="find SECONDS"` at the highest rate at which calm calls still take hardly longer than lone ones.
//!
//! Measured is the time from when a call was due to its answer, over the 50 ms that the provider takes: of one calm
//! workspace, whose calls are answered when its provider has accepted. In each round it is measured twice, one after the
//! other: calm, and in a storm, in which another workspace makes three times the calls that it may (200 a second) to a
//! provider where nobody listens. The factor of its p99 is the median of the rounds'. Memory is compared after the first
//! storm and after the last one, when all has ended.
//!
//! `bench="read MILLIONS"` measures pages over a long log instead: see [`reading`]. `bench="bind THOUSANDS"` measures many
//! bindings: see [`binding`]; `bench="idle SOCKETS"` measures open sockets: see [`idle`].
//!
//! Figures of one run are compared with each other, never with a clock: server, senders and the network's stand-in share
//! this machine's cores with whatever else runs on it.

mod binding;
mod idle;
mod phase;
mod reading;

use std::process::ExitCode;
use std::time::Duration;

use phase::{Found, Load, calls, memory, processor};
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::database::Backend;
use ringhook_tests::until::within;
use serde_json::json;

/// How long the stand-in takes for each push.
const PROVIDER: Duration = Duration::from_millis(50);
/// Verified calls a second that the flooding workspace may make; it tries three times as many.
const LIMIT: u64 = 200;
/// How long its calls ring, in seconds.
const RING: u64 = 10;
const ROUNDS: usize = 3;
const WARM_UP: Load = Load { rate: 200, seconds: 4 };
/// What is tried to find the highest rate, and how much longer calls may take there than lone ones, in milliseconds.
const RATES: [u64; 8] = [250, 500, 750, 1000, 1500, 2000, 3000, 4000];
const NEAR: f64 = 15.0;
const DEVICE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let number = |place: usize, default| match arguments.get(place) {
        None => Some(default),
        Some(text) => text.parse::<u64>().ok().filter(|number| *number > 0),
    };
    let first = arguments.first().map_or("", String::as_str);
    if ["read", "bind", "idle"].contains(&first) {
        return named(first, |default| number(1, default));
    }
    let find = first == "find";
    let rate = if find { Some(None) } else { number(0, 1000).map(Some) };
    let (Some(rate), Some(seconds), ..=2) = (rate, number(1, 60), arguments.len()) else {
        eprintln!("usage: bench [CALLS_PER_SECOND|find [SECONDS]]");
        return ExitCode::FAILURE;
    };
    on_both(async |backend| run(backend, rate, seconds).await)
}

/// Measures what has a name, as much of it as the second argument says.
fn named(name: &str, number: impl Fn(u64) -> Option<u64>) -> ExitCode {
    let measured = match name {
        "read" => number(5).map(|millions| on_both(async |backend| reading::run(backend, millions).await)),
        "bind" => number(1000)
            .filter(|thousands| *thousands > 10)
            .map(|thousands| on_both(async |backend| binding::run(backend, thousands * 1000).await)),
        _ => number(5000).map(|count| on_both(async |backend| idle::run(backend, count).await)),
    };
    measured.unwrap_or_else(|| {
        eprintln!(
            "usage: bench read [MILLIONS_OF_DELIVERIES] | bind [THOUSANDS_OF_BINDINGS] | idle [SOCKETS]"
        );
        ExitCode::FAILURE
    })
}

/// Measures on one database, then on the other.
fn on_both(measure: impl AsyncFn(Backend)) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        measure(Backend::Sqlite).await;
        match std::env::var_os("RINGHOOK_TEST_POSTGRES_URL") {
            Some(_) => measure(Backend::Postgres).await,
            None => println!("Postgres not measured: RINGHOOK_TEST_POSTGRES_URL is not set"),
        }
    });
    ExitCode::SUCCESS
}

/// A server with one workspace that behaves and one that does not.
struct House {
    app: App,
    calm: Workspace,
    flooding: Workspace,
}

impl House {
    async fn open(backend: Backend) -> Self {
        let address =
            std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
        let app = App::builder(backend)
            .public_url(&format!("http://{address}"))
            .set("RINGHOOK_LISTEN", address)
            .set("RINGHOOK_LOG", "warn")
            .set("RINGHOOK_DATABASE_CONNECTIONS", 16)
            .set("RINGHOOK_QUOTA_CALLS_PER_SECOND", 100_000)
            // Nobody listens there: this provider is down.
            .set("RINGHOOK_FCM_URL", "http://127.0.0.1:9")
            .start()
            .await;
        let (calm, flooding) = (app.workspace().await, app.workspace().await);
        app.apns_provider(&calm).await;
        app.bind(&calm, "bob", "apns_voip", DEVICE).await;
        app.fcm_provider(&flooding).await;
        app.bind(&flooding, "bob", "fcm", "phone").await;
        let settings = json!({"answer": "recorded", "ring_ttl_seconds": RING});
        app.api(&flooding).patch("/workspace", settings).await.expect(200);
        let quota = ["workspace", "quota", flooding.id.as_str(), "--calls-per-second", &LIMIT.to_string()];
        assert_eq!(app.command(&quota).await.code, Some(0));
        app.apns.ledger().set_latency(PROVIDER);
        calls(&calm, WARM_UP).await;
        Self { app, calm, flooding }
    }

    /// Calm calls alone: what they came to, and the server's milliseconds of processor time for each.
    async fn quiet(&self, load: Load) -> (Found, f64) {
        let before = processor(&self.app);
        let found = calls(&self.calm, load).await;
        let spent = processor(&self.app) - before;
        (found, spent as f64 / (load.rate * load.seconds).max(1) as f64)
    }

    /// Calm calls in a storm, and the storm's own.
    async fn stormy(&self, load: Load) -> (Found, Found) {
        let storm = Load { rate: LIMIT * 3, seconds: load.seconds };
        tokio::join!(calls(&self.calm, load), calls(&self.flooding, storm))
    }

    /// Waits until every call has ended.
    async fn settled(&self) {
        let api = self.app.api(&self.flooding);
        within(Duration::from_secs(RING * 6), "the storm to pass", async || {
            let open = api.get("/notifications?outcome=in_progress&limit=1").await.expect(200);
            open.items().is_empty().then_some(())
        })
        .await;
    }

    /// The highest rate at which calls still take hardly longer than lone ones.
    async fn highest(&self) -> u64 {
        let seconds = 6;
        let floor = calls(&self.calm, Load { rate: 50, seconds }).await;
        println!("  floor            {floor}");
        let mut highest = WARM_UP.rate;
        for rate in RATES {
            let mut holds = false;
            // Once more, should something else on this machine have been in the way.
            for _ in 0..2 {
                let found = calls(&self.calm, Load { rate, seconds }).await;
                println!("  {rate:5} a second   {found}");
                holds = found.all_rang && found.p99 < floor.p99 + NEAR;
                if holds {
                    break;
                }
            }
            if !holds {
                break;
            }
            highest = rate;
        }
        highest
    }
}

async fn run(backend: Backend, rate: Option<u64>, seconds: u64) {
    println!("{backend:?}");
    let house = House::open(backend).await;
    let rate = match rate {
        Some(rate) => rate,
        None => house.highest().await,
    };
    let load = Load { rate, seconds: seconds.div_ceil(ROUNDS as u64) };
    println!(
        "  {rate} calls a second, {ROUNDS} rounds of {} s, provider {} ms",
        load.seconds,
        PROVIDER.as_millis()
    );
    let (mut calm, mut stormy, mut memories) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (quiet, spent) = house.quiet(load).await;
        let (storm, flood) = house.stormy(load).await;
        println!("  calm   {quiet}   {spent:.2} ms of processor time a call");
        println!("  storm  {storm}\n  flood  {flood}");
        house.settled().await;
        calm.push(quiet.added(PROVIDER));
        stormy.push(storm.added(PROVIDER));
        memories.push(memory(&house.app));
    }
    let memories = (memories[0], memories[ROUNDS - 1]);
    println!("  memory {} KB after the first round, {} KB after the last", memories.0, memories.1);
    let (calm, stormy) = (median(calm), median(stormy));
    println!("  added at p99: {calm:.1} ms calm, {stormy:.1} ms in the storm");
    println!("  factor of p99 added latency, storm to calm: {:.2}", stormy / calm);
    println!("  factor of memory, last round to first:      {:.2}", memories.1 as f64 / memories.0 as f64);
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
