//! One good row of a ledger.

use std::cmp::Ordering;

use crate::domain::{
    catalogue::{ProductUser, ValueClass},
    customers::CardKind,
    instants::Instant,
    orders::{OrderChannel, OrderType},
};

/// Stands between the parts of a category's path.
pub const PATH_SEPARATOR: &str = " / ";

/// The texts of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text {
    CustomerRef,
    OrderRef,
    Store,
    Sku,
    Title,
    Category,
    CustomerName,
    Email,
    Phone,
    CardNumber,
}

/// The number of texts.
pub(super) const TEXTS: usize = 10;

/// The texts of a row in one piece of memory: a ledger has millions of rows, and each piece costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowTexts {
    text: Box<str>,
    ends: [u32; TEXTS],
}

impl RowTexts {
    pub(super) fn new(texts: &[&str; TEXTS]) -> Self {
        let mut text = String::with_capacity(texts.iter().map(|part| part.len()).sum());
        let ends = texts.map(|part| {
            text.push_str(part);
            // A record is no longer than 1 MiB.
            u32::try_from(text.len()).unwrap_or(u32::MAX)
        });
        Self { text: text.into_boxed_str(), ends }
    }

    pub(super) const fn from_parts(text: Box<str>, ends: [u32; TEXTS]) -> Self {
        Self { text, ends }
    }

    pub(super) const fn parts(&self) -> (&str, &[u32; TEXTS]) {
        (&self.text, &self.ends)
    }

    fn get(&self, which: Text) -> &str {
        let index = which as usize;
        let end = |index: usize| self.ends.get(index).and_then(|&end| usize::try_from(end).ok()).unwrap_or(0);
        let start = index.checked_sub(1).map_or(0, end);
        self.text.get(start..end(index)).unwrap_or_default()
    }
}

/// What a row says besides its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowFacts {
    pub line: u64,
    pub order_type: OrderType,
    pub placed_at: Instant,
    pub channel: OrderChannel,
    pub value_class: Option<ValueClass>,
    pub quantity: i64,
    pub unit_price: i64,
    pub discount: i64,
    pub rounded: bool,
    pub used_by: Option<ProductUser>,
    pub card_kind: Option<CardKind>,
    pub line_no: Option<i64>,
}

/// One good row of a ledger: a line of an order, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    pub(super) facts: RowFacts,
    pub(super) texts: RowTexts,
}

impl LedgerRow {
    /// The physical line of the file where the row starts; the first line of the file is 1.
    pub const fn line(&self) -> u64 {
        self.facts.line
    }

    /// Who bought, 1 to 100 characters; `None` for an anonymous order.
    pub fn customer_ref(&self) -> Option<&str> {
        self.optional(Text::CustomerRef)
    }

    /// The order or invoice, 1 to 100 characters.
    pub fn order_ref(&self) -> &str {
        self.texts.get(Text::OrderRef)
    }

    /// Bought or given back.
    pub const fn order_type(&self) -> OrderType {
        self.facts.order_type
    }

    /// When.
    pub const fn placed_at(&self) -> Instant {
        self.facts.placed_at
    }

    /// Where, up to 100 characters.
    pub fn store(&self) -> Option<&str> {
        self.optional(Text::Store)
    }

    /// How; `store` where the file does not say.
    pub const fn channel(&self) -> OrderChannel {
        self.facts.channel
    }

    /// What, 1 to 100 characters.
    pub fn sku(&self) -> &str {
        self.texts.get(Text::Sku)
    }

    /// The name of the goods, 1 to 500 characters; the SKU where the file has none.
    pub fn title(&self) -> &str {
        self.texts.get(Text::Title)
    }

    /// The path of the category, its parts joined by ` / `.
    pub fn category(&self) -> Option<&str> {
        self.optional(Text::Category)
    }

    /// The parts of the category's path from the root on, each 1 to 200 characters; none without a category.
    pub fn category_path(&self) -> impl Iterator<Item = &str> {
        self.category().into_iter().flat_map(|path| path.split(PATH_SEPARATOR))
    }

    /// The value class of the category; never without a category.
    pub const fn value_class(&self) -> Option<ValueClass> {
        self.facts.value_class
    }

    /// Pieces, 1 to 1,000,000.
    pub const fn quantity(&self) -> i64 {
        self.facts.quantity
    }

    /// Price of one piece before discount, in minor units, not negative.
    pub const fn unit_price_minor(&self) -> i64 {
        self.facts.unit_price
    }

    /// What was taken off the line, in minor units, from 0 to `quantity · unit_price`.
    pub const fn discount_minor(&self) -> i64 {
        self.facts.discount
    }

    /// `quantity · unit_price − discount`, in minor units, not negative.
    pub const fn total_minor(&self) -> i64 {
        // Checked when the row was read.
        self.facts.quantity.saturating_mul(self.facts.unit_price).saturating_sub(self.facts.discount)
    }

    /// Whether an amount had more decimals than the currency has, and lost some.
    pub const fn rounded(&self) -> bool {
        self.facts.rounded
    }

    /// Who will use the goods, where the file says.
    pub const fn used_by(&self) -> Option<ProductUser> {
        self.facts.used_by
    }

    /// The kind of the customer's card, where the file says.
    pub const fn card_kind(&self) -> Option<CardKind> {
        self.facts.card_kind
    }

    /// The customer's name, up to 200 characters.
    pub fn customer_name(&self) -> Option<&str> {
        self.optional(Text::CustomerName)
    }

    /// The customer's e-mail address, up to 254 characters.
    pub fn email(&self) -> Option<&str> {
        self.optional(Text::Email)
    }

    /// The customer's telephone number in E.164.
    pub fn phone(&self) -> Option<&str> {
        self.optional(Text::Phone)
    }

    /// The number of the customer's card, up to 50 characters.
    pub fn card_number(&self) -> Option<&str> {
        self.optional(Text::CardNumber)
    }

    /// The number of the line in its order, 1 to 1,000,000, where the file says.
    pub const fn line_no(&self) -> Option<i64> {
        self.facts.line_no
    }

    /// The order in which rows are imported: by customer (anonymous last), order, type (sales first) and line of the file.
    pub fn import_order(&self, other: &Self) -> Ordering {
        let anonymous = |row: &Self| row.customer_ref().is_none();
        anonymous(self)
            .cmp(&anonymous(other))
            .then_with(|| self.customer_ref().cmp(&other.customer_ref()))
            .then_with(|| self.order_ref().cmp(other.order_ref()))
            .then_with(|| self.order_type().cmp(&other.order_type()))
            .then_with(|| self.line().cmp(&other.line()))
    }

    fn optional(&self, which: Text) -> Option<&str> {
        Some(self.texts.get(which)).filter(|text| !text.is_empty())
    }
}
