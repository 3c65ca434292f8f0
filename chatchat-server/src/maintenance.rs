//! What an operator does beside serving. Each says on stdout what it has found or done.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use chatchat_adapters::keys::Keys;
use chatchat_adapters::sql::transfer::{TransferError, transfer as copy};
use chatchat_adapters::stack::{self, BackedUp, BackupError, DatabaseOptions, OpenError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::config::{Config, ConfigError};

/// How long a server may take to say that it lives.
const ALIVE_WITHIN: Duration = Duration::from_secs(3);

/// What an operator is told when it has not gone well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaintenanceError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Argument(#[from] ConfigError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Transfer(#[from] TransferError),
    #[error("server.data_dir: cannot read the keys: {0}")]
    Keys(io::Error),
    #[error("--from must be sqlite:PATH, and --to mysql://user:password@host:port/database")]
    Direction,
    #[error("not everything can be used")]
    Unusable,
    #[error("no server is well at {0}")]
    Unwell(SocketAddr),
}

/// Brings the tables up to date.
pub(crate) async fn migrate(config: &Config) -> Result<(), MaintenanceError> {
    let applied = stack::migrate(&config.database).await?;
    for migration in &applied {
        println!("applied {migration}");
    }
    println!("the tables are up to date");
    Ok(())
}

/// Says of each thing that a server needs whether it can be used. The settings themselves are right if we are here.
pub(crate) async fn check(config: &Config) -> Result<(), MaintenanceError> {
    let dependencies = stack::check(&config.stack(String::new())).await;
    for dependency in &dependencies {
        match &dependency.found {
            Ok(found) => println!("ok      {}: {found}", dependency.setting),
            Err(error) => println!("failed  {error}"),
        }
    }
    if dependencies.iter().all(|dependency| dependency.found.is_ok()) {
        return Ok(());
    }
    Err(MaintenanceError::Unusable)
}

/// Asks the server with these settings on this machine whether it lives. Not whether it is ready: who ends it because
/// its database is away helps nobody.
pub(crate) async fn healthcheck(config: &Config) -> Result<(), MaintenanceError> {
    let address = reachable(config.server.listen);
    match tokio::time::timeout(ALIVE_WITHIN, is_alive(address)).await {
        Ok(Ok(true)) => Ok(()),
        _ => Err(MaintenanceError::Unwell(address)),
    }
}

async fn is_alive(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut status).await?;
    Ok(status == *b"HTTP/1.1 200")
}

/// Who listens on all addresses is asked on the loopback.
pub(crate) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Copies what a service keeps on this machine, while it serves.
pub(crate) fn backup(config: &Config, to: &Path) -> Result<(), MaintenanceError> {
    let BackedUp { objects } = stack::backup(&config.stack(String::new()), to)?;
    match objects {
        Some(objects) => println!("copied the database, the keys, and {objects} pictures and files"),
        None => println!("copied the database and the keys; pictures and files are in their bucket"),
    }
    Ok(())
}

/// Lets clients notice that the database was put back from a backup.
pub(crate) async fn restored(config: &Config) -> Result<(), MaintenanceError> {
    stack::begin_epoch(&config.database).await?;
    println!("clients will fetch afresh what they know");
    Ok(())
}

/// Copies what a stopped service keeps in a file, and its keys, to a database server.
pub(crate) async fn transfer(config: &Config, from: String, to: String) -> Result<(), MaintenanceError> {
    let source = config.database_at("--from", from)?;
    let target = config.database_at("--to", to)?;
    let (DatabaseOptions::Sqlite(source), DatabaseOptions::Mysql(target)) = (source, target) else {
        return Err(MaintenanceError::Direction);
    };
    let keys = Keys::kept_in(&config.server.data_dir.join("keys")).map_err(MaintenanceError::Keys)?;
    for (table, rows) in copy(&source, target.expose(), &keys).await? {
        println!("{rows:>12} {table}");
    }
    println!("copied and compared; pictures are to be copied besides: docs/deployment.md says how");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_asked_here() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("127.0.0.2:1", "127.0.0.2:1"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
