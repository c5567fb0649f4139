//! Changing the master key: every sealed value is opened with whichever key sealed it, and sealed under the first.
//!
//! Servers run on meanwhile. A value is replaced only while it is the one that was read, so what somebody changes at the
//! same moment stays; that was sealed under the first key already, where every server has it in front. Whatever is cut
//! off half-way is taken up where it stood: what is under the first key is not touched again.

use std::{collections::BTreeMap, time::Duration};

use super::{Ground, Result, client_tokens};
use crate::{
    secrets::{Column, KeyId, Keyring, Place, SealFault},
    store::{Ts, rotation::Sealed},
};

/// Values that are sealed anew in one transaction.
const BITE: usize = 100;
/// Pause between bites, in which calls go first.
const BREATH: Duration = Duration::from_millis(10);
/// Looks through everything: the second finds what was written under an old key meanwhile, and the third what was written
/// during the second. What comes after that comes from a server that does not have the first key in front.
const ROUNDS: usize = 3;

/// What came of the values of one column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sealed anew.
    pub resealed: u64,
    /// Changed, or gone, between the look and the write; left as they are.
    pub changed: u64,
    /// Open with none of the keys, or damaged; left as they are.
    pub unopened: u64,
}

/// A key, and what still needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Its name.
    pub key: KeyId,
    /// Its place in the list, from 1; none for a key that was not given.
    pub place: Option<usize>,
    /// How many values it seals, by column; columns without any are left out.
    pub values: Vec<(Column, i64)>,
}

impl Use {
    /// What it seals, for people.
    pub fn counts(&self) -> String {
        let counts: Vec<_> =
            self.values.iter().map(|(column, count)| format!("{count} of {column}")).collect();
        counts.join(", ")
    }
}

/// What was done, and what the keys are still needed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Every column, in the order of [`Column::ALL`].
    pub columns: Vec<(Column, Counts)>,
    /// The given keys in their order, then those that seal something and were not given.
    pub keys: Vec<Use>,
    /// By then every client token has ended that was signed with an older key before now.
    pub tokens_end: Ts,
}

impl Report {
    /// Whether everything is under the first key.
    pub fn is_complete(&self) -> bool {
        self.keys.iter().all(|used| used.place == Some(1) || used.values.is_empty())
    }
}

/// Seals everything under the first key.
///
/// # Errors
/// When the database fails: then what was done stays done, and the next run goes on.
pub async fn rotate(ground: &Ground) -> Result<Report> {
    let sealing = ground.keyring.sealing().ok_or(SealFault::UnknownKey)?;
    let mut columns: BTreeMap<Column, Counts> =
        Column::ALL.iter().map(|&column| (column, Counts::default())).collect();
    for _ in 0..ROUNDS {
        let mut moved = false;
        for (&column, counts) in &mut columns {
            let round = through(ground, column, sealing).await?;
            moved |= round.resealed + round.changed > 0;
            counts.resealed += round.resealed;
            counts.changed += round.changed;
            counts.unopened = round.unopened;
        }
        if !moved {
            break;
        }
    }
    let keys = uses(ground).await?;
    Ok(Report {
        columns: columns.into_iter().collect(),
        keys,
        tokens_end: ground.clock.now() + client_tokens::LONGEST,
    })
}

/// Once through a column.
async fn through(ground: &Ground, column: Column, sealing: KeyId) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut after = Sealed::first();
    loop {
        let limit = i64::try_from(BITE).unwrap_or(i64::MAX);
        let page =
            ground.store.engine().read().await?.sealed_otherwise(column, sealing, &after, limit).await?;
        let full = page.len() == BITE;
        let Some(last) = page.last() else { return Ok(counts) };
        after = last.clone();
        let mut fresh = Vec::new();
        for old in page {
            match resealed(&ground.keyring, column, &old) {
                Ok(new) => fresh.push((old, new)),
                Err(_) => counts.unopened += 1,
            }
        }
        let asked = fresh.len() as u64;
        let done = replace(ground, column, fresh).await?;
        counts.resealed += done;
        counts.changed += asked - done;
        if !full {
            return Ok(counts);
        }
        tokio::time::sleep(BREATH).await;
    }
}

fn resealed(keyring: &Keyring, column: Column, old: &Sealed) -> std::result::Result<Vec<u8>, SealFault> {
    let place = Place { column, workspace: old.workspace, row: &old.row };
    keyring.seal(place, &keyring.open(place, &old.value)?)
}

/// How many of these were still as they had been read.
async fn replace(ground: &Ground, column: Column, fresh: Vec<(Sealed, Vec<u8>)>) -> Result<u64> {
    if fresh.is_empty() {
        return Ok(0);
    }
    let write = ground.store.engine().write_behind(async move |conn| {
        let held: Vec<Sealed> = fresh.iter().map(|(old, _)| old.clone()).collect();
        conn.sealed_hold(&held).await?;
        let mut done = 0;
        for (old, new) in &fresh {
            done += u64::from(conn.sealed_replace(column, old, new).await?);
        }
        Ok(done)
    });
    Ok(write.await?)
}

/// What each key seals now: the given keys in their order, then those that seal something and were not given.
///
/// # Errors
/// When the database fails.
pub async fn uses(ground: &Ground) -> Result<Vec<Use>> {
    let given = ground.keyring.ids();
    let mut keys: Vec<Use> = given
        .iter()
        .enumerate()
        .map(|(place, &key)| Use { key, place: Some(place + 1), values: Vec::new() })
        .collect();
    for &column in Column::ALL {
        let counts = ground.store.engine().read().await?.sealed_count(column).await?;
        for (key, count) in counts {
            match keys.iter_mut().find(|used| used.key == key) {
                Some(used) => used.values.push((column, count)),
                None => keys.push(Use { key, place: None, values: vec![(column, count)] }),
            }
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::testing::{grounds, workspace},
        secrets::MASTER_KEY_BYTES,
    };

    fn keyed(ground: &Ground, bytes: &[u8]) -> Ground {
        let keys: Vec<_> = bytes.iter().map(|&byte| [byte; MASTER_KEY_BYTES]).collect();
        Ground { keyring: Keyring::new(&keys).expect("a key"), ..ground.clone() }
    }

    fn resealed_in(report: &Report, column: Column) -> Counts {
        report.columns.iter().find(|(of, _)| *of == column).expect("every column").1
    }

    #[tokio::test]
    async fn what_is_left_half_way_is_taken_up_and_done_once() {
        grounds(async |ground| {
            for _ in 0..3 {
                workspace(&ground).await;
            }
            let both = keyed(&ground, &[8, 7]);
            let sealing = both.keyring.sealing().expect("a key");
            // One of three, as if it had been cut off there.
            let page = both.store.engine().read().await.expect("a connection");
            let one = { page }
                .sealed_otherwise(Column::AuthToken, sealing, &Sealed::first(), 1)
                .await
                .expect("a page");
            let new = resealed(&both.keyring, Column::AuthToken, &one[0]).expect("sealed anew");
            let (old, fresh) = (one[0].clone(), vec![(one[0].clone(), new.clone())]);
            assert_eq!(replace(&both, Column::AuthToken, fresh.clone()).await.expect("written"), 1);
            // It is not as it was read any more: nothing is overwritten.
            assert_eq!(replace(&both, Column::AuthToken, fresh).await.expect("written"), 0);
            let report = rotate(&both).await.expect("a report");
            assert_eq!(resealed_in(&report, Column::AuthToken), Counts { resealed: 2, ..Counts::default() });
            assert!(report.is_complete(), "{report:?}");
            let again = rotate(&both).await.expect("a report");
            assert!(again.columns.iter().all(|(_, counts)| *counts == Counts::default()), "{again:?}");
            // What it sealed opens in its place with the new key alone.
            let place = Place { column: Column::AuthToken, workspace: old.workspace, row: &old.row };
            assert_eq!(keyed(&ground, &[8]).keyring.open(place, &new).expect("opened").as_slice(), b"token");
        })
        .await;
    }

    #[tokio::test]
    async fn more_than_one_bite_is_done_and_what_opens_with_no_key_is_told_and_left() {
        grounds(async |ground| {
            let one = workspace(&ground).await.id;
            let other = keyed(&ground, &[9]);
            for number in 0..2 * BITE + 1 {
                let by = if number % BITE == 3 { &other } else { &ground };
                let body = Some(&b"an answer"[..]);
                let asked = crate::domain::idempotency::Request::new(
                    one,
                    crate::store::ApiKeyId::new(ground.clock.now()),
                    &number.to_string(),
                    "/x",
                    b"{}",
                );
                crate::domain::idempotency::claim(by, &asked).await.expect("a claim");
                crate::domain::idempotency::keep(by, &asked, 200, body).await.expect("kept");
            }
            let report = rotate(&keyed(&ground, &[8, 7])).await.expect("a report");
            let counts = resealed_in(&report, Column::IdempotentAnswer);
            assert_eq!(counts, Counts { resealed: 2 * BITE as u64 - 1, unopened: 2, changed: 0 });
            assert!(!report.is_complete());
            let unknown =
                report.keys.iter().find(|used| used.place.is_none()).expect("the key that is not given");
            assert_eq!(unknown.values, [(Column::IdempotentAnswer, 2)]);
            assert_eq!((report.keys[1].place, report.keys[1].values.len()), (Some(2), 0));
        })
        .await;
    }
}
