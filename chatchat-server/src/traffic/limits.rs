use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use chatchat_domain::ports::Policy;

use super::Class;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// The longest window that can be set.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// The most that can be set to be allowed in a window.
const MOST: u32 = 1_000_000;

/// How often something may happen: so many times in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    quota: u32,
    window: Duration,
}

impl FromStr for Rate {
    type Err = ();

    /// Reads `600/60s`, `10/5m` or `20/1h`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (quota, window) = text.split_once('/').ok_or(())?;
        let (count, unit) = window.split_at_checked(window.len().saturating_sub(1)).ok_or(())?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(()),
        };
        let count: u32 = count.parse().map_err(|_| ())?;
        let window = Duration::from_secs(u64::from(count) * seconds);
        let quota: u32 = quota.parse().map_err(|_| ())?;
        let is_rate = (1..=MOST).contains(&quota) && !window.is_zero() && window <= LONGEST;
        if is_rate { Ok(Self { quota, window }) } else { Err(()) }
    }
}

/// How often things of one class may happen; nothing: as often as one likes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClassLimits {
    /// By one account; where there is none yet, by whoever says that it is theirs.
    pub account: Option<Rate>,
    /// From one network address. Many people can stand behind one.
    pub address: Option<Rate>,
}

macro_rules! classes {
    ($($class:ident $field:ident $account:literal $address:literal: ($of_account:expr, $of_address:expr);)*) => {
        /// How often things may happen, by their class.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is named after its class")]
        pub struct TrafficLimits { $(pub $field: ClassLimits,)* }

        impl Default for TrafficLimits {
            /// Far above what people do, and below what hurts.
            fn default() -> Self {
                Self { $($field: ClassLimits { account: $of_account, address: $of_address },)* }
            }
        }

        impl TrafficLimits {
            /// Everything as often as one likes.
            pub const NONE: Self = Self { $($field: ClassLimits { account: None, address: None },)* };

            pub(super) fn of_an_account(&self, class: Class) -> Option<Policy> {
                match class {
                    Class::Service => None,
                    $(Class::$class => Some(policy($account, self.$field.account?)),)*
                }
            }

            pub(super) fn of_an_address(&self, class: Class) -> Option<Policy> {
                match class {
                    Class::Service => None,
                    $(Class::$class => Some(policy($address, self.$field.address?)),)*
                }
            }
        }
    };
}

classes! {
    Send send "send_account" "send_address": (up_to(3000, MINUTE), up_to(30_000, MINUTE));
    LogIn log_in "log_in_account" "log_in_address": (up_to(10, MINUTE), up_to(30, MINUTE));
    Code code "code_account" "code_address": (None, up_to(1000, Duration::from_secs(300)));
    Change change "change_account" "change_address": (up_to(1200, MINUTE), up_to(12_000, MINUTE));
    Read read "read_account" "read_address": (up_to(6000, MINUTE), up_to(60_000, MINUTE));
    Upload upload "upload_account" "upload_address": (up_to(120, MINUTE), up_to(1200, MINUTE));
    Search search "search_account" "search_address": (up_to(240, MINUTE), up_to(2400, MINUTE));
    Export export "export_account" "export_address": (up_to(20, HOUR), up_to(100, HOUR));
}

const fn up_to(quota: u32, window: Duration) -> Option<Rate> {
    Some(Rate { quota, window })
}

const fn policy(name: &'static str, rate: Rate) -> Policy {
    Policy { name, quota: rate.quota, window: rate.window }
}

/// What an address is counted as: whoever has one of IPv6 has all that share its first 64 bits.
pub(crate) fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_in_a_window() {
        let rate = |text: &str| text.parse::<Rate>();
        assert_eq!(rate("600/60s"), Ok(Rate { quota: 600, window: MINUTE }));
        assert_eq!(rate("10/1m"), Ok(Rate { quota: 10, window: MINUTE }));
        assert_eq!(rate("20/1h"), Ok(Rate { quota: 20, window: HOUR }));
        for text in [
            "",
            "10",
            "/1s",
            "10/",
            "10/s",
            "0/1s",
            "10/0s",
            "10/1d",
            "-1/1s",
            "10/25h",
            "10/1é",
            "1000001/1s",
        ] {
            assert_eq!(rate(text), Err(()), "{text}");
        }
    }

    #[test]
    fn every_class_but_the_services_own_has_limits_of_its_own() {
        let limits = TrafficLimits::default();
        let mut names: Vec<&str> = Class::ALL
            .iter()
            .flat_map(|class| [limits.of_an_account(*class), limits.of_an_address(*class)])
            .flatten()
            .map(|policy| policy.name)
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 15);
        assert_eq!(limits.of_an_address(Class::Service), None);
        assert!(Class::ALL.iter().all(|class| TrafficLimits::NONE.of_an_address(*class).is_none()));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let key = |address: &str| address_key(address.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
