//! People come in: sign-up, login, a forgotten password.

pub mod entry;
pub mod invitation;
pub mod login;
pub mod oidc;
pub mod passkey;
pub mod reset;
pub mod second_factor;
pub mod sign_up;

use poem::{Response, http::StatusCode};
use ringhook_web::pages::Message;

use crate::{
    access::{Person, throttle::Attempt},
    http::page::page,
};

/// The answer to who guesses the password of an open browser's account. Strangers cannot use these tries up: they are
/// not those of the login.
pub fn guarded(person: &Person) -> Option<Response> {
    let (from, user) = (&person.visitor.from.address, person.user.id.to_string());
    let admitted = person.visitor.throttle().admits(Attempt::Confirm, from, &user);
    (!admitted).then(|| page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down()))
}
