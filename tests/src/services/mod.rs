//! The servers that adapters talk to: private ones, started when a test first needs them and ended with the tests,
//! or those that the environment names.

pub(crate) mod chromium;
pub(crate) mod mariadb;
pub(crate) mod oidc;
pub(crate) mod otlp;
pub(crate) mod redis;
pub(crate) mod s3;
pub(crate) mod smtp;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

/// How long a server may take to start; a healthy one needs a fraction of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until something is so.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A runtime that outlives the tests, for what they share and runs in this process.
fn background() -> &'static Runtime {
    static BACKGROUND: OnceLock<Runtime> = OnceLock::new();
    let make = || Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    BACKGROUND.get_or_init(make)
}

/// Makes something that all tests share, in the background, whether or not the caller is in a runtime of its own.
fn made_in_background<T: Send + 'static>(making: impl Future<Output = T> + Send + 'static) -> T {
    let (tell, told) = std::sync::mpsc::channel();
    background().spawn(async move { tell.send(making.await) });
    told.recv().unwrap()
}

/// A server that the environment names.
#[allow(clippy::disallowed_methods, reason = "tests are configured by their environment alone")]
fn named(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|url| !url.is_empty())
}

/// A certificate for 127.0.0.1, and the authority that has signed it.
pub(crate) fn make_certificate(folder: &Path) {
    let openssl = |arguments: &[&str]| {
        let made = Command::new("openssl").args(arguments).current_dir(folder).stderr(Stdio::null()).status();
        assert!(made.unwrap().success());
    };
    let new = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
    openssl(
        &[&["req", "-x509", "-subj", "/CN=ca", "-keyout", "ca-key.pem", "-out", "ca.pem"], &new[..]].concat(),
    );
    let signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-addext", "subjectAltName=IP:127.0.0.1"];
    let leaf = ["-addext", "basicConstraints=critical,CA:FALSE", "-subj", "/CN=server"];
    openssl(
        &[&["req", "-x509", "-keyout", "key.pem", "-out", "cert.pem"], &new[..], &signed, &leaf].concat(),
    );
}
