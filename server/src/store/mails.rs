//! The outbox: mails from the moment that they are decided on until they are gone.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Across, Conn, MailId, NodeId, Result, Ts, Word, connection::run, schema::mails};

/// How a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// On its way.
    Pending,
    /// Taken by the server, or written to the outbox.
    Sent,
    /// Refused for good, or tried for too long.
    GivenUp,
}

impl From<MailState> for &'static str {
    fn from(state: MailState) -> Self {
        match state {
            MailState::Pending => "pending",
            MailState::Sent => "sent",
            MailState::GivenUp => "given_up",
        }
    }
}

impl std::str::FromStr for MailState {
    type Err = ();

    fn from_str(word: &str) -> std::result::Result<Self, ()> {
        [Self::Pending, Self::Sent, Self::GivenUp]
            .into_iter()
            .find(|state| <&str>::from(*state) == word)
            .ok_or(())
    }
}

/// A mail to be sent; `body` is sealed.
#[derive(Debug, Clone)]
pub struct NewMail {
    pub id: MailId,
    pub kind: &'static str,
    pub recipient: String,
    pub body: Vec<u8>,
    pub created_at: Ts,
}

/// A mail that this node has leased; `tries` counts this one.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = mails)]
pub struct LeasedMail {
    pub id: MailId,
    pub kind: String,
    pub recipient: String,
    pub body: Option<Vec<u8>>,
    pub tries: i32,
    pub created_at: Ts,
}

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailStep {
    /// It is gone.
    Sent,
    /// It will never go.
    GivenUp { reason: String },
    /// It is tried again.
    Later { reason: String, due_at: Ts },
}

impl Conn {
    /// Puts a mail into the outbox, in the transaction of what it is about. Call `Mailer::wake` after the commit, or
    /// leave it to the next look within a second.
    pub async fn mail_insert(&mut self, mail: &NewMail) -> Result<()> {
        run!(self, |c| {
            let row = (
                mails::id.eq(mail.id),
                mails::kind.eq(mail.kind),
                mails::recipient.eq(&mail.recipient),
                mails::body.eq(&mail.body),
                mails::state.eq(Word(MailState::Pending)),
                mails::tries.eq(0),
                mails::due_at.eq(mail.created_at),
                mails::created_at.eq(mail.created_at),
            );
            diesel::insert_into(mails::table).values(row).execute(c).await?;
            Ok(())
        })
    }
}

impl Across {
    /// Whether a mail may be claimed now. A mail that is due later than `latest` was put off by a clock that was ahead.
    pub async fn mails_due(&mut self, now: Ts, latest: Ts) -> Result<bool> {
        run!(self, |c| {
            let due = mails::due_at.le(now).or(mails::due_at.gt(latest));
            let due = mails::table.filter(mails::state.eq(Word(MailState::Pending))).filter(due);
            Ok(!due.select(mails::id).limit(1).load::<MailId>(c).await?.is_empty())
        })
    }

    /// Leases up to `limit` mails that are due to `owner` until `until`. The guard is repeated on the update: without
    /// it two nodes that chose the same rows would both get them.
    pub async fn mails_claim(
        &mut self,
        owner: NodeId,
        now: Ts,
        latest: Ts,
        until: Ts,
        limit: i64,
    ) -> Result<Vec<LeasedMail>> {
        run!(self, |c| {
            let free = || {
                let due = mails::due_at.le(now).or(mails::due_at.gt(latest));
                mails::state.eq(Word(MailState::Pending)).and(due)
            };
            let due = mails::table.filter(free()).order(mails::due_at).select(mails::id).limit(limit);
            let due: Vec<MailId> = due.load(c).await?;
            let claimed = mails::table.filter(mails::id.eq_any(due)).filter(free());
            let set =
                (mails::lease_owner.eq(owner), mails::due_at.eq(until), mails::tries.eq(mails::tries + 1));
            let update = diesel::update(claimed).set(set).returning(LeasedMail::as_returning());
            Ok(update.get_results(c).await?)
        })
    }

    /// Notes what try number `tries` came to; a later try's word is not overwritten. A body is erased with the end.
    pub async fn mail_step(&mut self, id: MailId, tries: i32, step: &MailStep, now: Ts) -> Result<()> {
        let no_owner = mails::lease_owner.eq(None::<NodeId>);
        let end = |state, reason| {
            let erased = mails::body.eq(None::<Vec<u8>>);
            (
                mails::state.eq(Word(state)),
                mails::reason.eq(reason),
                mails::ended_at.eq(now),
                erased,
                no_owner,
            )
        };
        run!(self, |c| {
            let open = mails::table
                .find(id)
                .filter(mails::state.eq(Word(MailState::Pending)))
                .filter(mails::tries.eq(tries));
            match step {
                MailStep::Sent => {
                    diesel::update(open).set(end(MailState::Sent, None)).execute(c).await?;
                }
                MailStep::GivenUp { reason } => {
                    diesel::update(open).set(end(MailState::GivenUp, Some(reason))).execute(c).await?;
                }
                MailStep::Later { reason, due_at } => {
                    let set = (mails::reason.eq(reason), mails::due_at.eq(due_at), no_owner);
                    diesel::update(open).set(set).execute(c).await?;
                }
            }
            Ok(())
        })
    }

    /// Gives leases of `owner` back at once, so that nobody need wait for them to run out; how many there were.
    pub async fn mails_hand_back(&mut self, owner: NodeId, now: Ts) -> Result<usize> {
        run!(self, |c| {
            let held = mails::table
                .filter(mails::state.eq(Word(MailState::Pending)))
                .filter(mails::lease_owner.eq(owner));
            let set = (mails::due_at.eq(now), mails::lease_owner.eq(None::<NodeId>));
            Ok(diesel::update(held).set(set).execute(c).await?)
        })
    }

    /// Deletes up to `limit` mails that ended before `before`; how many there were.
    pub async fn mails_forget(&mut self, before: Ts, limit: i64) -> Result<usize> {
        run!(self, |c| {
            let old = mails::table.filter(mails::ended_at.lt(before)).select(mails::id).limit(limit);
            let old: Vec<MailId> = old.load(c).await?;
            Ok(diesel::delete(mails::table.filter(mails::id.eq_any(old))).execute(c).await?)
        })
    }
}
