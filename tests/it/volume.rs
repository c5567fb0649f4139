//! Two hundred thousand calls of fifty workspaces over eight days on Postgres: the program runs all that it does, and the
//! plans of its statements, as the server wrote them down, show that no large table is read whole and that of the days no
//! more are looked into than must be. On the way a day that was missing gets its own, and days that nobody keeps go.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{Days, Utc};
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::database::Backend;
use ringhook_tests::plans::{Plan, SETTINGS, plans};
use ringhook_tests::postgres::Postgres;
use ringhook_tests::until::{until, within};

use crate::record::{ended, id_of};
use statements::statements;

mod statements;

const CALLS: u64 = 200_000;
const WORKSPACES: u64 = 50;
const DAYS: u64 = 8;
/// Kept by all workspaces but ours, which keeps less.
const KEPT: u64 = 6;
const OURS: u64 = 4;
/// The day whose partition is missing at first, so many days ago.
const MISSING: u64 = 2;
/// Rows of a table that one statement may look at: a workspace's all, and less than anybody's of one day.
const MOST: u64 = 8000;
/// A busy machine's time for what is done in the background.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program at volume, and the server's log so far.
struct Place {
    server: Postgres,
    app: App,
    workspace: Workspace,
    read: usize,
}

impl Place {
    async fn open() -> Self {
        let quick = ["fsync=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=4GB"];
        let server = Postgres::start_with(&[&SETTINGS[..], &quick[..]].concat(), &[]).await;
        let app =
            App::builder(Backend::Postgres).server(server.url()).set("RINGHOOK_LOG", "info").prepare().await;
        assert_eq!(app.command(&["migrate"]).await.code, Some(0));
        app.database.make_past_days(DAYS + 1, &[MISSING]).await;
        let workspace = app.workspace().await;
        app.database.execute(&statements(&workspace.account_sid)).await;
        app.database
            .execute(&format!("UPDATE workspaces SET retention_days = {OURS} WHERE retention_days <> {KEPT}"))
            .await;
        let read = server.log().len();
        Self { server, app, workspace, read }
    }

    /// The tables and partitions that are too large to be read whole, with their rows.
    async fn big(&self) -> BTreeMap<String, u64> {
        let sizes = "SELECT relname || ' ' || reltuples::bigint AS value FROM pg_class WHERE relkind = 'r' AND reltuples > 2000";
        let sizes = self.app.database.texts(sizes).await;
        let size = |text: &String| {
            let (name, rows) = text.split_once(' ')?;
            Some((name.to_owned(), rows.parse().ok()?))
        };
        sizes.iter().filter_map(size).collect()
    }

    /// The plans of what the program ran since it was asked last.
    fn plans(&mut self) -> Vec<Plan> {
        let log = self.server.log();
        let new = plans(&log[self.read..], "ringhook");
        self.read = log.len();
        new
    }

    /// Waits until a statement of this kind has run that looks at few days.
    async fn looks_narrowly(&self, kind: &str, big: &BTreeMap<String, u64>) {
        until(&format!("a narrow look: {kind}"), async || {
            let new = plans(&self.server.log()[self.read..], "ringhook");
            new.iter().any(|plan| plan.query.contains(kind) && is_narrow(plan, big)).then_some(())
        })
        .await;
    }

    /// The days of a table that have a partition.
    async fn days(&self, table: &str) -> Vec<String> {
        let days = format!(
            "SELECT inhrelid::regclass::text AS value FROM pg_inherits WHERE inhparent = '{table}'::regclass ORDER BY 1"
        );
        self.app.database.texts(&days).await
    }
}

/// So many days ago, as partitions are called.
fn day(table: &str, ago: u64) -> String {
    let day = Utc::now().date_naive().checked_sub_days(Days::new(ago)).expect("a day");
    format!("{table}_{}", day.format("%Y%m%d"))
}

fn check(plans: &[Plan], big: &BTreeMap<String, u64>) {
    // What came while its day was missing is moved, all of it.
    let ran = plans.iter().filter(|plan| !plan.query.starts_with("WITH moved"));
    let mut faults: Vec<_> = ran.flat_map(|plan| plan.faults(big, MOST)).collect();
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What looks at more days than it must, or at all: rarely at what was left over, and each minute at what is too old.
fn is_wide(plan: &Plan) -> bool {
    ["\"lease_until\" <= ", "\"received_at\" < ", " OFFSET "].iter().any(|text| plan.query.contains(text))
}

/// Whether it looks into two of the days that hold calls, at most, of each table.
fn is_narrow(plan: &Plan, big: &BTreeMap<String, u64>) -> bool {
    ["notifications", "deliveries", "attempts"].iter().all(|table| {
        let days = plan.partitions(table);
        days.iter().filter(|day| big.contains_key(*day)).count() <= 2
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_volume_every_statement_has_its_index_and_its_days() {
    let mut place = Place::open().await;
    let big = place.big().await;
    assert!(big.len() > 25, "{big:?}");
    place.app.restart().await;
    the_days_are_settled(&place).await;
    check(&place.plans(), &big);
    // The program has measured its log since: what no partition took is nothing by now.
    let big = place.big().await;
    assert!(
        big.contains_key(&day("notifications", MISSING)) && !big.contains_key("notifications_default"),
        "{big:?}"
    );

    calls(&place).await;
    pages(&place).await;
    for kind in ["\"lease_until\" <= ", "outcome = 'in_progress'"] {
        place.looks_narrowly(kind, &big).await;
    }
    let ran = place.plans();
    check(&ran, &big);
    for table in ["notifications", "deliveries", "attempts"] {
        let changed = ran.iter().any(|plan| plan.query.contains(&format!(" INSERT INTO {table} (")));
        assert!(changed, "{table} was not written to");
    }
    let mut wide: Vec<_> = ran.iter().filter(|plan| !is_wide(plan) && !is_narrow(plan, &big)).collect();
    wide.dedup_by_key(|plan| plan.query.clone());
    assert!(wide.is_empty(), "many days are looked into: {wide:#?}");

    // What is searched for without bounds may be on any day, by an index.
    searches(&place).await;
    check(&place.plans(), &big);
    a_fault_is_seen(&mut place, &big).await;
}

/// Days that nobody keeps are gone, the one that was missing is there with its calls, and our own calls go in bites.
async fn the_days_are_settled(place: &Place) {
    for table in ["notifications", "deliveries", "attempts"] {
        within(PATIENCE, "the days to be settled", async || {
            let days = place.days(table).await;
            let settled = !days.contains(&day(table, KEPT + 1)) && days.contains(&day(table, MISSING));
            settled.then_some(())
        })
        .await;
        assert!(place.days(table).await.contains(&day(table, KEPT)), "what somebody keeps stays");
        assert_eq!(place.app.database.count(&format!("{table}_default")).await, 0, "{table}");
    }
    let a_day = CALLS / DAYS;
    let moved = place.app.database.count(&day("notifications", MISSING)).await as u64;
    assert!(moved.abs_diff(a_day) <= 1, "{moved} calls of {a_day}");
    let old = format!(
        "notifications WHERE received_at < now() - interval '{OURS} days' \
         AND workspace_id = (SELECT id FROM workspaces WHERE retention_days = {OURS})"
    );
    let marks = format!(
        "repeats WHERE received_at < date_trunc('day', now() AT TIME ZONE 'UTC') - interval '{KEPT} days'"
    );
    within(PATIENCE, "what is old to go in bites", async || {
        let left = place.app.database.count(&old).await + place.app.database.count(&marks).await;
        (left == 0).then_some(())
    })
    .await;
}

/// More calls than it takes until a connection has made up its mind about a plan.
async fn calls(place: &Place) {
    let Place { app, workspace, .. } = place;
    app.fcm_provider(workspace).await;
    app.bind(workspace, "bob", "fcm", "the-phone").await;
    let mut last = String::new();
    for _ in 0..60 {
        last = id_of(&app.twilio(workspace).ring("bob").await);
    }
    ended(&app.api(workspace), &last).await;
    app.api(workspace).get(&format!("/notifications/{last}")).await.expect(200);
}

/// Lists that are full with what is young, pages, and what the overview counts.
async fn pages(place: &Place) {
    let Place { app, workspace, .. } = place;
    let api = app.api(workspace);
    let since = (Utc::now() - Duration::from_secs(3600)).format("%Y-%m-%dT%H:%M:%SZ");
    for _ in 0..7 {
        for path in [
            "/notifications?limit=10".to_owned(),
            "/notifications?identity=bob&limit=10".to_owned(),
            "/notifications?outcome=accepted&limit=10".to_owned(),
            format!("/notifications?since={since}&limit=100"),
            "/deliveries?limit=10".to_owned(),
            "/deliveries?state=accepted&limit=10".to_owned(),
            format!("/deliveries?since={since}&limit=100"),
            "/bindings?limit=10".to_owned(),
            "/bindings?identity=bob".to_owned(),
        ] {
            api.get(&path).await.expect(200);
        }
    }
}

async fn searches(place: &Place) {
    let Place { app, workspace, .. } = place;
    let api = app.api(workspace);
    let binding = api.get("/bindings?limit=1").await.expect(200).items()[0]["id"].clone();
    let binding = binding.as_str().expect("an id");
    for _ in 0..3 {
        for path in [
            "/notifications?call_sid=CA100000".to_owned(),
            "/notifications?identity=nobody".to_owned(),
            "/notifications?outcome=failed&limit=100".to_owned(),
            "/notifications?outcome=in_progress".to_owned(),
            format!("/deliveries?binding_id={binding}&limit=50"),
            "/deliveries?state=failed&limit=100".to_owned(),
            "/deliveries?state=dead".to_owned(),
        ] {
            api.get(&path).await.expect(200);
        }
        let first = api.get("/notifications?limit=100").await.expect(200);
        let cursor = first.json["next_cursor"].as_str().expect("more").to_owned();
        api.get(&format!("/notifications?limit=1000&cursor={cursor}")).await.expect(200);
    }
    let ann = app.person("ann@example.com").await;
    let path = ann.workspace("Long Log").await;
    app.database
        .execute(&format!(
            "UPDATE members SET workspace_id = (SELECT id FROM workspaces WHERE retention_days = {OURS}) \
             WHERE workspace_id = (SELECT id FROM workspaces WHERE slug = '{}')",
            path.trim_start_matches("/w/")
        ))
        .await;
    let slug = format!("SELECT slug AS value FROM workspaces WHERE retention_days = {OURS}");
    let slug = app.database.texts(&slug).await;
    for page in [
        "",
        "?range=1h",
        "?range=7d",
        "?range=30d",
        "/calls",
        "/calls?q=user77",
        "/calls?outcome=failed",
        "/bindings",
    ] {
        ann.get(&format!("/w/{}{page}", slug[0])).await.expect(200);
    }
    let erased =
        api.delete(&format!("/identities/user100?account_sid={}", workspace.account_sid)).await.expect(200);
    assert!(erased.json["notifications"].as_u64() > Some(0), "{}", erased.json);
}

/// The check would see a statement without an index, and one that goes through every day.
async fn a_fault_is_seen(place: &mut Place, big: &BTreeMap<String, u64>) {
    for bad in [
        "SELECT count(*) FROM notifications WHERE detail = 'nothing'",
        "SELECT count(*) FROM deliveries WHERE created_at > now() - interval '1 minute'",
        "SELECT count(*) FROM bindings WHERE address = 'the-phone'",
    ] {
        place.app.database.execute(&format!("SET application_name = 'bad'; {bad}")).await;
    }
    let log = place.server.log();
    let bad = plans(&log, "bad");
    let faulty = bad.iter().filter(|plan| !plan.faults(big, MOST).is_empty()).count();
    assert!(faulty >= 3, "{bad:?}");
    assert!(bad.iter().any(|plan| !is_narrow(plan, big)), "{bad:?}");
}
