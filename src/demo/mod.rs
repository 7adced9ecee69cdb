//! A believable ten-storey book city, made up: two years of trade from a seed.
//!
//! Lives here: what the shop sells, who buys, when and for whom, and the same trade as a ledger file. It is data and nothing else:
//! no database, no clock, no global randomness, no floating point, so that equal arguments give equal shops on every machine.
//! Everything is made on demand, one customer at a time: the memory that it takes does not grow with the shop.
//! May import: `domain`.
//!
//! Sizes: 2,000 customers have about 17,000 orders; 100,000 have about 1,000,000 order lines, ten per customer. The ratio is
//! higher in small shops, since the regulars who buy every other week are 300 in every shop large enough.

mod baskets;
mod catalogue;
mod ledger_csv;
mod names;
mod opinions;
mod orders;
mod people;
mod personas;
mod random;
mod seasons;
mod shelves;
#[cfg(test)]
mod tests;

pub use baskets::DemoLine;
pub use catalogue::{CURRENCY, Catalogue, DemoCategory, DemoProduct};
pub use ledger_csv::{LedgerSize, write_ledger};
pub use opinions::{DemoAnswers, DemoFeedback, DemoResolution};
pub use orders::DemoOrder;
pub use people::{DemoCard, DemoCustomer, DemoRelation};
pub use shelves::Department;

use crate::domain::{instants::Instant, surveys::SurveyDraft};
use seasons::Calendar;

/// A shop with its customers and their two years of trade.
#[derive(Debug, Clone)]
pub struct DemoShop {
    seed: u64,
    customers: u32,
    calendar: Calendar,
    catalogue: Catalogue,
}

impl DemoShop {
    /// The shop with `customers` customers whose two years (730 days) of trade end at `until`. Equal arguments make equal shops.
    /// Up to 200 million customers have phone numbers of their own.
    pub fn new(seed: u64, customers: u32, until: Instant) -> Self {
        Self { seed, customers, calendar: Calendar::new(until), catalogue: Catalogue::new() }
    }

    /// Everything that the shop sells.
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The customer at `index`, from 0.
    pub fn customer(&self, index: u32) -> DemoCustomer {
        people::customer(self, index)
    }

    /// Every customer in order of index.
    pub fn customers(&self) -> impl Iterator<Item = DemoCustomer> + '_ {
        (0..self.customers).map(|index| self.customer(index))
    }

    /// The orders of one customer of this shop, earliest first.
    pub fn orders_of(&self, customer: &DemoCustomer) -> Vec<DemoOrder> {
        orders::orders_of(self, customer)
    }

    /// The orders of every customer, in order of customer and, within a customer, of time.
    pub fn orders(&self) -> impl Iterator<Item = DemoOrder> + '_ {
        self.customers().flat_map(|customer| self.orders_of(&customer))
    }

    /// The survey that the shop asks, and when it opens it.
    pub fn survey(&self) -> (SurveyDraft, Instant) {
        (opinions::survey(), opinions::survey_opened_at(self))
    }

    /// What its customers answer to the survey, earliest first.
    pub fn answers(&self) -> Vec<DemoAnswers> {
        opinions::answers(self)
    }

    /// What its customers say of their orders, earliest first.
    pub fn feedback(&self) -> Vec<DemoFeedback> {
        opinions::feedback(self)
    }

    /// The anonymous sales at the till, about one for every twenty sales to customers, earliest first.
    pub fn till_sales(&self) -> impl Iterator<Item = DemoOrder> + '_ {
        (0..seasons::DAYS).flat_map(|day| orders::till_sales_on(self, day))
    }
}
