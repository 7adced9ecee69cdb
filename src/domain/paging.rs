//! Keyset pages: a page begins after a position, never at an offset, so it stays put while rows are added and page 1,000 costs what page 1 does.

use uuid::Uuid;

use super::ids::Id;

/// The most items a page can have.
pub const MAX_LIMIT: u32 = 200;
/// The items of a page when nothing else is asked.
pub const DEFAULT_LIMIT: u32 = 50;

/// The last item of a page: its sort key (microseconds or a score; 0 where the id alone sorts) and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The sort key.
    pub key: i64,
    /// The id, which makes the order total.
    pub id: Uuid,
}

impl Position {
    /// Where the id alone sorts.
    pub fn of<T>(id: Id<T>) -> Self {
        Self { key: 0, id: id.uuid() }
    }
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest or oldest first.
    Ascending,
    /// Largest or newest first.
    Descending,
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<S> {
    /// What the list is sorted by.
    pub sort: S,
    /// The position the page begins after; none for the first page.
    pub after: Option<Position>,
    /// The most items.
    pub limit: u32,
    /// Whether all that match are counted too.
    pub with_total: bool,
}

impl<S> PageRequest<S> {
    /// Rows to ask the database for: one more than the page holds tells whether there is a next one.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items in order.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
    /// How many items match in all, when asked for.
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// A page from up to `limit + 1` rows; `position` tells where an item stands.
    pub fn from_rows<S>(mut items: Vec<T>, request: &PageRequest<S>, total: Option<i64>, position: impl Fn(&T) -> Position) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(position) } else { None };
        Self { items, next, total }
    }

    /// The same page of other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next, total: self.total }
    }
}

/// A sort order of a list: a named set, `field` or `-field`.
pub trait SortOrder: super::TextEnum {
    /// Which way it runs.
    fn direction(self) -> Direction {
        if self.as_str().starts_with('-') { Direction::Descending } else { Direction::Ascending }
    }
}

text_enum! {
    /// What a list may carry besides its items.
    Include {
        /// `total`: how many items match in all.
        Total = "total",
    }
}
