//! chromedriver: one for all tests of a process, gone with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Where the browser is.
const CHROMIUM: &str = "RINGHOOK_TEST_CHROMIUM";
/// Where the program that drives it is.
const CHROMEDRIVER: &str = "RINGHOOK_TEST_CHROMEDRIVER";
/// What it says once it listens.
const LISTENS: &str = "was started successfully on port ";
/// How long it may take to close a browser.
const CLOSING: Duration = Duration::from_secs(10);

/// Runs chromedriver until whoever holds this shell's stdin is gone, however that happened: then every browser is
/// closed, and the driver ends.
const KEEPER: &str = r#"
"$0" --port="$1" & driver=$!
trap '' INT TERM HUP
cat >/dev/null
exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3 && head -c 1 <&3 >/dev/null 2>&1
kill "$driver" 2>/dev/null
wait "$driver"
"#;

/// A running chromedriver.
pub(super) struct Driver {
    port: u16,
    /// Its stdin is what keeps the driver.
    _keeper: Child,
}

/// The browser's program.
pub(super) fn chromium() -> PathBuf {
    given(CHROMIUM)
}

fn given(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("{variable} does not name a program; `tests/run` brings one")).into()
}

impl Driver {
    /// The one of this process; the first call starts it.
    pub(super) fn get() -> &'static Self {
        static DRIVER: OnceLock<Driver> = OnceLock::new();
        DRIVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let port = super::free_port();
        let mut keeper = Command::new("bash")
            .args(["-c", KEEPER])
            .arg(given(CHROMEDRIVER))
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("bash, to run chromedriver");
        let mut lines = BufReader::new(keeper.stdout.take().expect("its stdout")).lines();
        let listens = lines.by_ref().map_while(Result::ok).any(|line| line.contains(LISTENS));
        assert!(listens, "chromedriver did not start on port {port}");
        // Whatever else it says is read and dropped, or it would stand still at a full pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { port, _keeper: keeper }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Closes a browser, at the end of a test: its runtime may be gone, so this blocks.
    pub(super) fn close(&self, session: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(CLOSING))?;
        let request =
            format!("DELETE /session/{session} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        // It answers when the browser is gone, and keeps the connection.
        stream.read_exact(&mut [0])
    }
}
