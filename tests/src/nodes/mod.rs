//! Several nodes of one service, and what becomes of them when something that they need is away.

mod admin;
mod away;
mod commands;
mod departures;
mod limits;
mod logins;
mod redis_away;
mod starts;
mod streams;
mod traces;
mod trail;
mod upgrades;

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::e2e::person::Person;
use crate::e2e::server::Server;
use crate::e2e::socket::{Frame, Socket};
use crate::e2e::stack::Stack;

/// What is lost on the way from node to node is there within this.
const HEALED: Duration = Duration::from_secs(15);

/// Nodes that serve the same people.
struct Nodes(Vec<Server>);

impl Nodes {
    /// So many nodes of a service that holds nothing yet.
    fn start(number: usize) -> Self {
        Self::start_with(number, &[])
    }

    /// The same with these settings on top of the usual ones.
    fn start_with(number: usize, settings: &[(&'static str, &str)]) -> Self {
        let settings = settings_with(settings);
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Self((0..number).map(|_| Server::with(&settings)).collect())
    }

    /// Two people who have a conversation, the first at the first node and the second at the last.
    async fn friends(&self) -> (Person, Person, String) {
        let (first, last) = (self.0.first().unwrap(), self.0.last().unwrap());
        let (ann, bob) = (Person::registers(first).await, Person::registers(first).await);
        let conversation = ann.befriends(&bob).await;
        (ann, bob.at(last), conversation)
    }
}

/// The settings of a service that holds nothing yet, these among them.
fn settings_with(settings: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut all = Stack::Production.settings();
    all.push(("CHATCHAT_SERVER__PUBLIC_URL", "http://chat.example".to_owned()));
    all.retain(|(name, _)| settings.iter().all(|(other, _)| name != other));
    all.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
    all
}

/// The socket hears this message before the deadline.
async fn hears(socket: &mut Socket, message: &Value, deadline: Instant) {
    loop {
        match socket.receive(deadline).await {
            Some(Frame::Object(frame)) if frame["data"]["message"] == *message => return,
            Some(Frame::Object(_)) => {}
            other => panic!("{message} does not come: {other:?}"),
        }
    }
}
