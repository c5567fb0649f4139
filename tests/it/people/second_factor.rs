//! The authenticator app: set up, asked for, lost.

use ringhook_tests::app::App;
use ringhook_tests::authenticator::Authenticator;
use ringhook_tests::both;
use ringhook_tests::pages::{PASSWORD, Page, Reader};

const ANN: &str = "ann@example.com";

/// Sets an app up; the app, the recovery codes, and the code that it took.
async fn set_up(ann: &Reader<'_>) -> (Authenticator, Vec<String>, String) {
    let page = ann.get("/account/totp").await.expect(200).says("<svg");
    let app = Authenticator::typed(&page.between("aria-label=\"The secret\">", "</pre>"));
    let used = app.code(0);
    let form = [("code", &*used), ("current_password", PASSWORD)];
    let page = ann.post("/account/totp", &form).await.expect(200);
    let codes: Vec<String> =
        page.between("aria-label=\"The codes\">", "</pre>").split_whitespace().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10);
    (app, codes, used)
}

/// As if the last code had been taken minutes ago.
async fn later(app: &App) {
    app.database.execute("UPDATE users SET totp_step = totp_step - 10").await;
}

async fn code(reader: &Reader<'_>, code: &str) -> Page {
    reader.post("/login/code", &[("code", code)]).await
}

both! {
    async fn a_login_asks_for_the_code_and_a_code_works_once(app: App) {
        let ann = app.person(ANN).await;
        let workspace = ann.workspace("Acme").await;
        let wrong = [("code", "000000"), ("current_password", PASSWORD)];
        ann.get("/account/totp").await.expect(200);
        ann.post("/account/totp", &wrong).await.expect(422).says("code-error");
        let (phone, _, used) = set_up(&ann).await;
        app.mail().to(ANN).await;
        let other = app.reader();
        let login = [("email", ANN), ("password", PASSWORD), ("next", &*workspace)];
        other.post("/login", &login).await.leads("/login/code");
        other.get("/account").await.expect(303);
        other.get("/login/code").await.expect(200).says("one-time-code");
        // The code that set it up has been used.
        code(&other, &used).await.expect(422).says("Each code works once");
        later(&app).await;
        let present = phone.code(0);
        code(&other, &present).await.leads(&workspace);
        other.get(&workspace).await.expect(200);
        let third = app.reader();
        third.log_in(ANN).await.leads("/login/code");
        code(&third, &present).await.expect(422);
        code(&third, &phone.code(-3)).await.expect(422);
        third.get(&workspace).await.expect(303);
    }

    async fn five_tries_are_all_and_a_step_is_of_one_browser(app: App) {
        let ann = app.person(ANN).await;
        let (phone, ..) = set_up(&ann).await;
        later(&app).await;
        let thief = app.reader();
        code(&thief, &phone.code(0)).await.leads("/login");
        thief.log_in(ANN).await.leads("/login/code");
        for _ in 0..5 {
            code(&thief, "000000").await.expect(422);
        }
        code(&thief, &phone.code(0)).await.leads("/login");
        thief.get("/login/code").await.leads("/login");
        // A step that has ended opens nothing.
        let late = app.reader();
        late.log_in(ANN).await.leads("/login/code");
        app.age("tickets", "expires_at", 11 * 60).await;
        code(&late, &phone.code(0)).await.leads("/login");
    }

    async fn codes_are_guessed_ten_times_however_many_steps_are_begun(app: App) {
        let ann = app.person(ANN).await;
        set_up(&ann).await;
        for _ in 0..2 {
            let thief = app.reader();
            thief.log_in(ANN).await.leads("/login/code");
            for _ in 0..5 {
                code(&thief, "000000").await.expect(422);
            }
        }
        let thief = app.reader();
        thief.log_in(ANN).await.leads("/login/code");
        code(&thief, "000000").await.expect(429);
        thief.post("/login/recovery", &[("code", "0000-0000-0000-0000")]).await.expect(429);
    }

    async fn a_recovery_code_stands_in_for_a_lost_phone_once(app: App) {
        let ann = app.person(ANN).await;
        let (_, codes, _) = set_up(&ann).await;
        app.mail().to(ANN).await;
        let other = app.reader();
        other.log_in(ANN).await.leads("/login/code");
        other.get("/login/recovery").await.expect(200);
        other.post("/login/recovery", &[("code", "0000-0000-0000-0000")]).await.expect(422).says("code-error");
        let typed = codes[3].to_uppercase().replace('-', " ");
        other.post("/login/recovery", &[("code", &typed)]).await.leads("/workspaces");
        assert!(app.mail().to(ANN).await.plain.contains("recovery code"));
        other.get("/account").await.expect(200).says("9 recovery codes are left");
        let third = app.reader();
        third.log_in(ANN).await.leads("/login/code");
        third.post("/login/recovery", &[("code", &codes[3])]).await.expect(422);
        // New ones end the old ones.
        other.post("/account/totp/codes", &[("current_password", "wrong")]).await.expect(422).says("codes-password-error");
        let page = other.post("/account/totp/codes", &[("current_password", PASSWORD)]).await.expect(200);
        third.post("/login/recovery", &[("code", &codes[4])]).await.expect(422);
        let new = page.between("aria-label=\"The codes\">", "\n");
        third.post("/login/recovery", &[("code", &new)]).await.leads("/workspaces");
    }

    async fn it_is_still_asked_for_after_a_new_password_and_off_when_turned_off(app: App) {
        let ann = app.person(ANN).await;
        let (phone, ..) = set_up(&ann).await;
        app.mail().to(ANN).await;
        let standing = app.reader();
        standing.log_in(ANN).await.leads("/login/code");
        let other = app.reader();
        other.post("/forgot", &[("email", ANN)]).await.expect(200);
        let link = app.mail().to(ANN).await.link();
        let new = "quite another long sentence";
        other.post(&link, &[("password", new)]).await.expect(303);
        // Who stood before the second factor with the old password stands there no more.
        later(&app).await;
        code(&standing, &phone.code(0)).await.leads("/login");
        other.post("/login", &[("email", ANN), ("password", new)]).await.leads("/login/code");
        code(&other, &phone.code(0)).await.leads("/workspaces");
        other.post("/account/totp/remove", &[("current_password", "x")]).await.expect(422).says("totp-password-error");
        other.post("/account/totp/remove", &[("current_password", new)]).await.leads("/account?done=saved");
        app.reader().post("/login", &[("email", ANN), ("password", new)]).await.leads("/workspaces");
        other.post("/account/totp/codes", &[("current_password", new)]).await.expect(404);
    }
}
