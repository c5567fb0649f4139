//! Who asks for too much is told so early, and nobody else notices.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use futures_util::future::{join, join_all};
use ringhook_tests::app::{App, PUBLIC_URL, Workspace};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::until::until;
use uuid::Uuid;

/// A workspace in which bob has a phone.
async fn with_phone(app: &App) -> Workspace {
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", &format!("phone-of-{}", workspace.id)).await;
    workspace
}

/// Posts a body that nobody signed rightly, many times at once from one of this machine's addresses: the statuses.
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
    join_all(posts).await
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

both! {
    async fn a_workspace_at_its_limit_is_told_so_and_others_ring(backend: Backend) {
        let app = App::builder(backend).set("RINGHOOK_CALLS_PER_SECOND", 50).start().await;
        let (flooding, calm) = (with_phone(&app).await, with_phone(&app).await);
        let (noise, voice) = (app.twilio(&flooding), app.twilio(&calm));
        let started = Instant::now();
        let (flood, calls) = join(
            join_all((0..500).map(|_| noise.ring("bob"))),
            join_all((0..60).map(|_| voice.ring("bob"))),
        )
        .await;
        let seconds = started.elapsed().as_secs_f64();
        for call in &calls {
            assert_eq!(call.status, 200, "{}", call.text);
        }
        let passed = flood.iter().filter(|answer| answer.status == 200).count();
        // A burst of twice the rate, and the rate from then on.
        assert!(passed >= 100, "{passed}");
        assert!(passed as f64 <= 101.0 + 50.0 * seconds, "{passed} in {seconds} s");
        assert!(passed < 500);
        for answer in flood.iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.status, 503, "{}", answer.text);
            assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
        }
        // What was refused cost the database nothing.
        let log = app.api(&flooding).get("/notifications?limit=1000").await.expect(200);
        assert_eq!(log.items().len(), passed);
    }

    async fn strangers_starve_no_call(app: App) {
        let known = with_phone(&app).await;
        app.twilio(&known).ring("bob").await.reply.clone().expect(200);
        // Nobody has called it yet, so its token is in nobody's memory.
        let new: Vec<Workspace> = vec![with_phone(&app).await, with_phone(&app).await, with_phone(&app).await];
        let body = app.twilio(&known).call("bob").bytes();
        let forged = join_all((2..7).map(|source| {
            flood(&app, source, vec![known.webhook_url.clone(); 200], &body)
        }));
        // From where Twilio's own requests come, as behind a proxy.
        let hooks = (0..1000).map(|_| format!("{PUBLIC_URL}/hooks/{}", Uuid::new_v4().simple())).collect();
        let made_up = flood(&app, 1, hooks, &body);
        let twilio = app.twilio(&known);
        let good = join_all((0..60).map(|_| twilio.ring("bob")));
        let first = async {
            let mut answers = Vec::new();
            for workspace in &new {
                // One after the other, so that they fall into the flood's midst.
                answers.push(app.twilio(workspace).ring("bob").await);
            }
            answers
        };
        let ((forged, made_up), (good, first)) = join(join(forged, made_up), join(good, first)).await;
        for answer in good.iter().chain(&first) {
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
        let forged = forged.concat();
        let refused = count(&forged, 403);
        assert_eq!(refused + count(&forged, 503), forged.len());
        // Each address has a bucket of its own.
        assert!((250..900).contains(&refused), "{refused}");
        assert_eq!(count(&made_up, 404) + count(&made_up, 503), made_up.len());
        // Anybody can send such requests, so the log takes only so many an hour.
        until("a hundred rejections in the log", async || {
            let log = app.api(&known).get("/notifications?outcome=rejected&limit=1000").await.expect(200);
            (log.items().len() == 100).then_some(())
        })
        .await;
        assert_eq!(app.fcm.received().len(), 1 + 60 + 3);
    }
}
