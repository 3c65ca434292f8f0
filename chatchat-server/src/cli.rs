//! The command line: parse, configure, run.

use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::admin::{self, AdminArgs};
use crate::config::{Config, Flags};
use crate::demo;
use crate::docs;
use crate::maintenance;
use crate::server::Server;
use crate::telemetry;

/// The exit code for a wrong flag, key or value.
const MISCONFIGURED: u8 = 2;

/// A chat service: people, friends, groups and messages over HTTP and WebSocket.
#[derive(Debug, Parser)]
#[command(name = "chatchat-server", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Subcommand)]
enum Command {
    /// Serve (what happens without a command, too).
    #[default]
    Serve,
    /// Serve with demo people, friends, a group and messages to play with, in ./data-demo.
    Demo,
    /// Print the OpenAPI document of everything over HTTP.
    Openapi,
    /// Print the AsyncAPI document of the WebSocket.
    Asyncapi,
    /// Bring the database's tables up to date, and end. A server does so by itself when it starts.
    Migrate,
    /// Say whether the settings are right and everything that they name can be used.
    Check,
    /// Say by the exit code whether the server with these settings on this machine lives: for containers.
    Healthcheck,
    /// Administer the running service: people, groups, keys, owed work.
    Admin(AdminArgs),
    /// Copy what the service keeps on this machine (SQLite, keys, pictures and files) to a new folder, while it serves.
    Backup {
        /// The folder to make; a server can be started on it.
        #[arg(value_name = "DIRECTORY")]
        to: PathBuf,
    },
    /// After a database was put back from a backup, before it is served: let clients fetch afresh what they know of the
    /// time since.
    Restored,
    /// Copy what a stopped service keeps in SQLite to MySQL, with its keys, which are in the data folder. Run it again
    /// after an interruption: it goes on.
    Transfer {
        /// The file, such as sqlite:./data/chatchat.db.
        #[arg(long, value_name = "URL")]
        from: String,
        /// An empty database, such as mysql://user:password@host:port/database.
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

impl Command {
    /// Whether people are served.
    const fn serves(&self) -> bool {
        matches!(self, Self::Serve | Self::Demo)
    }
}

#[derive(Debug, Args)]
struct Options {
    /// Settings (TOML); without it ./chatchat.toml, if there is one.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The address to listen on, such as 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS", global = true)]
    listen: Option<String>,
    /// The folder for database, keys, objects and mail.
    #[arg(long, value_name = "DIRECTORY", global = true)]
    data_dir: Option<PathBuf>,
}

/// The whole program.
pub fn main() -> ExitCode {
    let Cli { command, options } = Cli::parse();
    let command = command.unwrap_or_default();
    let flags = Flags {
        config: options.config,
        listen: options.listen,
        data_dir: options.data_dir,
        demo: command == Command::Demo,
    };
    let config = match Config::load(flags) {
        Ok(config) => config,
        Err(error) => return fail(&error, MISCONFIGURED),
    };
    chatchat_adapters::tls::install();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error, 1),
    };
    let exporting = command.serves().then(|| runtime.handle().clone());
    let telemetry = match telemetry::start(&config.telemetry, exporting) {
        Ok(telemetry) => telemetry,
        Err(error) => return fail(&error, MISCONFIGURED),
    };
    let ended = runtime.block_on(run(command, config));
    telemetry.stop();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error, 1),
    }
}

async fn run(command: Command, config: Config) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Serve => Server::start(config).await?.run_until_signal().await?,
        Command::Demo => demo::start(config).await?.run_until_signal().await?,
        Command::Openapi => print(&docs::OPENAPI)?,
        Command::Asyncapi => print(&docs::ASYNCAPI)?,
        Command::Migrate => maintenance::migrate(&config).await?,
        Command::Check => maintenance::check(&config).await?,
        Command::Healthcheck => maintenance::healthcheck(&config).await?,
        Command::Admin(arguments) => admin::run(&config, arguments).await?,
        Command::Backup { to } => maintenance::backup(&config, &to)?,
        Command::Restored => maintenance::restored(&config).await?,
        Command::Transfer { from, to } => maintenance::transfer(&config, from, to).await?,
    }
    Ok(())
}

/// Prints a document. Whoever reads only its beginning is content.
fn print(document: &str) -> io::Result<()> {
    match io::stdout().write_all(document.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn fail(error: &dyn std::error::Error, code: u8) -> ExitCode {
    eprintln!("chatchat-server: {error}");
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serving_is_the_default_and_flags_stand_before_or_after_the_command() {
        let cli = Cli::try_parse_from(["chatchat-server", "--listen", "127.0.0.1:0"]).unwrap();
        assert_eq!(cli.command.unwrap_or_default(), Command::Serve);
        let cli = Cli::try_parse_from(["chatchat-server", "demo", "--data-dir", "x"]).unwrap();
        assert_eq!((cli.command, cli.options.data_dir), (Some(Command::Demo), Some(PathBuf::from("x"))));
        let arguments = ["chatchat-server", "transfer", "--from", "a", "--to", "b", "--data-dir", "x"];
        let command = Command::Transfer { from: "a".to_owned(), to: "b".to_owned() };
        assert_eq!(Cli::try_parse_from(arguments).unwrap().command, Some(command));
    }

    #[test]
    fn how_to_administer_stands_before_or_after_what_is_to_be_done() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).unwrap().command.unwrap();
        assert_eq!(
            parse("chatchat-server admin --as olga --json users suspend ann@example.com --reason spam"),
            parse("chatchat-server admin users suspend ann@example.com --reason spam --json --as olga"),
        );
        assert!(Cli::try_parse_from(["chatchat-server", "admin", "users"]).is_err());
    }

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
