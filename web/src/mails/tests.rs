use super::*;

fn samples() -> Vec<(&'static str, Rendered)> {
    fn of(mail: &impl Mail) -> (&'static str, Rendered) {
        (mail.kind(), render(mail).expect("renders"))
    }
    let mut all = vec![
        of(&VerifyEmail::sample()),
        of(&AlreadyRegistered::sample()),
        of(&ResetPassword::sample()),
        of(&SetPassword::sample()),
        of(&ConfirmNewEmail::sample()),
        of(&EmailChanged::sample()),
        of(&PasswordChanged::sample()),
        of(&AccountDeleted::sample()),
        of(&Invitation::sample()),
        of(&WorkspaceDeletion::sample()),
        of(&OwnershipTransferred::sample()),
    ];
    all.extend(SecondFactorChange::ALL.map(|what| of(&SecondFactorChanged { what })));
    all
}

#[test]
fn samples_render_as_text_and_as_html() {
    for (kind, mail) in samples() {
        assert!(!mail.subject.is_empty() && mail.subject.len() < 78, "{kind}: {}", mail.subject);
        assert!(mail.html.starts_with("<!doctype html>") && mail.html.len() < 10 * 1024, "{kind}");
        assert!(!mail.html.contains("<script") && !mail.html.contains("<img"), "{kind}: loads nothing");
        for link in &mail.links {
            assert!(mail.plain.lines().any(|line| line == link), "{kind}: {}", mail.plain);
            assert!(mail.html.contains(&format!("href=\"{link}\"")), "{kind}: {}", mail.html);
        }
        // Else it would travel as quoted-printable, which breaks links where somebody reads it as it is.
        assert!(
            mail.links.is_empty() || (mail.plain.is_ascii() && mail.html.is_ascii()),
            "{kind}: {}",
            mail.plain
        );
        for line in mail.plain.lines() {
            assert!(line.chars().count() <= COLUMNS, "{kind}: {line}");
        }
        assert!(!mail.plain.contains("&#") && !mail.plain.contains("\n\n\n"), "{kind}: {}", mail.plain);
    }
}

#[test]
fn kinds_are_told_apart() {
    let mut kinds: Vec<_> = samples().into_iter().map(|(kind, _)| kind).collect();
    kinds.dedup();
    kinds.sort_unstable();
    let count = kinds.len();
    kinds.dedup();
    assert_eq!((count, kinds.len()), (12, 12));
}

#[test]
fn a_plain_mail_reads_like_a_letter() {
    let mail = render(&ResetPassword::sample()).expect("renders");
    let expected = "\
Somebody, probably you, asked for a new password for your Ringhook
account.

The link works once, within 30 minutes.

Choose a new password:
https://ring.example.com/reset/8kQz

If this was not you, you need do nothing: without the link nothing
happens.

-- \n\
Sent by Ringhook, because this address is used or named there. Nobody
reads answers to it.
";
    assert_eq!(mail.plain.trim_end(), expected.trim_end());
}

#[test]
fn names_that_people_choose_stay_text() {
    let workspace = "<b>Acme</b>\r\nBcc: all@example.com".to_owned();
    let mail = render(&SetPassword { workspace, ..SetPassword::sample() }).expect("renders");
    assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
    assert!(!mail.html.contains("<b>"), "{}", mail.html);
    assert!(mail.plain.contains("<b>Acme</b>"), "{}", mail.plain);
}

#[test]
fn numbers_agree_with_their_units() {
    let mail = render(&VerifyEmail { hours: 1, ..VerifyEmail::sample() }).expect("renders");
    assert!(mail.plain.contains("within 1 hour."), "{}", mail.plain);
}

#[test]
fn links_are_not_shown_by_debug() {
    let shown = format!("{:?}", ResetPassword::sample().letter());
    assert!(!shown.contains("8kQz"), "{shown}");
}
