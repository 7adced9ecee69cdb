//! What one customer has bought, as the five factors see it: raw amounts, never points, so that any model can be tried on them.

use super::UserSource;
use crate::domain::{
    catalogue::{ProductUser, ValueClass},
    instants::Instant,
};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Why an amount can not be added to a customer's measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// A count or a net amount below zero; net amounts of sales and of returns never are.
    #[error("a measure of a customer's purchases is below zero")]
    Negative,
    /// The customer's amounts together exceed 64 bits of minor units.
    #[error("a customer's purchases exceed 64 bits of minor units")]
    Overflow,
}

/// Amounts in minor units by key, in order of the key; keys without an amount are absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amounts<K>(Vec<(K, i64)>);

impl<K> Default for Amounts<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Ord> Amounts<K> {
    /// Every key that has been added to, with its amount, ascending by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (K, i64)> {
        self.0.iter().copied()
    }

    /// The amount of one key; 0 where nothing was added.
    pub fn get(&self, key: K) -> i64 {
        self.iter().find(|(known, _)| *known == key).map_or(0, |(_, amount)| amount)
    }

    /// The caller has made sure that the total of all keys, and so each amount, fits.
    fn add(&mut self, key: K, amount_minor: i64) {
        match self.0.binary_search_by_key(&key, |(known, _)| *known) {
            Ok(at) => self.0.get_mut(at).into_iter().for_each(|(_, amount)| *amount = amount.saturating_add(amount_minor)),
            Err(at) => self.0.insert(at, (key, amount_minor)),
        }
    }
}

/// The half-open span (`as_of` − W days, `as_of`] whose purchases count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The last instant that is no longer in it; `None` where it reaches back before every instant that can be held.
    pub start: Option<Instant>,
    /// The instant of scoring, which is in it.
    pub as_of: Instant,
}

impl Window {
    /// Whether a purchase at `placed_at` is in the window.
    pub fn contains(&self, placed_at: Instant) -> bool {
        placed_at <= self.as_of && self.start.is_none_or(|start| placed_at > start)
    }
}

/// The raw measures of one customer at one instant: what the live score reads now and what a run reads for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measures {
    last_purchase_at: Option<Instant>,
    frequency: i64,
    purchases_minor: i64,
    returns_minor: i64,
    by_class: Amounts<ValueClass>,
    by_user: Amounts<(ProductUser, UserSource)>,
}

/// The three measures that pass through cuts, so turned that more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goodness {
    /// Minus the whole days since the last purchase, ≤ 0.
    pub recency: i64,
    /// Purchases in the window, ≥ 0.
    pub frequency: i64,
    /// Net amount bought in the window less returns, in minor units, ≥ 0.
    pub monetary: i64,
}

impl Measures {
    /// Measures without any line yet.
    ///
    /// `last_purchase_at` is that of any purchase up to the instant of scoring, in the window or not, and `None` for a customer who has never bought;
    /// `frequency` counts the purchases in the window; `returns_minor` is the absolute net amount of the returns in the window.
    ///
    /// # Errors
    /// [`MeasureError::Negative`] for a count or an amount below zero.
    pub fn new(last_purchase_at: Option<Instant>, frequency: i64, returns_minor: i64) -> Result<Self, MeasureError> {
        if frequency < 0 || returns_minor < 0 {
            return Err(MeasureError::Negative);
        }
        Ok(Self { last_purchase_at, frequency, returns_minor, ..Self::default() })
    }

    /// Adds a purchase, its lines apart. One before the window says when the customer last bought, and no more.
    pub fn add_purchase(&mut self, placed_at: Instant, in_window: bool) {
        self.last_purchase_at = self.last_purchase_at.max(Some(placed_at));
        self.frequency = self.frequency.saturating_add(in_window.into());
    }

    /// Adds a return in the window: `net_minor` is the absolute net amount of its lines, in minor units.
    ///
    /// # Errors
    /// [`MeasureError`] for a negative amount, or when the customer's total leaves 64 bits; the measures are then as before.
    pub fn add_return(&mut self, net_minor: i64) -> Result<(), MeasureError> {
        if net_minor < 0 {
            return Err(MeasureError::Negative);
        }
        self.returns_minor = self.returns_minor.checked_add(net_minor).ok_or(MeasureError::Overflow)?;
        Ok(())
    }

    /// Adds a purchase's line in the window, or the sum of many of one class, user and source: the sum is the same in any grouping and order.
    /// `net_minor` is quantity × unit price − discount − refunded, without shipping, in minor units.
    ///
    /// # Errors
    /// [`MeasureError`] for a negative amount, or when the customer's total leaves 64 bits; the measures are then as before.
    pub fn add_line(&mut self, class: ValueClass, user: ProductUser, source: UserSource, net_minor: i64) -> Result<(), MeasureError> {
        if net_minor < 0 {
            return Err(MeasureError::Negative);
        }
        self.purchases_minor = self.purchases_minor.checked_add(net_minor).ok_or(MeasureError::Overflow)?;
        self.by_class.add(class, net_minor);
        self.by_user.add((user, source), net_minor);
        Ok(())
    }

    /// When the customer last bought, in the window or before it.
    pub const fn last_purchase_at(&self) -> Option<Instant> {
        self.last_purchase_at
    }

    /// Number of purchases in the window.
    pub const fn frequency(&self) -> i64 {
        self.frequency
    }

    /// Net amount of the purchases in the window, in minor units: the sum of [`Self::by_class`] and of [`Self::by_user`].
    pub const fn purchases_minor(&self) -> i64 {
        self.purchases_minor
    }

    /// Absolute net amount of the returns in the window, in minor units.
    pub const fn returns_minor(&self) -> i64 {
        self.returns_minor
    }

    /// Purchases less returns, never below 0, in minor units: the raw measure of factor `monetary`.
    pub fn monetary_minor(&self) -> i64 {
        self.purchases_minor.saturating_sub(self.returns_minor).max(0)
    }

    /// The purchases in the window by value class, in minor units; returns take no part.
    pub const fn by_class(&self) -> &Amounts<ValueClass> {
        &self.by_class
    }

    /// The purchases in the window by who uses the goods and how that is known, in minor units; returns take no part.
    pub const fn by_user(&self) -> &Amounts<(ProductUser, UserSource)> {
        &self.by_user
    }

    /// The measures that pass through cuts; `None` for a customer without any purchase, who has no score and is no part of the population.
    pub fn goodness(&self, as_of: Instant) -> Option<Goodness> {
        let recency = -recency_days(self.last_purchase_at?, as_of);
        Some(Goodness { recency, frequency: self.frequency, monetary: self.monetary_minor() })
    }
}

/// Whole days from `last` to `as_of`, floored; 0 where `last` is the later one, which a purchase that counts never is.
pub fn recency_days(last: Instant, as_of: Instant) -> i64 {
    as_of.micros().saturating_sub(last.micros()).max(0) / MICROS_PER_DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn recency_counts_whole_days_only() {
        for (last, as_of, days) in [
            ("2026-06-12T09:00:00Z", "2026-06-30T00:00:00Z", 17),
            ("2026-06-30T00:00:00Z", "2026-06-30T00:00:00Z", 0),
            ("2026-06-29T00:00:00.000001Z", "2026-06-30T00:00:00Z", 0),
            ("2026-06-29T00:00:00Z", "2026-06-30T00:00:00Z", 1),
            ("2026-06-28T00:00:00.000001Z", "2026-06-30T00:00:00Z", 1),
            ("2024-02-28T12:00:00Z", "2024-03-01T12:00:00Z", 2),
            ("1969-12-31T23:59:59Z", "1970-01-01T23:59:58Z", 0),
            ("1969-12-30T00:00:00Z", "1970-01-02T00:00:00Z", 3),
            ("2026-07-01T00:00:00Z", "2026-06-30T00:00:00Z", 0),
            ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", 3_652_058),
        ] {
            assert_eq!(recency_days(at(last), at(as_of)), days, "{last} to {as_of}");
        }
    }

    #[test]
    fn lines_add_up_by_class_and_by_user() {
        let mut measures = Measures::new(Some(at("2026-06-12T09:00:00Z")), 2, 300).unwrap();
        measures.add_line(ValueClass::High, ProductUser::Self_, UserSource::Line, 500).unwrap();
        measures.add_line(ValueClass::Everyday, ProductUser::Self_, UserSource::Line, 20).unwrap();
        measures.add_line(ValueClass::Everyday, ProductUser::Child, UserSource::Beneficiary, 7).unwrap();
        measures.add_line(ValueClass::Everyday, ProductUser::Child, UserSource::Product, 0).unwrap();
        assert_eq!((measures.purchases_minor(), measures.monetary_minor()), (527, 227));
        assert_eq!(measures.by_class().iter().collect::<Vec<_>>(), [(ValueClass::High, 500), (ValueClass::Everyday, 27)]);
        assert_eq!(measures.by_user().get((ProductUser::Self_, UserSource::Line)), 520);
        assert_eq!(measures.by_user().get((ProductUser::Child, UserSource::Beneficiary)), 7);
        assert_eq!(measures.by_user().get((ProductUser::Gift, UserSource::Line)), 0);
    }

    #[test]
    fn more_returned_than_bought_is_nothing_bought() {
        let mut measures = Measures::new(Some(at("2026-06-12T09:00:00Z")), 1, i64::MAX).unwrap();
        measures.add_line(ValueClass::High, ProductUser::Self_, UserSource::Line, 500).unwrap();
        assert_eq!(measures.monetary_minor(), 0);
    }

    #[test]
    fn purchases_add_up_in_any_order() {
        let mut measures = Measures::default();
        measures.add_purchase(at("2026-06-12T09:00:00Z"), true);
        measures.add_purchase(at("2024-06-12T09:00:00Z"), false);
        measures.add_return(30).unwrap();
        measures.add_return(70).unwrap();
        assert_eq!(measures, Measures::new(Some(at("2026-06-12T09:00:00Z")), 1, 100).unwrap());
        assert_eq!(measures.add_return(i64::MAX), Err(MeasureError::Overflow));
        assert_eq!(measures.add_return(-1), Err(MeasureError::Negative));
        assert_eq!(measures.returns_minor(), 100);
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut measures = Measures::new(Some(at("2026-06-12T09:00:00Z")), 1, 0).unwrap();
        measures.add_line(ValueClass::High, ProductUser::Self_, UserSource::Line, i64::MAX).unwrap();
        let before = measures.clone();
        assert_eq!(measures.add_line(ValueClass::Everyday, ProductUser::Gift, UserSource::Line, 1), Err(MeasureError::Overflow));
        assert_eq!(measures.add_line(ValueClass::High, ProductUser::Self_, UserSource::Line, -1), Err(MeasureError::Negative));
        assert_eq!(measures, before);
        assert_eq!(Measures::new(None, -1, 0), Err(MeasureError::Negative));
        assert_eq!(Measures::new(None, 0, -1), Err(MeasureError::Negative));
    }
}
