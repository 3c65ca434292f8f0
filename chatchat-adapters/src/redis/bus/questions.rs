//! Nodes ask each other what they have seen of a message, through a channel that all of them listen to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chatchat_domain::trail::{Question, Seen, Testimony, Witness};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout_at};

use super::Channels;
use super::sightings::{QuestionJson, SeenJson};
use crate::witness::OwnWitness;

/// How long nodes are given to answer. Nobody knows how many there are, so each question takes as long.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
/// How many nodes' answers may wait to be read.
const WAITING: usize = 64;
/// How many questions of others are answered at a time; more are not.
const ANSWERED_AT_ONCE: usize = 4;

/// What nodes say to all.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Question { number: u64, asker: String, about: QuestionJson },
    Answer { number: u64, asker: String, node: String, seen: Vec<SeenJson> },
}

/// What a node has answered.
struct Answer {
    node: String,
    seen: Vec<Seen>,
}

/// Asks, and answers.
#[derive(Clone)]
pub(super) struct Questions {
    channels: Channels,
    witness: OwnWitness,
    /// Who waits for answers to this node's questions.
    asked: Arc<Mutex<HashMap<u64, mpsc::Sender<Answer>>>>,
    next: Arc<AtomicU64>,
    turns: Arc<Semaphore>,
}

impl Questions {
    pub(super) fn new(channels: Channels) -> Self {
        Self {
            channels,
            witness: OwnWitness::default(),
            asked: Arc::default(),
            next: Arc::default(),
            turns: Arc::new(Semaphore::new(ANSWERED_AT_ONCE)),
        }
    }

    pub(super) fn attach(&self, witness: Arc<dyn Witness>) {
        self.witness.attach(witness);
    }

    /// The channel through which they go.
    pub(super) fn channel(&self) -> String {
        self.channels.redis.key("{questions}")
    }

    /// What this node and all others that answer in time have seen.
    pub(super) async fn ask(&self, question: Question) -> Testimony {
        let (own, number) = (self.own_name(), self.next.fetch_add(1, Ordering::Relaxed));
        let (answers, mut heard) = mpsc::channel(WAITING);
        self.asked().insert(number, answers);
        let until = Instant::now() + ANSWERED_WITHIN;
        let about = QuestionJson::from(&question);
        let is_complete = self.say(&Said::Question { number, asker: own.clone(), about }).await;
        let seen = self.witness.recall(&own, &question);
        let mut testimony = Testimony { nodes: vec![own], is_complete, seen };
        while is_complete && let Ok(Some(Answer { node, seen })) = timeout_at(until, heard.recv()).await {
            testimony.nodes.push(node);
            testimony.seen.extend(seen);
        }
        self.asked().remove(&number);
        testimony
    }

    /// Takes in what somebody has said. Waits for nothing.
    pub(super) fn hear(&self, said: &[u8]) {
        match serde_json::from_slice(said) {
            Ok(Said::Question { number, asker, about }) if asker != self.own_name() => {
                self.answer(number, asker, about);
            }
            Ok(Said::Answer { number, asker, node, seen }) if asker == self.own_name() => {
                let seen = seen.into_iter().filter_map(|one| one.seen_by(&node)).collect();
                if let Some(answers) = self.asked().get(&number) {
                    let _too_late_or_too_many = answers.try_send(Answer { node, seen });
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "another node asked what is not understood"),
        }
    }

    fn answer(&self, number: u64, asker: String, about: QuestionJson) {
        let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() else { return };
        let Some(question) = about.question() else { return };
        let this = self.clone();
        tokio::spawn(async move {
            let node = this.own_name();
            let seen = this.witness.recall(&node, &question);
            let seen = seen.into_iter().map(|one| SeenJson::from(one.sighting)).collect();
            let _heard_or_not = this.say(&Said::Answer { number, asker, node, seen }).await;
            drop(turn);
        });
    }

    /// Whether it was said.
    async fn say(&self, said: &Said) -> bool {
        let Ok(line) = self.channels.redis.commands().line() else { return false };
        let Ok(said) = serde_json::to_vec(said) else { return false };
        line.publish(self.channel(), &said).await.is_ok()
    }

    fn own_name(&self) -> String {
        self.channels.node.as_str().to_owned()
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<u64, mpsc::Sender<Answer>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
