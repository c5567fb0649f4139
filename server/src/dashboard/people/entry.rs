//! Coming in: where every way of proving who one is ends.

use poem::Response;
use ringhook_web::{pages::Notice, paths};

use crate::{
    access::{Jar, Visitor},
    dashboard::fields::refusal,
    domain::people::{second_factor, sessions},
    http::page::see_other,
    store::users::User,
};

/// Goes on with who has proved one factor: to the second, where they have one, else in.
pub async fn admitted(visitor: &Visitor, user: &User, next: &str) -> Response {
    if user.totp_secret.is_none() {
        return enter(visitor, user, next).await;
    }
    match second_factor::ask(&visitor.ground, user, next).await {
        Ok(token) => {
            let mut response = see_other(paths::LOGIN_CODE);
            visitor.keep(Jar::Step, &mut response, &token);
            response
        }
        Err(error) => refusal(error),
    }
}

/// Logs this person in, in the asking browser, and goes to `next`.
pub async fn enter(visitor: &Visitor, user: &User, next: &str) -> Response {
    let earlier = visitor.cookie(Jar::Session);
    match sessions::open(&visitor.ground, user, visitor.from.clone(), earlier).await {
        Ok(token) => {
            let mut response = see_other(local(next));
            visitor.keep(Jar::Session, &mut response, &token);
            visitor.forget(Jar::Step, &mut response);
            visitor.forget(Jar::SignUp, &mut response);
            response
        }
        Err(error) => refusal(error),
    }
}

/// Logs in who has just proved their address.
pub async fn welcome(visitor: &Visitor, user: &User) -> Response {
    let next = format!("{}?done={}", paths::WORKSPACES, Notice::Welcome.word());
    enter(visitor, user, &next).await
}

/// `next`, if it is a path of ours; else the workspaces. A second slash or a backslash would name another host.
pub fn local(next: &str) -> &str {
    let second = next.as_bytes().get(1);
    let is_path = next.starts_with('/') && !matches!(second, Some(b'/' | b'\\'));
    let is_plain = next.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    match is_path && is_plain {
        true => next,
        false => paths::WORKSPACES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_stays_here() {
        for path in ["/w/acme/members?x=1", "/", "/account"] {
            assert_eq!(local(path), path);
        }
        let away =
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "evil"];
        for path in
            away.into_iter().chain(["/a\r\nSet-Cookie: a=b", "/\t/evil.example", "\\/evil.example", " //x"])
        {
            assert_eq!(local(path), paths::WORKSPACES, "{path:?}");
        }
    }
}
