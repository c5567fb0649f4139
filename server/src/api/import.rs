//! Bindings from a stream of lines. Some are read while those before are written; no more are read than can be written, so
//! the sender waits for the database and memory stays as it is.

use poem::Body;
use ringhook_openapi::{
    BindingStatus,
    bindings::{ImportLine, Imported},
    problem::{ApiProblem, FieldError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    sync::mpsc,
};

use crate::{
    domain::{
        Ground,
        bindings::{self, Change, Done, Registration},
    },
    store::{Ts, WorkspaceId},
};

/// Lines written at once.
const BITE: usize = 1000;
/// The most bytes of a line, its end included.
const LINE: u64 = 16 * 1024;
/// Refusals that are named.
const NAMED: usize = 100;

/// A line with its number, from 1.
type Read = (u64, Result<Registration, ApiProblem>);

/// Takes every line that can be taken.
///
/// # Errors
/// When the body breaks off or the database fails: then what was written before stays.
pub(super) async fn import(
    ground: &Ground,
    workspace: WorkspaceId,
    body: Body,
) -> Result<Imported, ApiProblem> {
    let (bites, mut waiting) = mpsc::channel(1);
    let reading = read(BufReader::new(body.into_async_read()), bites);
    // The receiver goes with it: once writing has failed, nobody waits to hand over more.
    let writing = async move {
        let mut imported = Imported::default();
        while let Some(bite) = waiting.recv().await {
            let before = imported.created;
            write(ground, workspace, bite, &mut imported).await?;
            if is_grown(before, imported.created)
                && let Err(error) = bindings::measure(ground, imported.created).await
            {
                // What was written stays written; the database measures by itself a little later.
                tracing::warn!(%error, "the table of bindings was not measured");
            }
        }
        Ok::<_, ApiProblem>(imported)
    };
    let (read, imported) = tokio::join!(reading, writing);
    read.and(imported)
}

async fn read(
    mut lines: BufReader<impl AsyncRead + Unpin>,
    bites: mpsc::Sender<Vec<Read>>,
) -> Result<(), ApiProblem> {
    let (mut bite, mut number, mut line) = (Vec::with_capacity(BITE), 0, Vec::new());
    loop {
        line.clear();
        let broken = |_| ApiProblem::malformed("The body broke off; send it again, from any line on.");
        let length = (&mut lines).take(LINE).read_until(b'\n', &mut line).await.map_err(broken)?;
        if length == 0 {
            break;
        }
        number += 1;
        let registration = if length as u64 == LINE && !line.ends_with(b"\n") {
            skip_line(&mut lines).await.map_err(broken)?;
            Err(ApiProblem::malformed(format!("The line is longer than {LINE} bytes.")))
        } else if line.trim_ascii().is_empty() {
            continue;
        } else {
            registration(&line)
        };
        bite.push((number, registration));
        if bite.len() == BITE
            && bites.send(std::mem::replace(&mut bite, Vec::with_capacity(BITE))).await.is_err()
        {
            // Writing has failed, and says why.
            return Ok(());
        }
    }
    let _ = bites.send(bite).await;
    Ok(())
}

/// Reads on to the end of a line without keeping it.
async fn skip_line(lines: &mut BufReader<impl AsyncRead + Unpin>) -> std::io::Result<()> {
    loop {
        let ahead = lines.fill_buf().await?;
        let end = ahead.iter().position(|byte| *byte == b'\n');
        let (length, is_over) = (end.map_or(ahead.len(), |end| end + 1), end.is_some() || ahead.is_empty());
        lines.consume(length);
        if is_over {
            return Ok(());
        }
    }
}

fn registration(line: &[u8]) -> Result<Registration, ApiProblem> {
    let line = ImportLine::read(line)?;
    // An export holds what has expired, too.
    let registration = Registration::check(line.binding, Ts::from_micros(0))?;
    Ok(match line.status {
        BindingStatus::Active => registration,
        BindingStatus::Inactive => registration.inactive(line.inactive_reason)?,
    })
}

async fn write(
    ground: &Ground,
    workspace: WorkspaceId,
    bite: Vec<Read>,
    imported: &mut Imported,
) -> Result<(), ApiProblem> {
    let (mut numbers, mut changes) = (Vec::with_capacity(bite.len()), Vec::with_capacity(bite.len()));
    for (number, read) in bite {
        match read {
            Ok(registration) => {
                numbers.push(number);
                changes.push(Change::Register(Box::new(registration)));
            }
            Err(problem) => refuse(imported, number, problem),
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let done = bindings::apply(ground, workspace, changes, false).await?;
    for (number, done) in numbers.into_iter().zip(done) {
        match done {
            Ok(Done::Registered(registered)) if registered.created => imported.created += 1,
            Ok(_) => imported.updated += 1,
            Err(error) => refuse(imported, number, error.into()),
        }
    }
    Ok(())
}

/// Whether there are ten times as many as when this was last so.
fn is_grown(before: u64, now: u64) -> bool {
    const MANY: u64 = 10_000;
    now >= MANY && before.max(1).ilog10() < now.ilog10()
}

/// Counts a line that was refused; the first ones are named.
fn refuse(imported: &mut Imported, number: u64, problem: ApiProblem) {
    imported.failed += 1;
    let problem = problem.under(&format!("/{number}")).into_problem();
    let faults = match problem.errors {
        Some(errors) if !errors.is_empty() => errors,
        _ => vec![FieldError::new(format!("/{number}"), problem.detail)],
    };
    let room = NAMED.saturating_sub(imported.errors.len());
    imported.errors.extend(faults.into_iter().take(room));
}
