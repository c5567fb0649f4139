use super::*;

fn public(text: &str) -> Url {
    text.parse().expect("a URL")
}

fn read(url: &str) -> Smtp {
    smtp(url).unwrap_or_else(|fault| panic!("{url}: {fault}"))
}

#[test]
fn the_url_says_how_the_connection_is_protected() {
    for (url, tls, shown) in [
        ("smtps://mail.example.com", Tls::Implicit, "smtps://mail.example.com:465"),
        ("smtps://mail.example.com:2465?tls=required", Tls::Implicit, "smtps://mail.example.com:2465"),
        ("smtp://mail.example.com", Tls::Required, "smtp://mail.example.com:587"),
        ("smtp://mail.example.com:25?tls=opportunistic", Tls::Opportunistic, "smtp://mail.example.com:25"),
        ("smtp://mail.example.com?tls=none", Tls::Plain, "smtp://mail.example.com:587"),
        ("smtp://localhost:1025", Tls::Plain, "smtp://localhost:1025"),
        ("smtp://127.0.0.1:1025", Tls::Plain, "smtp://127.0.0.1:1025"),
        ("smtp://[::1]:1025/", Tls::Plain, "smtp://[::1]:1025"),
        ("smtp://127.0.0.1:1025?tls=required", Tls::Required, "smtp://127.0.0.1:1025"),
    ] {
        let smtp = read(url);
        assert_eq!((smtp.tls, smtp.to_string().as_str()), (tls, shown), "{url}");
        assert!(smtp.login.is_none());
    }
    assert_eq!(read("smtp://[::1]").host, "::1");
}

#[test]
fn user_and_password_are_decoded_and_never_shown() {
    let smtp = read("smtps://ring%40example.com:p%2Fs%3As+s&w%23d@mail.example.com");
    let (user, password) = smtp.login.as_ref().expect("a login");
    assert_eq!((user.as_str(), password.expose()), ("ring@example.com", "p/s:s+s&w#d"));
    let shown = format!("{smtp} {smtp:?}");
    assert!(!shown.contains("p/s"), "{shown}");
}

#[test]
fn a_url_that_cannot_be_used_is_not_quoted() {
    for url in [
        "hidden",
        "http://u:hidden@mail.example.com",
        "smtp://u:hidden@",
        "smtp://u:hidden@host?tls=maybe",
        "smtps://u:hidden@host?tls=none",
        "smtp://u:hidden@host/path",
        "smtp://u:hidden@host:99999",
        "smtp://u:hidden%ff@host",
    ] {
        let fault = smtp(url).expect_err(url);
        assert_eq!(fault.name, SMTP_URL);
        assert!(!fault.to_string().contains("hidden"), "{fault}");
    }
}

#[test]
fn a_server_needs_a_sender() {
    let url = public("https://ring.example.com");
    let missing = parse(Some("smtps://mail.example.com"), None, &url).expect_err("a fault");
    assert_eq!(missing.name, MAIL_FROM);
    assert_eq!(parse(None, Some("nobody"), &url).map_err(|fault| fault.name).err(), Some(MAIL_FROM));
    let mail = parse(Some("smtps://mail.example.com"), Some("Rings <r@example.com>"), &url).expect("read");
    assert_eq!((mail.from.to_string().as_str(), mail.smtp.is_some()), ("Rings <r@example.com>", true));
}

#[test]
fn without_a_server_a_sender_is_made_up() {
    for (url, from) in [
        ("https://ring.example.com", "Ringhook <noreply@ring.example.com>"),
        ("http://127.0.0.1:8080", "Ringhook <noreply@localhost>"),
        ("http://[::1]:8080", "Ringhook <noreply@localhost>"),
    ] {
        let mail = parse(None, None, &public(url)).expect("read");
        assert_eq!((mail.from.to_string().as_str(), mail.smtp.is_none()), (from, true));
    }
}
