//! Redis, or whatever `CHATCHAT_TEST_REDIS_URL` and `CHATCHAT_TEST_REDIS_CLUSTER_URL` name.

use std::fs::File;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use chatchat_adapters::redis::Redis;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::{free_port, named, wait_until};
use crate::process::Process;

/// How long the nodes of a cluster wait for one of them before another takes its place.
const NODE_TIMEOUT_MS: u32 = 2000;

/// The URL for a service of its own on a server that several share.
pub(crate) fn apart(url: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let and = if url.contains('?') { '&' } else { '?' };
    format!("{url}{and}prefix=test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Redis as a service of its own finds it, on the server that all tests share.
pub(crate) async fn redis() -> Redis {
    Redis::connect(&apart(shared_url())).await.unwrap()
}

/// The same on the cluster that all tests share.
pub(crate) async fn redis_cluster() -> Redis {
    Redis::connect(&apart(shared_cluster_url())).await.unwrap()
}

/// The URL of the server that all tests share which do not stop it.
pub(crate) fn shared_url() -> &'static str {
    static SERVER: OnceLock<RedisServer> = OnceLock::new();
    static URL: OnceLock<String> = OnceLock::new();
    let own = || SERVER.get_or_init(RedisServer::start).url();
    URL.get_or_init(|| named("CHATCHAT_TEST_REDIS_URL").unwrap_or_else(own))
}

/// The URL of the cluster that all tests share which stop nothing of it.
pub(crate) fn shared_cluster_url() -> &'static str {
    static CLUSTER: OnceLock<RedisCluster> = OnceLock::new();
    static URL: OnceLock<String> = OnceLock::new();
    let own = || CLUSTER.get_or_init(|| RedisCluster::start(0)).url();
    URL.get_or_init(|| named("CHATCHAT_TEST_REDIS_CLUSTER_URL").unwrap_or_else(own))
}

/// A server of a test's own.
pub(crate) struct RedisServer {
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    process: Option<Process>,
}

impl RedisServer {
    /// A server that keeps nothing.
    pub(crate) fn start() -> Self {
        Self::start_with(|_, _| Vec::new())
    }

    /// A server with more options, which may name files in its folder and its port.
    pub(crate) fn start_with(options: impl FnOnce(&Path, u16) -> Vec<String>) -> Self {
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        let options = options(folder.path(), port);
        let mut server = Self { folder, port, options, process: None };
        server.restart();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The path of a file in its folder.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs a command of `redis-cli`, and returns what it prints.
    pub(crate) fn cli(&self, command: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(command).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Ends it as a power failure would.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same port.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let log = File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let child = Command::new("redis-server")
            .args([
                "--port",
                &self.port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .arg("--dir")
            .arg(self.folder.path())
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut process = Process::guarded(child, self.folder.path());
        wait_until("Redis listens", || {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(process.ended().is_none(), "{}", log());
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
        self.process = Some(process);
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        self.process.as_ref().unwrap().signal(name);
    }
}

/// The URL of something that says it is Redis of this version, and does nothing else. Ends with the runtime.
pub(crate) async fn self_styled(version: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let info = format!("redis_version:{version}\r\nredis_mode:standalone\r\n");
    let answer = format!("${}\r\n{info}\r\n", info.len());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer_commands(socket, answer.clone()));
        }
    });
    url
}

/// Answers `INFO` so, and is content with all else. A command is an array (`*2`) of words with their lengths before.
async fn answer_commands(socket: tokio::net::TcpStream, info: String) {
    let (reader, mut writer) = socket.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(head)) = lines.next_line().await {
        let mut words = Vec::new();
        for _ in 0..head.trim_start_matches('*').parse().unwrap_or(0) {
            drop(lines.next_line().await);
            words.extend(lines.next_line().await.ok().flatten());
        }
        let is_info = words.first().is_some_and(|word| word.eq_ignore_ascii_case("info"));
        let answer = if is_info { info.as_str() } else { "+OK\r\n" };
        if writer.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A cluster of three masters of a test's own.
pub(crate) struct RedisCluster {
    pub(crate) nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// A cluster whose masters have so many replicas each.
    pub(crate) fn start(replicas: usize) -> Self {
        let timeout = NODE_TIMEOUT_MS.to_string();
        // The port between nodes is 10 000 higher than that for clients, unless it is said.
        let node = |_| {
            let bus = free_port().to_string();
            let options =
                ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", &timeout];
            RedisServer::start_with(|_, _| options.map(ToOwned::to_owned).into())
        };
        let cluster = Self { nodes: (0..3 * (1 + replicas)).map(node).collect() };
        let addresses = cluster.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port));
        let made = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(addresses)
            .args(["--cluster-replicas", &replicas.to_string(), "--cluster-yes"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        wait_until("the cluster is whole", || {
            cluster.nodes.iter().all(|node| node.cli(&["cluster", "info"]).contains("cluster_state:ok"))
        });
        wait_until("the replicas follow", || {
            let follows =
                |node: &RedisServer| node.cli(&["info", "replication"]).contains("master_link_status:up");
            cluster.nodes.iter().filter(|node| follows(node)).count() == 3 * replicas
        });
        cluster
    }

    pub(crate) fn url(&self) -> String {
        self.nodes.first().unwrap().url().replacen("redis:", "redis-cluster:", 1)
    }

    /// The master to which the most is listened.
    pub(crate) fn busiest(&self) -> usize {
        let channels = |node: &RedisServer| node.cli(&["pubsub", "shardchannels"]).lines().count();
        (0..self.nodes.len()).max_by_key(|index| channels(&self.nodes[*index])).unwrap()
    }

    /// The master that holds the key.
    pub(crate) fn master_of(&self, key: &str) -> usize {
        let slot = self.nodes.first().unwrap().cli(&["cluster", "keyslot", key]);
        let slot: u16 = slot.trim().parse().unwrap();
        let holds = |node: &RedisServer| {
            let nodes = node.cli(&["cluster", "nodes"]);
            let own = nodes.lines().find(|line| line.contains("myself")).unwrap().to_owned();
            own.split_whitespace().skip(8).any(|range| {
                let (from, to) = range.split_once('-').unwrap_or((range, range));
                (from.parse().unwrap()..=to.parse::<u16>().unwrap()).contains(&slot)
            })
        };
        self.nodes.iter().position(holds).unwrap()
    }
}
