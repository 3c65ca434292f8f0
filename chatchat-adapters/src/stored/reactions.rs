//! What stands under a message, as JSON: `[["👍", 2, ["<id>", …]], …]`.

use chatchat_domain::conversation::{Emoji, Reaction};
use chatchat_domain::{Error, UserId};
use uuid::Uuid;

use super::sound;

type Stored = (String, u32, Vec<Uuid>);

/// The reactions as one value; none of it if there are none.
pub(crate) fn encode(reactions: &[Reaction]) -> Result<Option<String>, Error> {
    if reactions.is_empty() {
        return Ok(None);
    }
    let stored: Vec<Stored> = reactions.iter().map(stored).collect();
    let json = serde_json::to_string(&stored);
    json.map(Some).map_err(|error| Error::Internal(format!("reactions: {error}")))
}

/// The reactions in this value.
pub(crate) fn decode(json: Option<&str>) -> Result<Vec<Reaction>, Error> {
    let Some(json) = json else { return Ok(Vec::new()) };
    let stored: Vec<Stored> =
        serde_json::from_str(json).map_err(|error| Error::Internal(format!("stored reactions: {error}")))?;
    stored.into_iter().map(reaction).collect()
}

fn stored(reaction: &Reaction) -> Stored {
    let users = reaction.users.iter().map(|user| Uuid::from_bytes(*user.as_bytes())).collect();
    (reaction.emoji.as_str().to_owned(), reaction.count, users)
}

fn reaction((emoji, count, users): Stored) -> Result<Reaction, Error> {
    let users = users.into_iter().map(|user| UserId::from_bytes(user.into_bytes())).collect();
    Ok(Reaction { emoji: sound(Emoji::new(&emoji))?, count, users })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactions_survive_the_store() {
        let reaction = |emoji: &str, count, users: Vec<UserId>| Reaction {
            emoji: Emoji::new(emoji).unwrap(),
            count,
            users,
        };
        let users: Vec<UserId> = (0..50).map(|n| UserId::from_bytes([n; 16])).collect();
        for reactions in [vec![], vec![reaction("👍🏽", 1, vec![users[0]]), reaction("❤", 9000, users)]]
        {
            assert_eq!(decode(encode(&reactions).unwrap().as_deref()), Ok(reactions));
        }
        assert!(decode(Some("[[\"x\",1,[]]]")).is_err() && decode(Some("{}")).is_err());
    }
}
