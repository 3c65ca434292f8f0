//! What is peculiar to one adapter, beyond what its port promises.

mod mysql;
mod oauth;
mod redis;
mod redis_bus;
mod s3;
pub(crate) mod smtp;
mod transfer;
