use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::Client;
use super::print::Layout;
use super::{AdminError, print};

/// What is to be done, and how.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(crate) struct AdminArgs {
    #[command(flatten)]
    pub(super) how: How,
    #[command(subcommand)]
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(super) struct How {
    /// Where the server is; without it, the one with these settings on this machine.
    #[arg(long, value_name = "URL", global = true)]
    pub(super) url: Option<String>,
    /// Who acts, for the audit log; without it, the name of the operating system's user.
    #[arg(long = "as", value_name = "NAME", global = true)]
    pub(super) operator: Option<String>,
    /// Print what the server answers, as JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum What {
    /// People.
    #[command(subcommand)]
    Users(Users),
    /// Groups.
    #[command(subcommand)]
    Groups(Groups),
    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(Keys),
    /// Mail to be sent, and other work that is owed.
    #[command(subcommand)]
    Outbox(Outbox),
    /// Codes that are mailed.
    #[command(subcommand)]
    Codes(Codes),
    /// Where a message is: what became of it, step by step, on all nodes.
    TraceMessage {
        /// What its sender's client calls it.
        client_id: String,
        /// The conversation's id: there it is found even if no node remembers it.
        #[arg(long, value_name = "ID")]
        conversation: Option<String>,
    },
    /// What operators have done, the newest first.
    Audit(Part),
}

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(super) struct Part {
    /// How many, 1 to 100.
    #[arg(long, default_value = "50")]
    limit: String,
    /// Where to go on, as the part before says.
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum Users {
    /// Those with this address or this part of a name; without it all, the newest first.
    List {
        query: Option<String>,
        #[command(flatten)]
        part: Part,
    },
    /// One, and their newest sessions.
    Show {
        /// An id, or an address.
        user: String,
    },
    /// Let somebody neither log in nor stay logged in.
    Suspend {
        /// An id, or an address.
        user: String,
        /// Why, for the audit log.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let somebody log in again.
    Reinstate {
        /// An id, or an address.
        user: String,
    },
    /// Log somebody out everywhere.
    ResetSessions {
        /// An id, or an address.
        user: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum Groups {
    /// Those with this part of a name; without it all, the newest first.
    List {
        query: Option<String>,
        #[command(flatten)]
        part: Part,
    },
    /// One.
    Show {
        /// Its id.
        group: String,
    },
    /// Delete one, and all that was said there.
    Delete {
        /// Its id.
        group: String,
    },
    /// Give one to a member of it.
    Transfer {
        /// Its id.
        group: String,
        /// The member's id, or address.
        #[arg(long)]
        to: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum Keys {
    /// All of them.
    List,
    /// Sign with a new one, as soon as all nodes know it.
    Rotate,
    /// Take nothing any more that one has signed.
    Retire {
        /// What tokens call it.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum Outbox {
    /// What is to be done yet, the newest first.
    List {
        /// What was given up, in its place.
        #[arg(long)]
        dead: bool,
        #[command(flatten)]
        part: Part,
    },
    /// Have it tried again at once.
    Retry {
        /// Its id.
        work: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum Codes {
    /// Let an address ask for codes, and try them, as if it never had.
    Clear {
        /// The address.
        email: String,
    },
}

type Done = Result<(Value, Layout), AdminError>;

impl What {
    /// Has it done; gives the answer, and how it looks.
    pub(super) async fn run(self, client: &Client) -> Done {
        match self {
            Self::Users(users) => users.run(client).await,
            Self::Groups(groups) => groups.run(client).await,
            Self::Keys(keys) => keys.run(client).await,
            Self::Outbox(outbox) => outbox.run(client).await,
            Self::Codes(Codes::Clear { email }) => {
                let done = client.post(&["code-limits", "clear"], json!({ "email": email })).await?;
                Ok((done, Layout::Done))
            }
            Self::TraceMessage { client_id, conversation } => {
                let mut query = vec![("client_id", client_id.as_str())];
                query.extend(conversation.as_deref().map(|id| ("conversation_id", id)));
                Ok((client.get(&["messages", "trail"], &query).await?, Layout::Trails))
            }
            Self::Audit(part) => list(client, "audit", &[], &part, print::AUDIT).await,
        }
    }
}

impl Users {
    async fn run(self, client: &Client) -> Done {
        match self {
            Self::List { query, part } => {
                let query = query.as_deref().map(|query| ("query", query));
                list(client, "users", query.as_slice(), &part, print::PEOPLE).await
            }
            Self::Show { user } => {
                let id = client.user_id(&user).await?;
                Ok((client.get(&["users", &id], &[]).await?, Layout::One))
            }
            Self::Suspend { user, reason } => {
                let id = client.user_id(&user).await?;
                Ok((
                    client.put(&["users", &id, "suspension"], json!({ "reason": reason })).await?,
                    Layout::One,
                ))
            }
            Self::Reinstate { user } => {
                let id = client.user_id(&user).await?;
                Ok((client.delete(&["users", &id, "suspension"]).await?, Layout::Done))
            }
            Self::ResetSessions { user } => {
                let id = client.user_id(&user).await?;
                Ok((client.delete(&["users", &id, "sessions"]).await?, Layout::Done))
            }
        }
    }
}

impl Groups {
    async fn run(self, client: &Client) -> Done {
        match self {
            Self::List { query, part } => {
                let query = query.as_deref().map(|query| ("query", query));
                list(client, "groups", query.as_slice(), &part, print::GROUPS).await
            }
            Self::Show { group } => Ok((client.get(&["groups", &group], &[]).await?, Layout::One)),
            Self::Delete { group } => Ok((client.delete(&["groups", &group]).await?, Layout::Done)),
            Self::Transfer { group, to } => {
                let body = json!({ "user_id": client.user_id(&to).await? });
                Ok((client.put(&["groups", &group, "owner"], body).await?, Layout::One))
            }
        }
    }
}

impl Keys {
    async fn run(self, client: &Client) -> Done {
        match self {
            Self::List => Ok((client.get(&["keys"], &[]).await?, Layout::List(print::KEYS))),
            Self::Rotate => Ok((client.post(&["keys"], Value::Null).await?, Layout::One)),
            Self::Retire { kid } => Ok((client.delete(&["keys", &kid]).await?, Layout::Done)),
        }
    }
}

impl Outbox {
    async fn run(self, client: &Client) -> Done {
        match self {
            Self::List { dead, part } => {
                let dead = dead.then_some(("dead", "true"));
                list(client, "outbox", dead.as_slice(), &part, print::WORK).await
            }
            Self::Retry { work } => {
                Ok((client.post(&["outbox", &work, "retry"], Value::Null).await?, Layout::Done))
            }
        }
    }
}

/// A part of a list, of which these fields are shown.
async fn list(
    client: &Client,
    things: &str,
    query: &[(&str, &str)],
    part: &Part,
    fields: &'static [&'static str],
) -> Done {
    let mut query = query.to_vec();
    query.push(("limit", &part.limit));
    query.extend(part.cursor.as_deref().map(|cursor| ("cursor", cursor)));
    Ok((client.get(&[things], &query).await?, Layout::List(fields)))
}
