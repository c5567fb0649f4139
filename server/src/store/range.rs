//! Ranges of calls by their ids, which carry their time: what prunes a log that lies by the day. Every query over many
//! calls says its range besides their ids; a plan that was made for any ids prunes by that when it runs.

use std::time::Duration;

use uuid::Uuid;

use super::{Conn, NotificationId, Ts, deliveries::DeliveryKey};

/// Calls from one id to another, both among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub first: NotificationId,
    pub last: NotificationId,
}

impl Range {
    /// All calls.
    pub const ALL: Self = Self { first: NotificationId(Uuid::nil()), last: NotificationId(Uuid::max()) };

    /// Calls that came within `reach` of `now`, before or after: clocks differ.
    pub fn around(now: Ts, reach: Duration) -> Self {
        let (from, to) = (now - reach, now + reach);
        Self { first: NotificationId::first_of(from), last: NotificationId::first_of(to) }
    }

    /// The least that holds all of `ids`.
    pub(super) fn of(ids: &[NotificationId]) -> Self {
        Self::over(ids.iter().copied())
    }

    /// The least that holds the calls of all these.
    pub(super) fn of_keys(keys: &[DeliveryKey]) -> Self {
        Self::over(keys.iter().map(|key| key.0))
    }

    fn over(ids: impl Iterator<Item = NotificationId> + Clone) -> Self {
        let none = NotificationId(Uuid::nil());
        Self { first: ids.clone().min().unwrap_or(none), last: ids.max().unwrap_or(none) }
    }
}

/// A part of a list: ids from `from` on and before `to`, where they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub from: Option<NotificationId>,
    pub to: Option<NotificationId>,
}

impl Conn {
    /// The parts in which a list is read whose newest call came at `newest` or a little later, and whose oldest came at
    /// `since`: the newest first, each longer than the one before it.
    pub(super) fn windows(&self, newest: Ts, since: Option<Ts>) -> Vec<Window> {
        windows(self.list_reach(), newest, since)
    }
}

fn windows(reach: &[Duration], newest: Ts, since: Option<Ts>) -> Vec<Window> {
    let (mut all, mut to, mut end) = (Vec::new(), None, newest);
    for span in reach {
        if since.is_some_and(|since| end <= since) {
            return all;
        }
        end = end - *span;
        let from = Some(NotificationId::first_of(end));
        all.push(Window { from, to });
        to = from;
    }
    if since.is_none_or(|since| end > since) {
        all.push(Window { from: None, to });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn day(number: i64) -> Ts {
        Ts::from_micros(1_790_000_000_000_000 + number * 86_400_000_000)
    }

    fn id(number: i64) -> NotificationId {
        NotificationId::first_of(day(number))
    }

    #[test]
    fn a_range_holds_all_that_it_is_of() {
        assert_eq!(Range::of(&[id(2), id(1), id(3)]), Range { first: id(1), last: id(3) });
        assert_eq!(Range::of(&[id(2)]), Range { first: id(2), last: id(2) });
        let around = Range::around(day(5), DAY);
        assert_eq!(around, Range { first: id(4), last: id(6) });
        assert!(Range::ALL.first <= id(1) && id(9) <= Range::ALL.last);
    }

    #[test]
    fn windows_lie_side_by_side_and_leave_nothing_out() {
        let window = |from: Option<i64>, to: Option<i64>| Window { from: from.map(id), to: to.map(id) };
        let reach = [DAY, DAY * 4];
        let all = windows(&reach, day(20), None);
        assert_eq!(all, [window(Some(19), None), window(Some(15), Some(19)), window(None, Some(15))]);
        // What lies before the beginning of the list is not looked for.
        assert_eq!(windows(&reach, day(20), Some(day(19))), all[..1]);
        assert_eq!(windows(&reach, day(20), Some(day(16))), all[..2]);
        assert_eq!(windows(&reach, day(20), Some(day(10))), all);
        assert_eq!(windows(&[], day(20), None), [window(None, None)]);
    }
}
