//! What calls cost under load, and what a workspace that floods and a provider that is down cost everybody else.
//!
//! `make bench` runs it on SQLite, and on Postgres where RINGHOOK_TEST_POSTGRES_URL names a server. Figures of one run
//! are compared with each other, never with a clock: the machine, the load and the networks' stand-ins share its cores.

use std::{process::ExitCode, time::Duration};

use ringhook_tests::{
    app::{App, Workspace},
    database::Backend,
    stand_in::Scripted,
};
use serde_json::json;

/// How long the stand-in takes for each push.
const PROVIDER: Duration = Duration::from_millis(50);
/// Verified calls a second that the flooding workspace may make; it tries three times as many.
const LIMIT: u64 = 200;
const DEVICE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Calls a second, and for how many seconds each phase lasts.
#[derive(Clone, Copy)]
struct Load {
    rate: u64,
    seconds: u64,
}

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (rate, seconds) = match (numbers.next(), numbers.next()) {
        (None, _) => (1000, 60),
        (Some(Ok(rate)), Some(Ok(seconds))) if rate > 0 && seconds > 1 => (rate, seconds),
        _ => {
            eprintln!("usage: bench [CALLS_PER_SECOND SECONDS]");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        run(Backend::Sqlite, Load { rate, seconds }).await;
        match std::env::var_os("RINGHOOK_TEST_POSTGRES_URL") {
            Some(_) => run(Backend::Postgres, Load { rate, seconds }).await,
            None => println!("Postgres not measured: RINGHOOK_TEST_POSTGRES_URL is not set"),
        }
    });
    ExitCode::SUCCESS
}

async fn run(backend: Backend, load: Load) {
    let address =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let app = App::builder(backend)
        .public_url(&format!("http://{address}"))
        .set("RINGHOOK_LISTEN", address)
        .set("RINGHOOK_LOG", "warn")
        .set("RINGHOOK_DATABASE_CONNECTIONS", 16)
        .set("RINGHOOK_CALLS_PER_SECOND", load.rate.max(LIMIT))
        // Nobody listens there: this provider is down.
        .set("RINGHOOK_FCM_URL", "http://127.0.0.1:9")
        .start()
        .await;
    let (calm, flooding) = (app.workspace().await, app.workspace().await);
    app.apns_provider(&calm).await;
    app.bind(&calm, "bob", "apns_voip", DEVICE).await;
    app.fcm_provider(&flooding).await;
    app.bind(&flooding, "bob", "fcm", "phone").await;
    let settings = json!({"answer": "recorded", "ring_ttl_seconds": 10});
    app.api(&flooding).patch("/workspace", settings).await.expect(200);
    let pushes = usize::try_from(load.rate * load.seconds * 3).expect("a count");
    app.apns.script(DEVICE, std::iter::repeat_with(|| Scripted::own_answer().after(PROVIDER)).take(pushes));

    println!(
        "{backend:?}: {} calls a second, {} s a phase, provider {} ms",
        load.rate,
        load.seconds,
        PROVIDER.as_millis()
    );
    let half = Load { seconds: load.seconds / 2, ..load };
    let start = rss(&app);
    let first = calls(&calm, half).await;
    let middle = rss(&app);
    let second = calls(&calm, half).await;
    let end = rss(&app);
    println!("  calm     {first}\n           {second}");
    println!("  memory   {start} KB at first, {middle} KB half-way, {end} KB at the end");
    let flood = Load { rate: LIMIT * 3, seconds: half.seconds };
    let (stormy, flood) = tokio::join!(calls(&calm, half), calls(&flooding, flood));
    println!("  stormy   {stormy}\n  flood    {flood}");
    println!("  memory   {} KB after the storm", rss(&app));
    println!("  factor of p99 added latency, stormy to calm: {:.2}", added(&stormy) / added(&second));
    println!("  factor of memory, end to half-way:           {:.2}", end as f64 / middle as f64);
}

/// One line of what `simulate` found.
async fn calls(workspace: &Workspace, load: Load) -> String {
    let (count, rate) = ((load.rate * load.seconds).to_string(), load.rate.to_string());
    let hook = workspace.webhook_url.as_str();
    let (sid, token) = (workspace.account_sid.as_str(), workspace.auth_token.as_str());
    let account = ["--account-sid", sid, "--auth-token", token, "--to", "client:bob"];
    let numbers = ["--count", &count, "--rate", &rate];
    let program = std::env::var_os("RINGHOOK_TEST_BINARY").expect("RINGHOOK_TEST_BINARY: the release build");
    let mut command = tokio::process::Command::new(program);
    command.args(["simulate", "call", "--hook", hook]).args(account).args(numbers);
    let output = command.output().await.expect("the program");
    String::from_utf8_lossy(&output.stdout).lines().collect::<Vec<_>>().join(", ")
}

/// Milliseconds at p99 over what the provider takes.
fn added(found: &str) -> f64 {
    let mut words = found.split_whitespace().skip_while(|word| *word != "p99");
    let p99 = words.nth(1).and_then(|word| word.parse::<f64>().ok()).expect("a p99 in what simulate found");
    (p99 - PROVIDER.as_secs_f64() * 1000.0).max(0.1)
}

/// The server's resident memory, in KB.
fn rss(app: &App) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", app.pid())).expect("the server's status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}
