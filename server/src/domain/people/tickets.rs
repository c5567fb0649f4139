//! Tickets: links and steps that work once and for one purpose, hashed at rest, with an end.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    domain::{DomainError, Ground, Result},
    secrets::{self, Column, Place},
    store::{
        TicketId, Ts, UserId, Word,
        tickets::{Purpose, Ticket},
    },
};

fn place(id: &TicketId) -> Place<'_> {
    Place { column: Column::Ticket, workspace: Uuid::nil(), row: id.0.as_bytes() }
}

/// A new ticket: its token, for the link or the cookie, and its row.
///
/// # Errors
/// When `data` cannot be sealed.
pub fn issue(
    ground: &Ground,
    purpose: Purpose,
    (user, email): (Option<UserId>, Option<String>),
    data: &impl Serialize,
    lasts: Duration,
) -> Result<(String, Ticket)> {
    let now = ground.clock.now();
    let (id, token) = (TicketId::new(now), secrets::token(""));
    let data = serde_json::to_vec(data).map_err(|error| DomainError::Failed(error.to_string()))?;
    let row = Ticket {
        id,
        purpose: Word(purpose),
        user_id: user,
        email,
        token_hash: secrets::hash(&token),
        data: ground.keyring.seal(place(&id), &data)?,
        tries: 0,
        created_at: now,
        expires_at: now + lasts,
        used_at: None,
    };
    Ok((token, row))
}

/// The ticket of `token`, if it still works, and what was put into it.
///
/// # Errors
/// When the database or the seal fails.
pub async fn find<T: DeserializeOwned>(
    ground: &Ground,
    purpose: Purpose,
    token: &str,
) -> Result<Option<(Ticket, T)>> {
    let now: Ts = ground.clock.now();
    let found = ground.store.engine().read().await?.ticket(purpose, &secrets::hash(token), now).await?;
    let Some(ticket) = found else { return Ok(None) };
    let data = ground.keyring.open(place(&ticket.id), &ticket.data)?;
    let data = serde_json::from_slice(&data).map_err(|error| DomainError::Failed(error.to_string()))?;
    Ok(Some((ticket, data)))
}
