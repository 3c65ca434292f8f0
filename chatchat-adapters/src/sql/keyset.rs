//! Places in lists: the sort key of the last item that was seen.

use std::str::FromStr;

use chatchat_domain::Error;
use chatchat_domain::page::{Cursor, Limit, PageRequest};

use super::types::Id;

/// A place in a list that is sorted by a time, then an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) at: i64,
    pub(crate) id: Id,
}

impl Place {
    /// Before everything, in ascending order.
    pub(crate) const OLDEST: Self = Self { at: i64::MIN, id: Id::LOWEST };
    /// Before everything, in descending order.
    pub(crate) const NEWEST: Self = Self { at: i64::MAX, id: Id::HIGHEST };

    /// Where `page` goes on; at `start` if it has no cursor.
    pub(crate) fn of(page: &PageRequest, start: Self) -> Result<Self, Error> {
        let Some(cursor) = &page.cursor else { return Ok(start) };
        let [at, id] = cursor.parts()?;
        Ok(Self { at: part(at)?, id: part(id)? })
    }

    pub(crate) fn cursor(self) -> Cursor {
        Cursor::new([self.at.to_string(), self.id.to_string()])
    }
}

/// A place in somebody's list of conversations: pinned ones first, then the newest activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListPlace {
    pub(crate) pinned: bool,
    pub(crate) place: Place,
}

impl ListPlace {
    /// Before everything.
    pub(crate) const FIRST: Self = Self { pinned: true, place: Place::NEWEST };

    /// Where `page` goes on.
    pub(crate) fn of(page: &PageRequest) -> Result<Self, Error> {
        let Some(cursor) = &page.cursor else { return Ok(Self::FIRST) };
        let [pinned, at, id] = cursor.parts()?;
        Ok(Self { pinned: part(pinned)?, place: Place { at: part(at)?, id: part(id)? } })
    }

    pub(crate) fn cursor(self) -> Cursor {
        let Place { at, id } = self.place;
        Cursor::new([self.pinned.to_string(), at.to_string(), id.to_string()])
    }
}

/// A place in a search of messages: in this conversation below this message, then in those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchPlace {
    pub(crate) place: Place,
    pub(crate) seq: i64,
}

impl SearchPlace {
    /// Where `page` goes on; before everything if it has no cursor.
    pub(crate) fn of(page: &PageRequest) -> Result<Self, Error> {
        let Some(cursor) = &page.cursor else { return Ok(Self { place: Place::NEWEST, seq: i64::MAX }) };
        let [at, id, seq] = cursor.parts()?;
        Ok(Self { place: Place { at: part(at)?, id: part(id)? }, seq: part(seq)? })
    }

    pub(crate) fn cursor(self) -> Cursor {
        let Place { at, id } = self.place;
        Cursor::new([at.to_string(), id.to_string(), self.seq.to_string()])
    }
}

/// A place in a list of matches, the best ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ranked {
    pub(crate) rank: i32,
    pub(crate) length: i64,
    pub(crate) id: Id,
}

impl Ranked {
    /// Where `page` goes on; before everything if it has no cursor.
    pub(crate) fn of(page: &PageRequest) -> Result<Self, Error> {
        let Some(cursor) = &page.cursor else { return Ok(Self { rank: 0, length: 0, id: Id::LOWEST }) };
        let [rank, length, id] = cursor.parts()?;
        Ok(Self { rank: part(rank)?, length: part(length)?, id: part(id)? })
    }

    pub(crate) fn cursor(self) -> Cursor {
        Cursor::new([self.rank.to_string(), self.length.to_string(), self.id.to_string()])
    }
}

impl Id {
    /// The place of this id in a list that is sorted by ids.
    pub(crate) fn cursor(self) -> Cursor {
        Cursor::new([self.to_string()])
    }
}

/// Where `page` goes on in a list that is sorted by ids, the newest first: below this one.
pub(crate) fn below(page: &PageRequest) -> Result<Id, Error> {
    let Some(cursor) = &page.cursor else { return Ok(Id::HIGHEST) };
    let [id] = cursor.parts()?;
    part(id)
}

/// How many rows to fetch for a page: one more than it holds, to see whether there is another.
pub(crate) fn one_more(limit: Limit) -> i64 {
    i64::try_from(limit.get()).unwrap_or(i64::MAX).saturating_add(1)
}

fn part<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Cursor::unknown().into())
}
