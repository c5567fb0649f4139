//! Who asks for too much is told so early, and nobody else notices. Nothing here is measured: a busy machine makes all
//! of it slower, and none of it wrong.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

use futures_util::future::{join, join_all};
use futures_util::stream::{self, StreamExt};
use ringhook_tests::app::{App, PUBLIC_URL, Workspace};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::twilio::{Answer, Twilio};
use ringhook_tests::until::until;
use uuid::Uuid;

/// Requests that one sender has under way.
const SIDE_BY_SIDE: usize = 20;

/// A workspace in which bob has a phone.
async fn with_phone(app: &App) -> Workspace {
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", &format!("phone-of-{}", workspace.id)).await;
    workspace
}

/// Gives a workspace a rate of its own, as the operator does.
async fn allow(app: &App, workspace: &Workspace, rate: &str) {
    let command = ["workspace", "quota", workspace.id.as_str(), "--calls-per-second", rate];
    let done = app.command(&command).await;
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

/// Calls bob so many times.
async fn calls(twilio: &Twilio<'_>, count: usize, side_by_side: usize) -> Vec<Answer> {
    stream::iter(0..count).map(|_| twilio.ring("bob")).buffer_unordered(side_by_side).collect().await
}

/// How many passed; the others were told to come again.
fn passed(answers: &[Answer]) -> usize {
    let (passed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    for answer in refused {
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    }
    passed.len()
}

/// Posts a body that nobody signed rightly, from one of this machine's addresses: the statuses.
async fn flood(app: &App, source: u8, hooks: Vec<String>, body: &[u8]) -> Vec<u16> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .local_address(IpAddr::from(Ipv4Addr::new(127, 0, 0, source)))
        .build()
        .expect("a client");
    let posts = hooks.into_iter().map(|hook| {
        let path = hook.strip_prefix(PUBLIC_URL).unwrap_or(&hook).to_owned();
        let post = client.post(format!("{}{path}", app.url())).body(body.to_vec());
        let post = post.header("content-type", "application/json").header("x-twilio-signature", "d3Jvbmc=");
        async { post.send().await.expect("an answer").status().as_u16() }
    });
    stream::iter(posts).buffer_unordered(SIDE_BY_SIDE).collect().await
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

both! {
    async fn a_workspace_at_its_limit_is_told_so_and_others_ring(app: App) {
        let (flooding, calm) = (with_phone(&app).await, with_phone(&app).await);
        allow(&app, &flooding, "1").await;
        let (noise, voice) = (app.twilio(&flooding), app.twilio(&calm));
        let (flood, calls) = join(calls(&noise, 300, SIDE_BY_SIDE), calls(&voice, 60, 4)).await;
        assert_eq!(passed(&calls), calls.len());
        let passed = passed(&flood);
        // A burst of twice the rate. One more each second is far from half of them, however long they take.
        assert!((2..150).contains(&passed), "{passed}");
        // What was refused cost the database nothing.
        let log = app.api(&flooding).get("/notifications?limit=1000").await.expect(200);
        assert_eq!(log.items().len(), passed);
        // The operator is told of it, and not as often as it happens.
        let told = |workspace: &Workspace| {
            let log = app.log();
            let lines = log.lines().filter(|line| line.contains("a limit is reached") && line.contains(&workspace.id));
            lines.filter(|line| line.contains("calls_per_second")).count()
        };
        until("a line about the limit", async || (told(&flooding) > 0).then_some(())).await;
        assert!(told(&flooding) <= 3 && told(&calm) == 0, "{}", app.log());
    }

    async fn a_workspace_without_a_rate_of_its_own_has_everybodys(backend: Backend) {
        let app = App::builder(backend).set("RINGHOOK_QUOTA_CALLS_PER_SECOND", 1).start().await;
        let (usual, special) = (with_phone(&app).await, with_phone(&app).await);
        allow(&app, &special, "1000").await;
        let (of_usual, of_special) = (app.twilio(&usual), app.twilio(&special));
        let (of_usual, of_special) = join(calls(&of_usual, 100, 10), calls(&of_special, 100, 10)).await;
        assert!((2..50).contains(&passed(&of_usual)));
        assert_eq!(passed(&of_special), 100);
    }

    async fn a_changed_rate_is_in_force_in_a_running_server(app: App) {
        let workspace = with_phone(&app).await;
        let twilio = app.twilio(&workspace);
        assert_eq!(passed(&calls(&twilio, 50, 10).await), 50);
        allow(&app, &workspace, "1").await;
        assert!(passed(&calls(&twilio, 100, 10).await) < 50);
        allow(&app, &workspace, "1000").await;
        until("the raised rate", async || (twilio.ring("bob").await.status == 200).then_some(())).await;
        assert_eq!(passed(&calls(&twilio, 100, 10).await), 100);
    }

    async fn strangers_starve_no_call(app: App) {
        let known = with_phone(&app).await;
        app.twilio(&known).ring("bob").await.reply.clone().expect(200);
        // Nobody has called it yet, so its token is in nobody's memory.
        let new = [with_phone(&app).await, with_phone(&app).await, with_phone(&app).await];
        let forgery = app.twilio(&known).call("bob");
        let body = forgery.bytes();
        let forged = join_all((2..5).map(|source| {
            flood(&app, source, vec![known.webhook_url.clone(); 200], &body)
        }));
        // From where Twilio's own requests come, as behind a proxy.
        let hooks = (0..500).map(|_| format!("{PUBLIC_URL}/hooks/{}", Uuid::new_v4().simple())).collect();
        let made_up = flood(&app, 1, hooks, &body);
        // One after the other, so that they fall into the flood's midst.
        let good = async {
            let mut rung = HashSet::new();
            for workspace in std::iter::repeat_n(&known, 30).chain(&new) {
                let call = app.twilio(workspace).call("bob");
                let answer = call.send().await;
                assert_eq!(answer.status, 200, "{}", answer.text);
                rung.insert(call.message_id());
            }
            rung
        };
        let ((forged, made_up), rung) = join(join(forged, made_up), good).await;
        for forged in &forged {
            // Each address has a bucket of its own, and its bottom.
            let refused = count(forged, 403);
            assert!((50..forged.len()).contains(&refused), "{refused}");
            assert_eq!(refused + count(forged, 503), forged.len());
        }
        assert_eq!(count(&made_up, 404) + count(&made_up, 503), made_up.len());
        // Anybody can send such requests, so the log takes only so many an hour.
        until("a hundred rejections in the log", async || {
            let log = app.api(&known).get("/notifications?outcome=rejected&limit=1000").await.expect(200);
            (log.items().len() == 100).then_some(())
        })
        .await;
        until("every good call to ring, and no other", async || {
            let of = |message: &ringhook_tests::fcm::Message| message.data["twi_message_id"].as_str().map(str::to_owned);
            let received: HashSet<_> = app.fcm.received().iter().filter_map(of).collect();
            assert!(!received.contains(&forgery.message_id()));
            rung.is_subset(&received).then_some(())
        })
        .await;
    }
}
