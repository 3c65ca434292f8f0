//! A demo: serves with people, friendships, a group and messages to play with.
//!
//! They are made through the use cases, as clients would make them, and only where they are missing, so that a
//! demo can be stopped and started again. A file beside the database marks it as a demo's; one without the mark
//! is left alone.
//!
//! | file | holds |
//! | --- | --- |
//! | `script` | who is there, and what they say |
//! | `stage` | how that comes to be |

mod script;
mod stage;

use std::fmt::Write as _;
use std::io::{self, Write as _};

use chatchat_adapters::stack::DatabaseOptions;

use crate::config::Config;
use crate::server::{Prepared, Server, StartError};
use script::PEOPLE;
pub(crate) use script::{DemoPerson, PASSWORD};

/// The file that marks a database as a demo's.
const MARK: &str = "demo";

/// Starts a server on a demo's data, makes what is missing in them, and prints who can log in.
///
/// # Errors
/// [`StartError::Demo`] for a database that holds other people; whatever else is in the way of a server.
pub(crate) async fn start(config: Config) -> Result<Server, StartError> {
    mark(&config)?;
    let prepared = Prepared::new(config, &PEOPLE).await?;
    stage::furnish(prepared.state()).await.map_err(|error| StartError::Demo(error.to_string()))?;
    let url = prepared.state().urls.public_url().to_owned();
    let server = prepared.serve()?;
    let _nobody_reads = io::stdout().write_all(welcome(&url).as_bytes());
    Ok(server)
}

/// Marks a new database as a demo's.
fn mark(config: &Config) -> Result<(), StartError> {
    let mark = config.server.data_dir.join(MARK);
    if mark.exists() {
        return Ok(());
    }
    let DatabaseOptions::Sqlite(database) = &config.database else {
        return Err(StartError::Demo("it keeps its people in a file; database.url names none".to_owned()));
    };
    if database.exists() {
        let database = database.display();
        return Err(StartError::Demo(format!("{database} holds other people; choose another --data-dir")));
    }
    std::fs::create_dir_all(&config.server.data_dir)?;
    std::fs::write(mark, "These are the data of a demo: chatchat-server demo\n")?;
    Ok(())
}

/// Who can log in, and how.
fn welcome(url: &str) -> String {
    let mut text =
        format!("\nOpen {url} and be one of them:\n\n  {:<10} {:<20} password\n", "name", "e-mail");
    for DemoPerson { name, email } in PEOPLE {
        let _infallible = writeln!(text, "  {name:<10} {email:<20} {PASSWORD}");
    }
    let [ann, ..] = PEOPLE;
    let _infallible = write!(
        text,
        "\nOr as a program does:\n\n  \
         TOKEN=$(curl -s {url}/api/v1/auth/login -H 'Content-Type: application/json' \\\n    \
         -d '{{\"email\":\"{}\",\"password\":\"{PASSWORD}\"}}' | grep -o '\"access_token\":\"[^\"]*' | cut -d'\"' -f4)\n  \
         curl -s {url}/api/v1/conversations -H \"Authorization: Bearer $TOKEN\"\n  \
         curl -s -G {url}/api/v1/groups --data-urlencode 'query=上海' -H \"Authorization: Bearer $TOKEN\"\n\n\
         Mail appears at {url}/dev/mail\n\n",
        ann.email
    );
    text
}
