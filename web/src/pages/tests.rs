use askama::Template;

use super::*;

/// Every view, as it may look.
fn samples() -> Vec<(&'static str, String)> {
    let errors = || Errors::one("password", "Use at least 10 characters.");
    let (token, email) = (String::from("token"), String::from("ann@example.com"));
    let sign_up = SignUp { email: email.clone(), errors: errors(), oidc: Some("Acme ID".into()) };
    let login = Login { errors: errors(), sign_up: true, passkeys: true, insecure: true, ..Login::default() };
    let check =
        CheckMail { email: email.clone(), what: "finish signing up", outbox: Some("data/outbox".into()) };
    vec![
        ("start", Start::sample().render()),
        ("message", Message::not_found().render()),
        ("sign up", sign_up.render()),
        ("login", login.render()),
        ("check mail", check.render()),
        ("verify", Verify { token: token.clone(), email: email.clone(), errors: errors() }.render()),
        ("forgot", Forgot::default().render()),
        ("reset", Reset { token, email, errors: errors() }.render()),
        ("workspaces", WorkspaceList::sample().render()),
        ("new workspace", NewWorkspace::sample().render()),
        ("account", Account::sample().render()),
        ("confirm email", ConfirmEmail { token: "token".into(), email: "ann@example.org".into() }.render()),
        ("members", Members::sample().render()),
        ("member", MemberPage::sample().render()),
        ("invitation", InvitationPage::sample().render()),
        ("doomed", Doomed::sample().render()),
        ("delete workspace", DeleteWorkspace::sample().render()),
        ("totp", TotpSetUp::sample().render()),
        ("recovery codes", RecoveryCodes::sample().render()),
        ("login code", LoginCode { recovery: false, errors: errors() }.render()),
        ("recovery", LoginCode { recovery: true, errors: errors() }.render()),
        ("settings", Settings::sample().render()),
        ("audit", Audit::sample().render()),
        ("keys", Keys::sample().render()),
        ("new key", NewKey::sample().render()),
        ("key", Key::sample().render()),
        ("key made", KeyMade::sample().render()),
        ("accounts", Accounts::sample().render()),
        ("new account", super::NewAccount::sample().render()),
        ("twilio account", AccountPage::sample().render()),
        ("webhook", Webhook::sample().render()),
        ("providers", Providers::sample().render()),
        ("new provider", NewProvider::sample().render()),
        ("new fcm provider", NewProvider { kind: "fcm", ..NewProvider::sample() }.render()),
        ("provider", ProviderPage::sample().render()),
        ("bindings", Bindings::sample().render()),
        ("new binding", NewBinding::sample().render()),
        ("binding", BindingPage::sample().render()),
        ("bulk", Bulk::sample().render()),
        ("import", Import::sample().render()),
        ("test device", TestDevice::sample().render()),
        ("docs", Docs::sample().render()),
        ("reference", Reference::sample().render()),
        ("reference noun", ReferenceNoun::sample().render()),
        ("reference problems", ReferenceProblems::sample().render()),
        ("calls", Calls::sample().render()),
        ("call", Call::sample().render()),
        ("overview", Overview::sample().render()),
    ]
    .into_iter()
    .map(|(name, page)| (name, page.expect(name)))
    .collect()
}

#[test]
fn samples_render_within_their_budget() {
    for (name, page) in samples() {
        assert!(page.starts_with("<!doctype html>"), "{name}");
        assert!(page.len() < 60 * 1024, "{name}");
        assert!(!page.contains("<style") && !page.contains(" style="), "{name}: no inline style");
        assert_eq!(page.matches("<h1").count(), 1, "{name}: one heading");
    }
}

#[test]
fn every_field_of_a_form_has_a_label_and_says_what_it_is_for() {
    for (name, page) in samples() {
        for input in page.split("<input ").skip(1).filter_map(|rest| rest.split('>').next()) {
            let is_hidden = input.contains(r#"type="hidden""#);
            let id = input.split("id=\"").nth(1).and_then(|rest| rest.split('"').next());
            let labelled = id.is_some_and(|id| page.contains(&format!(r#"for="{id}""#)));
            assert!(is_hidden || labelled, "{name}: {input}");
        }
    }
}

/// Without the fingerprints of assets, which change with every colour.
fn settled(page: &str) -> String {
    let mut parts = page.split("/assets/");
    let mut settled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('"').unwrap_or((part, ""));
        let mut words = name.split('.');
        let (stem, ending) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
        settled += &format!("/assets/{stem}.{ending}\"{rest}");
    }
    settled
}

#[test]
fn samples_look_as_they_were_agreed_on() {
    for (name, page) in samples() {
        insta::assert_snapshot!(name.replace(' ', "_"), settled(&page));
    }
}

/// The rules are those of HTML itself (<https://html-validate.org>); how it is written is ours.
#[test]
fn samples_are_valid_html() {
    let checker = std::env::var("RINGHOOK_TEST_HTML_VALIDATE")
        .expect("RINGHOOK_TEST_HTML_VALIDATE: the suite is started by tests/run");
    let folder = tempfile::tempdir().expect("a folder");
    let rules = include_str!("html-validate.json");
    std::fs::write(folder.path().join(".htmlvalidate.json"), rules).expect("the rules");
    for (name, page) in samples() {
        std::fs::write(folder.path().join(format!("{}.html", name.replace(' ', "_"))), page).expect("a page");
    }
    let checked = std::process::Command::new("node")
        .arg(checker)
        .args(["--formatter", "text", "."])
        .current_dir(folder.path())
        .output()
        .expect("node");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn what_is_shown_is_escaped() {
    let page = Start { public_url: "http://<script>".into(), ..Start::sample() }.render();
    assert!(!page.expect("renders").contains("http://<script>"));
}

#[test]
fn a_form_shows_again_what_was_entered() {
    let page = NewKey::sample().render().expect("renders");
    assert!(page.contains(r#"name="name" type="text" value="Production""#), "{page}");
    let page = Settings::sample().render().expect("renders");
    for entered in ["Acme Support", "acme-support", "2000"] {
        assert!(page.contains(&format!(r#"value="{entered}""#)), "{entered}");
    }
    let page = NewWorkspace { name: "Blue".into(), ..NewWorkspace::sample() }.render().expect("renders");
    assert!(page.contains(r#"value="Blue""#), "{page}");
}
