//! Pages that say one thing, and where to go from there.

use askama::Template;

/// One thing said.
#[derive(Debug, Template)]
#[template(path = "pages/message.html")]
pub struct Message {
    /// The heading.
    pub title: &'static str,
    /// What happened, and what to do.
    pub text: String,
    /// Where to go: a text and a path.
    pub link: (&'static str, String),
}

impl Message {
    fn new(title: &'static str, text: impl Into<String>, link: (&'static str, &str)) -> Self {
        Self { title, text: text.into(), link: (link.0, link.1.to_owned()) }
    }

    /// There is nothing at this address, or nothing of the reader's.
    pub fn not_found() -> Self {
        let text = "The page may have moved, the address may be mistyped, or it belongs to a workspace that you are \
                    not a member of.";
        Self::new("There is nothing here", text, ("Go to the start", "/"))
    }

    /// An address that is no text.
    pub fn unreadable_address() -> Self {
        let text = "The address holds something that is no text. Follow a link, or type it again.";
        Self::new("This address cannot be read", text, ("Go to the start", "/"))
    }

    /// The role does not suffice.
    pub fn forbidden(role: &str, power: &str) -> Self {
        let text = format!(
            "As {role} you may not do this: {}. Ask an admin of the workspace.",
            decapitalised(power)
        );
        Self::new("This is not yours to do", text, ("Your workspaces", crate::paths::WORKSPACES))
    }

    /// A form of another site.
    pub fn foreign_origin() -> Self {
        let text = "The request came from a page of another site, or your browser says so. Nothing was changed. Open \
                    the page here and try again.";
        Self::new("Nothing was changed", text, ("Go to the start", "/"))
    }

    /// The operator stopped it.
    pub fn workspace_disabled(name: &str) -> Self {
        let text = format!(
            "{name} takes no calls and shows nothing until whoever runs this server enables it again."
        );
        Self::new("This workspace is disabled", text, ("Your workspaces", crate::paths::WORKSPACES))
    }

    /// The OpenID provider is away.
    pub fn oidc_unreachable() -> Self {
        let text = "The provider could not be asked who you are; the server's log says why. Try again in a moment, or log \
                    in another way.";
        Self::new("The provider does not answer", text, ("Log in", crate::paths::LOGIN))
    }

    /// The OpenID provider proved nobody who may come in.
    pub fn oidc_refused(text: &str) -> Self {
        Self::new("That did not let you in", text, ("Log in", crate::paths::LOGIN))
    }

    /// On to the OpenID provider.
    pub fn oidc_go_on(name: &str, url: &str) -> Self {
        let text = format!("At {name} you say who you are there; then you come back here.");
        Self::new("One more step", text, ("Continue", url))
    }

    /// A passkey that opens nothing.
    pub fn passkey_refused() -> Self {
        let text = "The passkey is of no account here, or was removed from it. Log in another way, and look at the \
                    passkeys on your account page.";
        Self::new("This passkey opens nothing", text, ("Log in", crate::paths::LOGIN))
    }

    /// The database is away.
    pub fn server_fault() -> Self {
        let text = "Something failed on our side, and it is in the server's log. Try again in a moment.";
        Self::new("That did not work", text, ("Go to the start", "/"))
    }

    /// A link that works no more.
    pub fn link_gone(again: (&'static str, &str)) -> Self {
        let text = "It was used already, has expired, or was replaced by a newer one.";
        Self::new("This link works no more", text, again)
    }

    /// Too many tries.
    pub fn slow_down() -> Self {
        let text =
            "There were many tries from your network or for this account. Wait a few minutes, then go on.";
        Self::new("A moment, please", text, ("Go to the start", "/"))
    }

    /// The operator lets nobody in.
    pub fn sign_up_closed() -> Self {
        let text = "New accounts are made by invitation only on this server. Ask a colleague to invite you, or whoever \
                    runs it.";
        Self::new("Sign-up is closed", text, ("Log in", crate::paths::LOGIN))
    }
}

fn decapitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
