//! What is peculiar to one adapter, beyond what its port promises.

mod mysql;
mod transfer;
