//! Load for a chatchat server, and what it costs there.
//!
//! Starts a server of its own in an empty folder for each workload, or takes one that runs already, drives one
//! workload after the other at it over loopback, and reads the server's CPU time and memory from `/proc`. Prints a
//! JSON line for each workload, and a table at the end. Bounded in count and time.

#![expect(
    clippy::indexing_slicing,
    reason = "only JSON values are indexed, which give null for what is not there"
)]

mod people;
mod process;
mod report;
mod socket;
mod workloads;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Whatever goes wrong ends the run.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Debug, Parser)]
#[command(about)]
struct Options {
    /// Which workloads; all if none is named.
    #[arg(value_enum)]
    workloads: Vec<Workload>,
    /// The server's binary, built with `--release`.
    #[arg(long, default_value = "target/release/chatchat-server")]
    server: PathBuf,
    /// A server that runs already, on this machine, with `auth.bcrypt_cost = 4`, `limits.enabled = false` and mail in
    /// its folder; none is started then. Once for each node: receivers are at other nodes than senders.
    #[arg(long = "url", value_name = "URL", requires = "processes")]
    urls: Vec<String>,
    /// The process id of a node.
    #[arg(long = "pid", value_name = "PID", requires = "urls")]
    processes: Vec<u32>,
    /// The process id of something that the nodes need, such as a database: its CPU time is told apart.
    #[arg(long, value_name = "PID", requires = "urls")]
    beside: Vec<u32>,
    /// Seconds that the timed workloads run.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Workload {
    /// One pair, one message at a time.
    W1,
    /// 200 pairs, four messages of each on the way.
    W2,
    /// One group, 200 members online.
    W3,
    /// 5 000 idle sockets.
    W4,
    /// 10 000 messages missed.
    W5,
    /// Connecting with a token.
    W6,
    /// The newest 20 messages of a conversation.
    W7,
    /// One group of 10 000 members, 1 000 online.
    W8,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    // All is loopback, but a client is not made without.
    drop(rustls::crypto::ring::default_provider().install_default());
    let all = Workload::value_variants().to_vec();
    let chosen = if options.workloads.is_empty() { all } else { options.workloads };
    let mut rows = Vec::new();
    for workload in chosen {
        let server = if options.urls.is_empty() {
            process::Server::start(&options.server).await?
        } else {
            process::Server::running(&options.urls, &options.processes, &options.beside)?
        };
        let row = match workload {
            Workload::W1 => workloads::one_pair(&server).await?,
            Workload::W2 => workloads::many_pairs(&server, options.seconds).await?,
            Workload::W3 => workloads::one_group(&server).await?,
            Workload::W4 => workloads::idle_sockets(&server).await?,
            Workload::W5 => workloads::missed_messages(&server).await?,
            Workload::W6 => workloads::connecting(&server).await?,
            Workload::W7 => workloads::newest_pages(&server).await?,
            Workload::W8 => workloads::large_group(&server).await?,
        };
        println!("{}", row.json());
        rows.push(row);
    }
    report::print_table(&rows);
    Ok(())
}
