//! The commands of `OPERATIONS.md`, run as they stand there.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::app::App;
use crate::binary::binary;
use crate::postgres::programs;

/// The blocks of commands below a heading of the manual, such as `### SQLite`, up to the next heading of its level or
/// above.
pub fn blocks(heading: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../OPERATIONS.md");
    let text = std::fs::read_to_string(path).expect("OPERATIONS.md");
    let (level, mut inside, mut block, mut blocks) = (heading.split(' ').next(), false, None, Vec::new());
    for line in text.lines() {
        match (&mut block, line) {
            (None, "```sh") if inside => block = Some(String::new()),
            (Some(_), "```") => blocks.extend(block.take()),
            (Some(block), line) => *block += &format!("{line}\n"),
            (None, line) if line == heading => inside = true,
            (None, line) if line.starts_with('#') && inside => {
                let marks = line.split(' ').next();
                inside = marks.map(str::len) > level.map(str::len);
            }
            _ => {}
        }
    }
    blocks
}

/// Runs a block of commands with the server's settings and these; panics when one of them fails.
pub async fn run(app: &App, block: &str, settings: &[(&str, &str)]) {
    let beside = binary().parent().expect("its folder");
    let path = std::env::join_paths([beside, &programs(), Path::new("/usr/bin"), Path::new("/bin")]);
    let finished = Command::new("bash")
        .args(["-euo", "pipefail", "-c", block])
        .env_clear()
        .envs(app.env())
        .envs(settings.iter().copied())
        .env("PATH", path.expect("a path"))
        .current_dir(app.folder())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("bash");
    let said = [finished.stdout, finished.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(finished.status.success(), "{block}{}", said.concat());
}
