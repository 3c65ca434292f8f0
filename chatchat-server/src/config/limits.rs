use super::ConfigError;
use super::sources::{RawLimits, RawRates};
use crate::traffic::{Class, ClassLimits, Rate, TrafficLimits};

/// How often things may happen.
///
/// # Errors
/// The first rate that is none.
pub(super) fn limits(raw: RawLimits) -> Result<TrafficLimits, ConfigError> {
    let usual = TrafficLimits::default();
    Ok(TrafficLimits {
        send: limits_of(Class::Send, raw.send, usual.send)?,
        log_in: limits_of(Class::LogIn, raw.log_in, usual.log_in)?,
        code: limits_of(Class::Code, raw.code, usual.code)?,
        change: limits_of(Class::Change, raw.change, usual.change)?,
        read: limits_of(Class::Read, raw.read, usual.read)?,
        upload: limits_of(Class::Upload, raw.upload, usual.upload)?,
        search: limits_of(Class::Search, raw.search, usual.search)?,
        export: limits_of(Class::Export, raw.export, usual.export)?,
    })
}

fn limits_of(class: Class, raw: RawRates, usual: ClassLimits) -> Result<ClassLimits, ConfigError> {
    Ok(ClassLimits {
        account: rate(class, "account", raw.account, usual.account)?,
        address: rate(class, "address", raw.address, usual.address)?,
    })
}

fn rate(
    class: Class,
    whose: &str,
    text: Option<String>,
    usual: Option<Rate>,
) -> Result<Option<Rate>, ConfigError> {
    match text.as_deref() {
        None => Ok(usual),
        Some("none") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|()| {
            let rule = "must be a number in a window of up to 24h, such as 600/1m, or none";
            ConfigError::new(format!("limits.{}.{whose}", class.name()), rule)
        }),
    }
}
