//! The machine that we run on.

use std::{os::unix::fs::MetadataExt, path::Path, time::SystemTime};

use chrono::TimeDelta;
use rustix::{
    fs::{Access, access},
    process::{Resource, getrlimit},
};

use super::finding::Finding;

/// The day this version was made: a clock before it is wrong, and signs tokens that push networks refuse.
const MADE: u64 = 1_790_000_000;
/// A lease's length, in milliseconds: a node whose clock is further off than this takes over what another node is doing.
const LEASE: i64 = 5_000;
const NOTICEABLE: i64 = 1_000;
/// From here on codes of authenticator apps and Twilio's tokens are refused, in seconds. `Date` knows whole seconds.
const TOKENS: i64 = 60;
const WHOLE: i64 = 5;

const MB: u64 = 1_000_000;
/// Less than this is full before anybody looks.
const LITTLE: u64 = 100 * MB;
const SOME: u64 = 1_000 * MB;

/// Each device on a socket takes one open file.
const FEW_FILES: u64 = 10_000;

/// Our clock, beside the database's and the one that the public URL's answer told; each is how far that is ahead.
pub(super) fn clock(database: Option<TimeDelta>, web: Option<TimeDelta>) -> Finding {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if now < MADE {
        return Finding::fault("is in the past; set the system's time, for push networks refuse old tokens");
    }
    let time = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S UTC");
    skewed(database, web).unwrap_or_else(|| Finding::good(time))
}

fn skewed(database: Option<TimeDelta>, web: Option<TimeDelta>) -> Option<Finding> {
    const FIX: &str = "keep the clocks of all nodes by NTP";
    let of_database = database.map_or(0, |skew| skew.num_milliseconds());
    let of_web = web.map_or(0, |skew| skew.num_seconds());
    let way = |theirs: i64| if theirs < 0 { "ahead of" } else { "behind" };
    let database = || format!("{} ms {} the database's; {FIX}", of_database.abs(), way(of_database));
    let web = || {
        let (by, way) = (of_web.abs(), way(of_web));
        format!("{by} s {way} the one that the public URL's answer tells; {FIX}")
    };
    if of_database.abs() >= LEASE {
        return Some(Finding::fault(database()));
    }
    if of_web.abs() >= TOKENS {
        return Some(Finding::fault(web()));
    }
    if of_database.abs() >= NOTICEABLE {
        return Some(Finding::note(database()));
    }
    (of_web.abs() >= WHOLE).then(|| Finding::note(web()))
}

/// How many files, sockets among them, the process may have open.
pub(super) fn open_files() -> Finding {
    files(getrlimit(Resource::Nofile).current)
}

fn files(limit: Option<u64>) -> Finding {
    match limit {
        Some(limit) if limit < FEW_FILES => Finding::note(format!(
            "{limit} at most, and each connected device takes one; allow more (`ulimit -n 65536`, or LimitNOFILE=65536 of \
             systemd)"
        )),
        Some(limit) => Finding::good(format!("{limit} at most")),
        None => Finding::good("as many as wanted"),
    }
}

/// Whether the data directory is there, or can be made.
pub(super) fn data_directory(folder: &Path) -> Finding {
    let name = folder.display();
    let here =
        |path: &Path| if path.as_os_str().is_empty() { Path::new(".").into() } else { path.to_owned() };
    let Some(there) = folder.ancestors().map(here).find(|path| path.exists()) else {
        return Finding::fault(format!("{name}: nothing of it is there; see RINGHOOK_DATA_DIR"));
    };
    let usable = match there.is_dir() {
        true => access(&there, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| error.to_string()),
        false => Err("is no folder".to_owned()),
    };
    match usable {
        Err(error) => Finding::fault(format!(
            "{name} cannot be used, {}: {error}; see RINGHOOK_DATA_DIR",
            there.display()
        )),
        Ok(()) if there == folder => Finding::good(name),
        Ok(()) => Finding::good(format!("{name}, to be made")),
    }
}

/// The space left for the embedded database.
pub(super) fn disk(folder: &Path) -> Finding {
    match rustix::fs::statvfs(folder) {
        Ok(stat) => space(folder, stat.f_bavail.saturating_mul(stat.f_frsize)),
        Err(error) => Finding::fault(format!("{}: {error}", folder.display())),
    }
}

fn space(folder: &Path, free: u64) -> Finding {
    let text = format!("{} MB free at {}", free / MB, folder.display());
    match free {
        ..LITTLE => Finding::fault(format!("{text}; a full disk takes no call: make room")),
        LITTLE..SOME => Finding::note(format!("{text}; make room before it is full")),
        _ => Finding::good(text),
    }
}

/// Whether the key's file is its owner's alone.
pub(super) fn key_file(file: &Path) -> Finding {
    let name = file.display();
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.mode() & 0o077 != 0 => {
            Finding::fault(format!("{name} can be read by others; chmod 600 {name}"))
        }
        Ok(_) => Finding::good(format!(
            "is this database's; it lies beside it, in {name}: keep a copy of it elsewhere, apart from the database's"
        )),
        Err(error) => Finding::fault(format!("{name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::State, *};

    #[test]
    fn clocks_that_differ_are_told_by_how_much_it_matters() {
        let millis = |millis| Some(TimeDelta::milliseconds(millis));
        let state = |database, web| clock(database, web).state;
        assert_eq!(state(None, None), State::Good);
        assert_eq!(state(millis(900), millis(-4_900)), State::Good);
        assert_eq!(state(millis(-1_000), None), State::Note);
        assert_eq!(state(millis(5_000), None), State::Fault);
        assert_eq!(state(millis(0), millis(-5_000)), State::Note);
        assert_eq!(state(millis(0), millis(60_000)), State::Fault);
        assert!(clock(millis(-7_000), None).text.starts_with("7000 ms ahead of the database's"));
        assert!(clock(None, millis(7_000)).text.starts_with("7 s behind the one"));
    }

    #[test]
    fn little_room_is_a_note_and_less_a_fault() {
        let state = |free| space(Path::new("/data"), free).state;
        assert_eq!(
            [state(99 * MB), state(100 * MB), state(999 * MB)],
            [State::Fault, State::Note, State::Note]
        );
        assert_eq!(state(1_000 * MB), State::Good);
        assert_eq!(disk(Path::new("/no/such/folder")).state, State::Fault);
    }

    #[test]
    fn a_data_directory_is_there_or_can_be_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("a file");
        let state = |path: &Path| data_directory(path).state;
        assert_eq!([state(folder.path()), state(&folder.path().join("a/b"))], [State::Good, State::Good]);
        assert_eq!(state(Path::new("to-be-made")), State::Good);
        assert_eq!(state(&file.join("data")), State::Fault);
    }

    #[test]
    fn few_files_are_a_note() {
        assert_eq!([files(Some(1_024)).state, files(Some(65_536)).state], [State::Note, State::Good]);
        assert_eq!(files(None).state, State::Good);
    }
}
