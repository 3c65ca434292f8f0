//! TLS for all that speaks it.

/// Lets ring do the cryptography of this process's TLS, unless something else was chosen before.
pub fn install() {
    drop(rustls::crypto::ring::default_provider().install_default());
}
