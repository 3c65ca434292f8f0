//! The product as a process, over real sockets: one file of promises for each capability.

mod client;
mod server;
mod socket;

mod smoke;
