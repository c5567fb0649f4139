//! A process that is killed under load, again and again, loses nothing.

use std::time::{Duration, Instant};

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::catches::{Catches, Life};
use super::load::{NOBODY, Webhook, World};
use super::rng::Rng;

const KILLS: usize = 50;
/// How long the networks take to answer: enough for a kill to find some unanswered.
const LATENCY: Duration = Duration::from_millis(4);
/// How long a moment to kill at is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// Webhooks of one life, sent this much apart.
const WEBHOOKS: usize = 3 * PEOPLE.len();
const GAP: Duration = Duration::from_millis(2);

/// Who is called. Each round of them rings five devices on FCM, and seven on APNs.
const PEOPLE: [&str; 7] = [NOBODY, "ann", "bob", "cyd", "dan", "cyd", "dan"];

/// What the kill waits for.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// A webhook is on its way for this long.
    Sent { number: usize, since: Duration },
    /// FCM, or APNs, is asked for the n-th time, and has not answered.
    Asked { apns: bool, count: usize },
    /// FCM, or APNs, has answered for the n-th time.
    Accepted { apns: bool, count: usize },
    /// The n-th webhook is answered.
    Answered { count: usize },
}

impl Moment {
    /// Each kind in its turn, within it by chance. `usual` is how long a call takes to reach a network.
    fn choose(rng: &mut Rng, turn: usize, usual: Duration) -> Self {
        let apns = rng.below(2) == 0;
        match turn % 4 {
            0 => {
                let since = Duration::from_secs_f64(rng.up_to(usual.as_secs_f64() * 1.2));
                Self::Sent { number: rng.below(WEBHOOKS), since }
            }
            1 => Self::Asked { apns, count: 1 + rng.below(12) },
            2 => Self::Accepted { apns, count: 1 + rng.below(12) },
            _ => Self::Answered { count: 1 + rng.below(WEBHOOKS) },
        }
    }
}

/// One life: load until the moment, then SIGKILL. Every sender has heard, or will hear nothing more, when it returns.
async fn live_and_die(world: &World, rng: &mut Rng, moment: Moment, began: Instant) -> (Instant, Instant) {
    let first = rng.below(PEOPLE.len());
    let webhooks: Vec<Webhook> =
        PEOPLE.iter().cycle().skip(first).take(WEBHOOKS).map(|identity| world.webhook(identity)).collect();
    let ledger = |apns| if apns { world.app.apns.ledger() } else { world.app.fcm.ledger() };
    let (fcm, apns) = (ledger(false).counts(), ledger(true).counts());
    let mut answers = world.senders.answers();
    let answered = *answers.borrow_and_update();
    let mut load = JoinSet::new();
    let start = Instant::now();
    for (number, webhook) in webhooks.into_iter().enumerate() {
        let senders = world.senders.clone();
        let pace = GAP * u32::try_from(number).unwrap_or_default();
        load.spawn(async move {
            sleep(pace).await;
            senders.post(webhook).await;
        });
    }
    let reached = timeout(PATIENCE, async {
        match moment {
            Moment::Sent { number, since } => {
                let at = start + GAP * u32::try_from(number).unwrap_or_default() + since;
                tokio::time::sleep_until(at.into()).await;
            }
            Moment::Asked { apns: true, count } => ledger(true).asked_at_least(apns.0 + count).await,
            Moment::Asked { apns: false, count } => ledger(false).asked_at_least(fcm.0 + count).await,
            Moment::Accepted { apns: true, count } => ledger(true).answered_at_least(apns.1 + count).await,
            Moment::Accepted { apns: false, count } => ledger(false).answered_at_least(fcm.1 + count).await,
            Moment::Answered { count } => {
                answers.wait_for(|now| *now >= answered + count).await.expect("senders");
            }
        }
    })
    .await;
    world.app.crash();
    let killed = Instant::now();
    assert!(reached.is_ok(), "{moment:?} never came, {:?} after the start", began.elapsed());
    load.join_all().await;
    (start, killed)
}

/// How long calls took lately from their webhook to a network, in the middle.
fn usual(world: &World, since: Instant) -> Option<Duration> {
    let entries = [world.app.fcm.ledger().entries(), world.app.apns.ledger().entries()].concat();
    let sent = world.senders.all();
    let mut took: Vec<Duration> = sent
        .iter()
        .filter(|sent| sent.at >= since)
        .filter_map(|sent| {
            let first =
                entries.iter().filter(|entry| entry.message_id == sent.message_id).map(|entry| entry.at);
            Some(first.min()? - sent.at)
        })
        .collect();
    took.sort();
    took.get(took.len() / 2).copied()
}

both! {
    async fn a_process_killed_under_load_fifty_times_loses_no_call(backend: Backend) {
        let mut rng = Rng::seeded();
        let began = Instant::now();
        let mut world = World::new(App::start(backend).await).await;
        world.set_latency(LATENCY);
        let (mut lives, mut began) = (Vec::new(), began);
        let mut pace = Duration::from_millis(20);
        for turn in 0..KILLS {
            let moment = Moment::choose(&mut rng, turn, pace);
            let (start, killed) = live_and_die(&world, &mut rng, moment, began).await;
            pace = usual(&world, start).unwrap_or(pace);
            world.app.kill().await;
            let over = Instant::now();
            lives.push(Life { began, killed, over });
            began = over;
            world.app.restart().await;
        }
        let books = world.books().await;
        let catches = Catches::of(&books, &lives);
        let begun: Vec<Instant> = lives.iter().map(|life| life.began).chain([began]).collect();
        books.balance(&world, &format!("{KILLS} kills, {backend:?}"), &begun);
        println!("caught at {catches:?}");
        let Catches { receive, record, push, outcome } = catches;
        assert!([receive, record, push, outcome].iter().all(|count| *count > 0), "a step was never hit: {catches:?}");
    }
}
