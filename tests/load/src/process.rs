use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::Result;

/// What the kernel counts CPU time in, on every Linux that there is.
const TICKS_PER_SECOND: f64 = 100.0;

/// A server of one node or several, whose processes can be looked at. One of our own is killed when dropped.
pub(crate) struct Server {
    nodes: Vec<String>,
    processes: Vec<u32>,
    beside: Vec<u32>,
    _own: Option<(Child, TempDir)>,
}

impl Server {
    /// A server that runs already, on this machine: the URLs of its nodes, their processes, and those of what they
    /// need, such as a database.
    pub(crate) fn running(urls: &[String], processes: &[u32], beside: &[u32]) -> Result<Self> {
        let nodes = urls.iter().map(|url| local(url)).collect::<Result<_>>()?;
        Ok(Self { nodes, processes: processes.into(), beside: beside.into(), _own: None })
    }

    /// The URL of a node; with many sockets, take one after the other.
    pub(crate) fn node(&self, number: usize) -> &str {
        self.nodes.get(number % self.nodes.len().max(1)).map_or("", String::as_str)
    }

    /// A server of our own in an empty folder.
    pub(crate) async fn start(binary: &Path) -> Result<Self> {
        let folder = TempDir::new()?;
        let mut child = Command::new(binary)
            .args(["--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path().join("data"))
            .env("CHATCHAT_AUTH__BCRYPT_COST", "4")
            .env("CHATCHAT_LIMITS__ENABLED", "false")
            .env("CHATCHAT_TELEMETRY__LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let pid = child.id().ok_or("the server has ended")?;
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, url)) = line.split_once("listening on ") {
                let nodes = vec![url.trim().to_owned()];
                let own = Some((child, folder));
                return Ok(Self { nodes, processes: vec![pid], beside: Vec::new(), _own: own });
            }
        }
        Err("the server did not start".into())
    }

    /// CPU time that the server has used so far: all nodes, all threads.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        self.processes.iter().map(|process| cpu_of(*process)).sum()
    }

    /// CPU time that what it needs has used so far; none if it needs nothing.
    pub(crate) fn cpu_beside(&self) -> Result<Option<Duration>> {
        let used: Duration = self.beside.iter().map(|process| cpu_of(*process)).sum::<Result<_>>()?;
        Ok((!self.beside.is_empty()).then_some(used))
    }

    /// Memory that the server holds, in KiB.
    pub(crate) fn memory(&self) -> Result<f64> {
        self.processes.iter().map(|process| memory_of(*process)).sum()
    }
}

/// The URL, if it is one of this machine.
fn local(url: &str) -> Result<String> {
    let address = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')).unwrap_or_default();
    if !address.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback()) {
        return Err(format!("{url}: must be http://, a loopback address and a port").into());
    }
    Ok(format!("http://{address}"))
}

fn cpu_of(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after_name = stat.rsplit_once(')').map(|(_, rest)| rest).ok_or("no stat")?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |at: usize| -> Result<f64> { Ok(fields.get(at).ok_or("a short stat")?.parse()?) };
    Ok(Duration::from_secs_f64((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND))
}

fn memory_of(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
