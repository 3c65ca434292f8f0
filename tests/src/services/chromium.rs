//! Chromium, driven by its own driver.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use super::{free_port, wait_until};
use crate::process::Process;

/// The driver that all tests share.
struct Driver {
    url: String,
    _folder: TempDir,
    _process: Process,
}

impl Driver {
    fn shared() -> &'static Self {
        static DRIVER: OnceLock<Driver> = OnceLock::new();
        DRIVER.get_or_init(|| {
            let (folder, port) = (TempDir::new().unwrap(), free_port());
            let child = Command::new("chromedriver")
                .arg(format!("--port={port}"))
                .current_dir(folder.path())
                .env("TMPDIR", folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("./tests/install brings chromedriver");
            let process = Process::guarded(child, folder.path());
            wait_until("chromedriver", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
            Self { url: format!("http://127.0.0.1:{port}"), _folder: folder, _process: process }
        })
    }
}

/// A browser with an empty profile, whose owner reads English.
pub(crate) async fn chromium() -> WebDriver {
    chromium_in("en-US").await
}

/// The same for somebody who reads this language.
pub(crate) async fn chromium_in(language: &str) -> WebDriver {
    chatchat_adapters::tls::install();
    let mut capabilities = DesiredCapabilities::chrome();
    // By the pipe, Chromium ends with its driver.
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"] {
        capabilities.add_arg(argument).unwrap();
    }
    capabilities.add_arg(&format!("--accept-lang={language}")).unwrap();
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    WebDriver::new(&Driver::shared().url, capabilities).await.unwrap()
}
