//! Servers that are away, refuse or hang, and programs that die in between.

use super::*;

/// Makes what waits due now.
async fn due_now(app: &App) {
    app.database.execute("UPDATE mails SET due_at = created_at WHERE state = 'pending'").await;
}

/// How many mails wait for more than the ten seconds to come.
async fn put_off(app: &App) -> usize {
    let soon = match app.database.backend() {
        Backend::Sqlite => "created_at + 10000000",
        Backend::Postgres => "created_at + interval '10 seconds'",
    };
    app.database.count(&format!("mails WHERE state = 'pending' AND due_at > {soon}")).await
}

both! {
    async fn while_the_server_is_away_a_mail_waits(app: App) {
        let troubles = [(Trouble::Close, ""), (Trouble::Say("421 4.3.2 not now"), "transient error (421)")];
        for (tries, (trouble, reason)) in (1..).zip(troubles) {
            app.mail().fails(Stage::Greeting, trouble);
            match tries {
                1 => app.post(ADA, &reset()).await,
                _ => due_now(&app).await,
            }
            let row = stands(&app, &format!("pending {tries} kept connecting: {reason}")).await;
            assert_eq!(put_off(&app).await, 1, "{row}");
        }
        app.mail().works();
        due_now(&app).await;
        assert_eq!(app.mail().to(ADA).await.link(), reset().link);
        stands(&app, "sent 3 erased ").await;
    }

    async fn only_a_lasting_no_to_the_recipient_ends_a_mail(app: App) {
        app.mail().once(Stage::Auth, Trouble::Say("535 5.7.8 changed"));
        app.mail().once(Stage::Mail, Trouble::Say("550 5.7.1 not from you"));
        app.mail().once(Stage::Rcpt, Trouble::Say("450 4.2.1 busy"));
        app.mail().once(Stage::Data, Trouble::Close);
        app.mail().once(Stage::Message, Trouble::Say("554 5.7.1 no"));
        app.post(ADA, &reset()).await;
        for (tries, begin) in ["logging in", "MAIL", "RCPT", "DATA", "the message"].iter().enumerate() {
            stands(&app, &format!("pending {} kept {begin}", tries + 1)).await;
            due_now(&app).await;
        }
        app.mail().to(ADA).await;
        stands(&app, "sent 6 erased ").await;
        assert_eq!(app.mail().all().len(), 1);
    }

    async fn a_recipient_that_there_is_not_ends_it_at_once(app: App) {
        app.mail().refuse("gone@example.com", "550 5.1.1 no such user");
        app.post("gone@example.com", &reset()).await;
        let row = stands(&app, "given_up 1 erased ").await;
        assert!(row.contains("550"), "{row}");
        assert!(app.log().contains("given up") && !app.log().contains("8kQz"), "{}", app.log());
    }

    async fn after_three_days_it_is_given_up(app: App) {
        app.mail().fails(Stage::Greeting, Trouble::Close);
        app.post(ADA, &reset()).await;
        stands(&app, "pending 1 kept connecting: ").await;
        set_back(&app, "created_at", 3).await;
        due_now(&app).await;
        stands(&app, "given_up 2 erased ").await;
    }

    async fn a_server_that_hangs_holds_up_neither_others_nor_the_end(app: App) {
        let mut app = app;
        app.mail().once(Stage::Data, Trouble::Hang);
        app.post("bob@example.com", &reset()).await;
        app.mail().hanging(1).await;
        app.post(ADA, &reset()).await;
        app.mail().to(ADA).await;
        let (status, took) = app.terminate().await;
        assert!(status.success() && took.as_secs() < 10, "{status} {took:?}");
        // It was handed back, and goes out as soon as somebody is there.
        app.restart().await;
        app.mail().to("bob@example.com").await;
        assert_eq!(app.mail().all().len(), 2);
    }

    async fn a_mail_under_way_survives_a_crash(app: App) {
        let mut app = app;
        app.mail().once(Stage::Message, Trouble::Hang);
        app.post(ADA, &reset()).await;
        app.mail().hanging(1).await;
        app.kill().await;
        app.restart().await;
        app.mail().to(ADA).await;
        stands(&app, "sent 2 erased ").await;
        assert_eq!(app.mail().all().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_send_each_mail_once() {
    let app = App::start(Backend::Postgres).await;
    let _second = app.another_node().await;
    let ground = app.ground().await;
    let people: Vec<String> = (0..60).map(|number| format!("p{number}@example.com")).collect();
    let mails: Vec<_> = people
        .iter()
        .map(|person| ringhook::mail::outgoing(&ground, person, &PasswordChanged::sample()).expect("a mail"))
        .collect();
    let written = ground.store.engine().write(async move |conn| {
        for mail in &mails {
            conn.mail_insert(mail).await?;
        }
        Ok(())
    });
    written.await.expect("to write them");
    until("all of them", async || {
        (app.database.count("mails WHERE state = 'sent'").await == 60).then_some(())
    })
    .await;
    let mut arrived: Vec<_> = app.mail().all().into_iter().map(|mail| mail.recipient).collect();
    arrived.sort();
    let mut people = people;
    people.sort();
    assert_eq!(arrived, people);
}

/// What a dead node held goes to another when its lease is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_takes_a_dead_ones_mail_over() {
    let mut app = App::start(Backend::Postgres).await;
    app.mail().once(Stage::Rcpt, Trouble::Hang);
    app.post(ADA, &reset()).await;
    app.mail().hanging(1).await;
    app.kill().await;
    let _second = app.another_node().await;
    due_now(&app).await;
    app.mail().to(ADA).await;
    stands(&app, "sent 2 erased ").await;
}
