use std::net::IpAddr;
use std::str::FromStr;

/// The networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// The address that a request comes from: the peer's, unless the peer is a trusted proxy; then the last
    /// address in `forwarded_for` (comma-separated) that is not a trusted proxy's.
    pub fn client<'a>(
        &self,
        peer: IpAddr,
        forwarded_for: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let mut client = peer.to_canonical();
        for hop in forwarded_for.rev().flat_map(|line| line.rsplit(',')) {
            if !self.contains(client) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(address) => client = address.to_canonical(),
                Err(_) => break,
            }
        }
        client
    }

    /// Whether this peer is one of them.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.contains(peer.to_canonical())
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl FromIterator<Network> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

/// An address, or all that share its first bits: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = own.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= self.prefix
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = own.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), str::parse).map_err(|_| ())?;
        if prefix > bits { Err(()) } else { Ok(Self { address, prefix }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let proxies: TrustedProxies = trusted.iter().map(|text| text.parse::<Network>().unwrap()).collect();
        proxies.client(peer.parse().unwrap(), forwarded.iter().copied()).to_string()
    }

    #[test]
    fn whoever_is_not_trusted_speaks_for_themselves() {
        assert_eq!(client(&[], "203.0.113.5", &["198.51.100.1"]), "203.0.113.5");
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.5", &["198.51.100.1"]), "203.0.113.5");
    }

    #[test]
    fn a_trusted_proxy_names_its_client_and_a_client_cannot_name_another() {
        let trusted = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(client(&trusted, "10.1.2.3", &["198.51.100.1, 203.0.113.5, 10.0.0.9"]), "203.0.113.5");
        assert_eq!(client(&trusted, "10.1.2.3", &["198.51.100.1", "203.0.113.5"]), "203.0.113.5");
        assert_eq!(client(&trusted, "fd00::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(client(&trusted, "::ffff:10.1.2.3", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(client(&trusted, "10.1.2.3", &["nonsense"]), "10.1.2.3");
        assert_eq!(client(&trusted, "10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "proxy", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0/8"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
