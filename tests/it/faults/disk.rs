//! A disk that is full.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use tempfile::TempDir;

use super::database::{nothing_lost, takes_calls};
use super::load::World;

/// A small file system of its own in memory, gone when dropped.
struct Disk(TempDir);

impl Disk {
    /// Of 12 MiB, for the user who runs the test.
    fn mount() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        as_root(&["mount", "-t", "tmpfs", "-o", "size=12m,mode=0777", "ringhook-test"], folder.path());
        Self(folder)
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut file = File::create(self.ballast()).expect("a file on the disk");
        let block = [0; 4096];
        loop {
            match file.write_all(&block) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("the disk does not fill: {error}"),
            }
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.ballast()).expect("to make room");
    }

    fn ballast(&self) -> PathBuf {
        self.0.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        as_root(&["umount", "--lazy"], self.0.path());
    }
}

/// Runs it as root, by sudo when we are not.
fn as_root(command: &[&str], path: &Path) {
    let is_root = Command::new("id").arg("-u").output().expect("the program id").stdout == b"0\n";
    let sudo: &[&str] = if is_root { &[] } else { &["sudo", "-n"] };
    let words = [sudo, command].concat();
    let ran = Command::new(words[0]).args(&words[1..]).arg(path).stdin(Stdio::null()).output();
    let ran = ran.unwrap_or_else(|error| panic!("{}: {error}", words[0]));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "a full disk takes root, or sudo without a password: {words:?}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_calls_until_there_is_room() {
    let disk = Disk::mount();
    let data = disk.0.path().join("data");
    let app = App::builder(Backend::Sqlite).set("RINGHOOK_DATA_DIR", data.display()).start().await;
    let world = World::new(app).await;
    world
        .under_load(async {
            takes_calls(&world).await;
            disk.fill();
            // Some calls may still be taken, and truly are: what the write-ahead log has given back it fills again. That
            // each of them is there is what the books say in the end.
            world.answered(503, 8, Instant::now()).await;
            disk.make_room();
            takes_calls(&world).await;
        })
        .await;
    nothing_lost(&world, "disk full").await;
}
