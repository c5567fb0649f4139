//! `ringhook simulate call`: acts as Twilio towards a webhook.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

use super::simulated::{Caller, Signed, http_client};
use super::tally::{Tally, millis};

/// Acts as Twilio.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Posts a correctly signed notification of an incoming call and prints the answer
    ///
    /// With --count above 1, calls are sent at a steady rate whether or not earlier ones were answered, and the
    /// latencies are printed, each measured from the moment its call was due. Redirects are shown, not followed.
    /// Exits with 0 if every call was answered 200, with 1 otherwise.
    Call(Call),
}

#[derive(clap::Args)]
struct Call {
    #[command(flatten)]
    caller: Caller,
    /// How many calls, each with ids of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Calls per second when there are several, up to 100000
    #[arg(long, default_value = "10", value_parser = rate)]
    rate: f64,
}

/// Runs the command.
///
/// # Errors
/// When the URL cannot be requested at all, or the answer cannot be printed. A call that fails is no error but exit 1.
pub async fn run(args: &Args) -> Result<ExitCode, String> {
    let What::Call(call) = &args.what;
    if !matches!(call.caller.hook.scheme(), "http" | "https") {
        return Err("--hook must begin with http:// or https://".to_owned());
    }
    let client = http_client()?;
    let good = if call.count == 1 { once(&client, call).await? } else { many(&client, call).await? };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn once(client: &reqwest::Client, call: &Call) -> Result<bool, String> {
    let notification = Signed::of(&call.caller, &mut rand::rng());
    let sent = Instant::now();
    let answer = notification.post(client).await;
    let (report, good) = match answer {
        Ok((status, body)) => {
            (format!("{status} in {:.1} ms\n{body}", millis(sent.elapsed())), status == 200)
        }
        Err(fault) => (format!("no answer after {:.1} ms: {fault}", millis(sent.elapsed())), false),
    };
    print(&format!("{} {}\n{report}", notification.call_sid, notification.message_id))?;
    Ok(good)
}

async fn many(client: &reqwest::Client, call: &Call) -> Result<bool, String> {
    let mut ticks = interval(Duration::from_secs_f64(1.0 / call.rate));
    let mut under_way = JoinSet::new();
    let mut tally = Tally::default();
    for _ in 0..call.count {
        let due = ticks.tick().await;
        let notification = Signed::of(&call.caller, &mut rand::rng());
        let client = client.clone();
        under_way.spawn(async move {
            let answer = notification.post(&client).await.map(|(status, _)| status);
            (answer, due.elapsed())
        });
        while let Some(done) = under_way.try_join_next() {
            record(&mut tally, done)?;
        }
    }
    while let Some(done) = under_way.join_next().await {
        record(&mut tally, done)?;
    }
    print(&tally.to_string())?;
    Ok(tally.all_are(200))
}

type Done = Result<(Result<u16, String>, Duration), tokio::task::JoinError>;

fn record(tally: &mut Tally, done: Done) -> Result<(), String> {
    let (answer, latency) = done.map_err(|fault| format!("a call was not finished: {fault}"))?;
    tally.add(answer, latency);
    Ok(())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=100_000.0).contains(rate));
    rate.ok_or_else(|| "must be a number from 0.001 to 100000".to_owned())
}

fn print(text: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{text}").map_err(|fault| format!("cannot write the answer: {fault}"))
}

#[cfg(test)]
#[path = "simulate_tests.rs"]
mod tests;
