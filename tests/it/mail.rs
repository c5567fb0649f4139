//! Mails, from the outbox table to whoever takes them.

use std::os::unix::fs::PermissionsExt;

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::smtp::{Stage, Trouble};
use ringhook_tests::until::until;
use ringhook_web::mails::{Invitation, Mail as _, PasswordChanged, ResetPassword, render};

mod troubles;

const ADA: &str = "ada@example.com";

fn reset() -> ResetPassword {
    ResetPassword::sample()
}

/// The one mail of the table, as `state tries body reason`.
async fn row(app: &App) -> String {
    let sql = "SELECT state || ' ' || CAST(tries AS TEXT) || CASE WHEN body IS NULL THEN ' erased ' ELSE ' kept ' END || \
               coalesce(reason, '') AS value FROM mails";
    app.database.texts(sql).await.pop().expect("a mail")
}

/// Waits until the table's mail begins so.
async fn stands(app: &App, begin: &str) -> String {
    until(begin, async || Some(row(app).await).filter(|row| row.starts_with(begin))).await
}

/// Sets a time of every mail so many days back.
async fn set_back(app: &App, column: &str, days: i64) {
    let earlier = match app.database.backend() {
        Backend::Sqlite => format!("{column} - {days} * 86400000000"),
        Backend::Postgres => format!("{column} - interval '{days} days'"),
    };
    app.database.execute(&format!("UPDATE mails SET {column} = {earlier}")).await;
}

both! {
    async fn a_mail_arrives_once_and_bears_what_it_must(app: App) {
        app.post(ADA, &reset()).await;
        let mail = app.mail().to(ADA).await;
        let expected = render(&reset()).expect("renders");
        assert_eq!((mail.subject.as_str(), mail.link()), (expected.subject.as_str(), expected.links[0].clone()));
        assert!(mail.html.contains(&expected.links[0]), "{}", mail.html);
        for (name, value) in [
            ("From", "Ringhook <ring@example.net>"),
            ("To", ADA),
            ("Auto-Submitted", "auto-generated"),
            ("MIME-Version", "1.0"),
        ] {
            assert_eq!(mail.header(name).as_deref(), Some(value), "{name}");
        }
        let id = mail.header("Message-ID").expect("an id");
        assert!(id.starts_with("<eml_") && id.ends_with("@example.net>"), "{id}");
        let date = mail.header("Date").expect("a date");
        let date = chrono::DateTime::parse_from_rfc2822(&date).expect(&date);
        assert!((chrono::Utc::now() - date.to_utc()).num_seconds().abs() < 60, "{date}");
        stands(&app, "sent 1 erased ").await;

        // One that follows shows that the first is not sent again.
        app.post("bob@example.com", &PasswordChanged::sample()).await;
        app.mail().to("bob@example.com").await;
        assert_eq!(app.mail().all().len(), 2);
        assert_eq!(app.mail().logins(), ["PLAIN", "PLAIN"]);
        // It logs what it does, and neither links nor people.
        assert!(app.log().contains(reset().kind()), "{}", app.log());
        for secret in ["8kQz", ADA, "ecret", "Choose a new password"] {
            assert!(!app.log().contains(secret), "{secret} in {}", app.log());
        }
    }

    async fn text_from_everywhere_arrives_as_it_was(app: App) {
        let workspace = "Zürich 🔔 .\u{201c}x\u{201d}".to_owned();
        let inviter = format!("{} <b>&amp;</b>", "ß".repeat(120));
        let mail = Invitation { workspace: workspace.clone(), inviter: inviter.clone(), ..Invitation::sample() };
        app.post(ADA, &mail).await;
        let arrived = app.mail().to(ADA).await;
        let expected = render(&mail).expect("renders");
        let same = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        assert_eq!((arrived.subject.as_str(), same(&arrived.plain)), (expected.subject.as_str(), same(&expected.plain)));
        assert_eq!(same(&arrived.html), same(&expected.html));
    }

    async fn what_is_rolled_back_is_not_mailed(app: App) {
        let ground = app.ground().await;
        let mail = ringhook::mail::outgoing(&ground, ADA, &reset()).expect("a mail");
        let failed = ground.store.engine().write(async move |conn| {
            conn.mail_insert(&mail).await?;
            Err::<(), _>(ringhook::store::StoreError::Query("no".into()))
        });
        assert!(failed.await.is_err());
        app.post("bob@example.com", &reset()).await;
        app.mail().to("bob@example.com").await;
        assert_eq!(app.mail().all().len(), 1);
    }

    async fn the_row_of_a_mail_is_kept_for_a_week(app: App) {
        let mut app = app;
        for (days, left) in [(6, 1), (2, 0)] {
            if days == 6 {
                app.post(ADA, &reset()).await;
                stands(&app, "sent ").await;
            }
            set_back(&app, "ended_at", days).await;
            app.restart().await;
            // What is deleted at start is gone before the next mail has been sent.
            app.post("bob@example.com", &reset()).await;
            app.mail().to("bob@example.com").await;
            let old = "SELECT CAST(count(*) AS TEXT) AS value FROM mails WHERE recipient = 'ada@example.com'";
            until("old rows to go", async || (app.database.texts(old).await == [left.to_string()]).then_some(())).await;
        }
    }

    async fn without_a_server_mails_become_files(backend: Backend) {
        let app = App::builder(backend).without_smtp().start().await;
        until("where mails go", async || app.log().contains("data/outbox").then_some(())).await;
        app.post(ADA, &reset()).await;
        app.post("bob@example.com", &PasswordChanged::sample()).await;
        let mails = app.outbox(2).await;
        assert_eq!((mails[0].header("To").as_deref(), mails[0].link()), (Some(ADA), reset().link));
        assert_eq!(mails[1].subject, PasswordChanged::sample().subject());
        for file in app.outbox_files() {
            assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        }
        let folder = app.folder().join("data/outbox");
        assert_eq!(std::fs::metadata(&folder).expect("a folder").permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), 2, "drafts are left");
        // The public URL leads others here: then the log is no place for links.
        assert!(!app.log().contains("8kQz") && !app.log().contains(ADA), "{}", app.log());
    }

    async fn a_link_stands_whole_in_its_file(backend: Backend) {
        let app = App::builder(backend).without_smtp().start().await;
        let link = format!("https://ring.example.com/invitations/{}", "x".repeat(64));
        app.post(ADA, &Invitation { link: link.clone(), ..Invitation::sample() }).await;
        app.outbox(1).await;
        let text = std::fs::read_to_string(&app.outbox_files()[0]).expect("a mail");
        assert!(text.lines().any(|line| line == link), "{text}");
    }

    async fn on_a_machine_of_ones_own_the_log_shows_links(backend: Backend) {
        let builder = App::builder(backend).without_smtp().public_url("http://localhost:8080");
        let app = builder.start().await;
        app.post(ADA, &reset()).await;
        let shown = |line: &str| [ADA, &reset().subject(), &reset().link].iter().all(|part| line.contains(part));
        until("the link in the log", async || app.log().lines().any(shown).then_some(())).await;
    }

    async fn doctor_says_whether_mails_can_be_sent(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        let url = app.mail().url();
        let wrong = app.mail().url_with("wr0ng");
        for (url, words) in [
            (url.as_str(), ["ok", "lets us in"]),
            (&wrong, ["FAULT", "535"]),
            ("smtp://u:wr0ng@127.0.0.1:1", ["FAULT", "RINGHOOK_SMTP_URL"]),
            ("", ["note", "RINGHOOK_SMTP_URL"]),
        ] {
            let finished = app.command_with("RINGHOOK_SMTP_URL", url, &["doctor"]).await;
            let line = finished.stdout.lines().find(|line| line.contains("mail ")).expect("a line about mail");
            assert!(line.starts_with(words[0]) && line.contains(words[1]), "{line}");
            assert_eq!(finished.code, Some(i32::from(words[0] == "FAULT")), "{}", finished.stdout);
            assert!(!finished.stdout.contains("wr0ng"), "{}", finished.stdout);
        }
        assert!(app.mail().all().is_empty());
    }
}
