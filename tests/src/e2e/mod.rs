//! The product from outside: the real binary, over real sockets. A file for each capability, a test for each
//! promise.

pub(crate) mod documents;
pub(crate) mod http;
pub(crate) mod person;
pub(crate) mod post;
pub(crate) mod server;
pub(crate) mod socket;
pub(crate) mod stack;

mod accounts;
mod admin;
mod attachments;
mod backup;
mod bad_input;
pub(crate) mod browser;
mod closing;
mod configuration;
mod conventions;
mod conversations;
mod cookies;
mod crash;
mod demo;
mod departures;
mod friends;
mod groups;
mod identities;
mod limits;
mod messages;
mod metrics;
mod moderation;
mod oidc_provider;
mod operations;
mod pages;
mod permissions;
mod promises;
mod property;
mod races;
mod schemathesis;
mod search;
mod secrets;
mod sessions;
mod third_party;
mod traces;
mod web;
mod web_library;
mod websocket;
