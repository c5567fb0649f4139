//! Logging in with an OpenID provider, which may lie.

use ringhook_tests::api::http_client;
use ringhook_tests::app::App;
use ringhook_tests::authenticator::Authenticator;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::oidc::{CLIENT_ID, CLIENT_SECRET, Issuer, Lie};
use ringhook_tests::pages::{PASSWORD, Page, Reader};

const ANN: &str = "ann@example.com";

async fn with_issuer(backend: Backend, signup: &str) -> (App, Issuer) {
    let issuer = Issuer::start().await;
    let app = App::builder(backend)
        .set("RINGHOOK_OIDC_ISSUER", issuer.url())
        .set("RINGHOOK_OIDC_CLIENT_ID", CLIENT_ID)
        .set("RINGHOOK_OIDC_CLIENT_SECRET", CLIENT_SECRET)
        .set("RINGHOOK_SIGNUP", signup)
        .start()
        .await;
    (app, issuer)
}

/// The provider sends the browser back: to where.
async fn at_provider(url: &str) -> String {
    let answer = http_client().get(url).send().await.expect("an answer");
    answer.headers()["location"].to_str().expect("a URL").to_owned()
}

/// The whole way: to the provider and back.
async fn come_in(reader: &Reader<'_>) -> Page {
    let away = reader.get("/login/oidc?next=%2Faccount").await.expect(303);
    let back = at_provider(away.headers["location"].to_str().expect("a URL")).await;
    reader.get(&back).await
}

/// Sets out to link the account; the callback.
async fn set_out_to_link(reader: &Reader<'_>) -> String {
    let page = reader.post("/account/oidc", &[("current_password", PASSWORD)]).await.expect(200);
    let url = page.between("<a class=\"button\" href=\"", "\"").replace("&amp;", "&").replace("&#38;", "&");
    at_provider(&url).await
}

both! {
    async fn somebody_new_gets_an_account_and_stays_the_same_person(backend: Backend) {
        let (app, issuer) = with_issuer(backend, "open").await;
        app.reader().get("/login").await.expect(200).says("Continue with 127.0.0.1");
        let ann = app.reader();
        come_in(&ann).await.leads("/account");
        ann.get("/account").await.expect(200).says(ANN).says("linked");
        // Who has another address there is the same person here.
        issuer.set_person(|person| person.email = "other@example.com".into());
        issuer.roll_key();
        let again = app.reader();
        come_in(&again).await.leads("/account");
        again.get("/account").await.expect(200).says(ANN);
        // Another person with the address of before is not.
        issuer.set_person(|person| {
            person.subject = "subject-2".into();
            person.email = ANN.into();
        });
        come_in(&app.reader()).await.expect(403).says("There is an account with your address");
        // Nothing else opens the account: it stays linked.
        ann.post("/account/oidc/unlink", &[]).await.expect(422).says("set a password first");
        assert_eq!(issuer.faults(), Vec::<String>::new());
    }

    async fn an_answer_that_lies_lets_nobody_in(backend: Backend) {
        let (app, issuer) = with_issuer(backend, "open").await;
        for lie in [Lie::Nonce, Lie::Audience, Lie::Issuer, Lie::Expired, Lie::Unsigned, Lie::OtherKey] {
            issuer.set_lie(lie);
            let page = come_in(&app.reader()).await;
            assert_eq!(page.status, 403, "{lie:?}: {}", page.html);
            page.says("did not prove who you are");
        }
        issuer.set_lie(Lie::None);
        issuer.set_person(|person| person.email_verified = false);
        come_in(&app.reader()).await.expect(403).says("does not say that your e-mail address is proved");
        assert_eq!(app.database.count("users").await, 0);
    }

    async fn a_callback_is_for_the_browser_that_set_out_and_once(backend: Backend) {
        let (app, issuer) = with_issuer(backend, "open").await;
        let (ann, eve) = (app.reader(), app.reader());
        let away = ann.get("/login/oidc").await.expect(303);
        let back = at_provider(away.headers["location"].to_str().expect("a URL")).await;
        eve.get(&back).await.expect(403);
        ann.get(&back.replace("state=", "state=x")).await.expect(403);
        ann.get(&back).await.leads("/workspaces");
        ann.get(&back).await.expect(403);
        // A code of one's own, in somebody else's step.
        let theirs = eve.get("/login/oidc").await.expect(303);
        let theirs = at_provider(theirs.headers["location"].to_str().expect("a URL")).await;
        let other = app.reader();
        other.get("/login/oidc").await.expect(303);
        other.get(&theirs).await.expect(403);
        // Turned back at the provider.
        let turned = app.reader();
        let away = turned.get("/login/oidc").await.expect(303);
        let away = away.headers["location"].to_str().expect("a URL").to_owned();
        let state = away.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state");
        turned.get(&format!("/login/oidc/callback?error=access_denied&state={state}")).await.expect(403);
        assert_eq!(issuer.faults(), Vec::<String>::new());
    }

    async fn an_account_that_is_there_is_linked_by_its_owner(backend: Backend) {
        let (app, issuer) = with_issuer(backend, "open").await;
        let ann = app.person(ANN).await;
        come_in(&app.reader()).await.expect(403).says("link the provider on your account page");
        ann.post("/account/oidc", &[("current_password", "wrong")]).await.expect(422).says("oidc-password-error");
        let back = set_out_to_link(&ann).await;
        ann.get(&back).await.leads("/account?done=saved");
        let other = app.reader();
        come_in(&other).await.leads("/account");
        // The same identity is of one account.
        let bob = app.person("bob@example.com").await;
        let back = set_out_to_link(&bob).await;
        bob.get(&back).await.expect(403).says("opens another account");
        // The second factor is still asked for.
        let page = ann.get("/account/totp").await.expect(200);
        let phone = Authenticator::typed(&page.between("aria-label=\"The secret\">", "</pre>"));
        let form = [("code", &*phone.code(0)), ("current_password", PASSWORD)];
        ann.post("/account/totp", &form).await.expect(200);
        let careful = app.reader();
        come_in(&careful).await.leads("/login/code");
        careful.get("/account").await.expect(303);
        ann.post("/account/oidc/unlink", &[("current_password", PASSWORD)]).await.leads("/account?done=saved");
        come_in(&app.reader()).await.expect(403);
        assert_eq!(issuer.faults(), Vec::<String>::new());
    }

    async fn where_strangers_may_not_sign_up_they_may_not_here(backend: Backend) {
        for signup in ["invite", "closed"] {
            let (app, _issuer) = with_issuer(backend, signup).await;
            come_in(&app.reader()).await.expect(403).says("takes no new accounts");
            assert_eq!(app.database.count("users").await, 0);
        }
    }

    async fn a_provider_that_is_away_is_said_to_be(backend: Backend) {
        let (app, issuer) = with_issuer(backend, "open").await;
        drop(issuer);
        app.reader().get("/login/oidc").await.expect(502).says("does not answer");
        app.reader().get("/login").await.expect(200);
    }
}
