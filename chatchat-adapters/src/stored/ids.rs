//! Several people's ids in one value, one after the other.

use chatchat_domain::{Error, UserId};

/// The ids in one value; none of it if there are none.
pub(crate) fn encode(users: &[UserId]) -> Option<Vec<u8>> {
    (!users.is_empty()).then(|| users.iter().flat_map(|user| *user.as_bytes()).collect())
}

/// The ids in this value.
pub(crate) fn decode(bytes: Option<&[u8]>) -> Result<Vec<UserId>, Error> {
    let (ids, rest) = bytes.unwrap_or_default().as_chunks::<16>();
    if rest.is_empty() {
        Ok(ids.iter().copied().map(UserId::from_bytes).collect())
    } else {
        Err(Error::Internal("stored ids of a wrong length".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_the_store() {
        for users in [
            vec![],
            vec![UserId::from_bytes([1; 16])],
            (0..50).map(|n| UserId::from_bytes([n; 16])).collect(),
        ] {
            assert_eq!(decode(encode(&users).as_deref()), Ok(users));
        }
        assert!(decode(Some(&[0; 17])).is_err());
    }
}
