//! `chatchat-server admin`: administration of a running service from the command line.
//!
//! It says over HTTP what is to be done, so that all nodes hear of it at once, and proves with the service's secret that
//! it may: whoever can read the keys of a service, or its database, administers it.
//!
//! | file | holds |
//! | --- | --- |
//! | `command` | what can be said |
//! | `client` | how it is said to the server |
//! | `print` | how the answers look |

mod client;
mod command;
mod print;

use std::io::{self, Write as _};

use chatchat_adapters::stack::{self, OpenError};
use chatchat_adapters::token::Ed25519OperatorTokens;
use chatchat_domain::admin::Operator;
use chatchat_domain::{Error, Violation};
use serde_json::Value;

use crate::config::{self, Config};
use crate::maintenance;
use client::Client;
pub(crate) use command::AdminArgs;
use print::Layout;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    #[error("--as: say who you are")]
    Nobody,
    #[error("--as: {0}")]
    Name(#[from] Violation),
    #[error("--url must be http://host or https://host")]
    Url,
    #[error(transparent)]
    Secret(#[from] OpenError),
    #[error(transparent)]
    Token(#[from] Error),
    #[error("no server answers at {0}: {1}")]
    Unreachable(String, String),
    #[error("{0}")]
    Refused(String),
    #[error("nobody has the address {0}")]
    Unknown(String),
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Does what the arguments say, and prints what comes of it.
pub(crate) async fn run(config: &Config, arguments: AdminArgs) -> Result<(), AdminError> {
    let AdminArgs { how, what } = arguments;
    let operator = how.operator.or_else(config::user_name).ok_or(AdminError::Nobody)?;
    let operator = Operator::new(&operator)?;
    let url = how.url.unwrap_or_else(|| format!("http://{}", maintenance::reachable(config.server.listen)));
    let secret = stack::secret(&config.database, &config.server.data_dir).await?;
    let client = Client::new(&url, Ed25519OperatorTokens::new(&secret)?, operator)?;
    let (answer, layout) = what.run(&client).await?;
    write_out(&text(&answer, how.json, layout))
}

fn text(answer: &Value, as_json: bool, layout: Layout) -> String {
    match (answer, as_json) {
        (Value::Null, true) => String::new(),
        (answer, true) => format!("{answer:#}\n"),
        (answer, false) => layout.show(answer),
    }
}

/// Whoever reads only the beginning is content.
fn write_out(text: &str) -> Result<(), AdminError> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
