//! From the texts of a record to a row: every rule that a row must meet.

use std::collections::HashMap;

use super::{
    amounts::{AmountFault, LineAmounts, StatedAmounts},
    cells,
    columns::{Cells, Column, PerColumn},
    decimals::Scaled,
    faults::{CellFault, LedgerFileError, RowReject},
    options::LedgerOptions,
    row::{LedgerRow, RowFacts, RowTexts},
};
use crate::domain::{
    catalogue::{ProductUser, ValueClass},
    customers::CardKind,
    orders::{OrderChannel, OrderType},
};

/// Characters of references, SKUs and stores.
const MAX_REF_CHARS: usize = 100;
const MAX_TITLE_CHARS: usize = 500;
const MAX_NAME_CHARS: usize = 200;
const MAX_CARD_CHARS: usize = 50;

/// Categories of one file: what is remembered of them must stay small.
const MAX_CATEGORIES: usize = 100_000;

/// Makes rows, and remembers the value class of each category met.
#[derive(Debug)]
pub(super) struct RowParser {
    options: LedgerOptions,
    defaults: Vec<(Column, String)>,
    headers: PerColumn<String>,
    classes: HashMap<Box<str>, (ValueClass, u64)>,
}

impl RowParser {
    pub(super) fn new(options: &LedgerOptions) -> Self {
        let defaults = options.defaults.iter().filter_map(|(column, text)| Some((column, text.clone()?))).collect();
        let headers = PerColumn::from_fn(|column| options.name(column).to_owned());
        Self { options: options.clone(), defaults, headers, classes: HashMap::new() }
    }

    pub(super) const fn options(&self) -> &LedgerOptions {
        &self.options
    }

    /// The row that starts on `line`, or why it is none.
    ///
    /// # Errors
    /// [`LedgerFileError::TooManyCategories`].
    pub(super) fn parse(&mut self, line: u64, given: &Cells<'_>) -> Result<Result<LedgerRow, RowReject>, LedgerFileError> {
        let Self { options, defaults, headers, classes } = self;
        let mut cells = *given;
        for (column, text) in defaults {
            if cells.text(*column).is_empty() {
                cells.set(*column, text);
            }
        }
        let checked = match read_row(options, line, &cells) {
            Ok(row) => remember_class(classes, &row)?.map(|()| row),
            Err(fault) => Err(fault),
        };
        Ok(checked.map_err(|fault| {
            let header = headers.get(fault.column).cloned();
            RowReject::new(line, header, fault.code, cells.text(fault.column), fault.message)
        }))
    }

    /// The same for a value that is no text to begin with.
    pub(super) fn reject(&self, line: u64, fault: CellFault, value: &str) -> RowReject {
        RowReject::new(line, self.headers.get(fault.column).cloned(), fault.code, value, fault.message)
    }
}

/// Checks one cell by itself.
pub(super) fn check_cell(options: &LedgerOptions, column: Column, cells: &Cells<'_>) -> Result<(), CellFault> {
    match column {
        Column::CustomerRef | Column::OrderRef | Column::Store | Column::Sku => cells::text(cells, column, MAX_REF_CHARS).map(drop),
        Column::Title => cells::text(cells, column, MAX_TITLE_CHARS).map(drop),
        Column::CustomerName => cells::text(cells, column, MAX_NAME_CHARS).map(drop),
        Column::CardNumber => cells::token(cells, column, MAX_CARD_CHARS).map(drop),
        Column::PlacedAt => cells::instant(cells, column, &options.dates).map(drop),
        Column::Channel => cells::word::<OrderChannel>(cells, column).map(drop),
        Column::Category => cells::category(cells).map(drop),
        Column::ValueClass => cells::word::<ValueClass>(cells, column).map(drop),
        Column::Quantity => cells::quantity(cells).map(drop),
        Column::LineTotal | Column::UnitPrice | Column::Discount => cells::money(cells, column, options.currency().exponent()).map(drop),
        Column::UsedBy => cells::word::<ProductUser>(cells, column).map(drop),
        Column::CardKind => cells::word::<CardKind>(cells, column).map(drop),
        Column::Email => cells::email(cells).map(drop),
        Column::Phone => cells::phone(cells).map(drop),
        Column::OrderType => cells::word::<OrderType>(cells, column).map(drop),
        Column::LineNo => cells::line_no(cells).map(drop),
        Column::Currency => check_currency(options, cells),
    }
}

fn read_row(options: &LedgerOptions, line: u64, cells: &Cells<'_>) -> Result<LedgerRow, CellFault> {
    let customer_ref = cells::text(cells, Column::CustomerRef, MAX_REF_CHARS)?;
    let order_ref = cells::required(cells, Column::OrderRef, MAX_REF_CHARS)?;
    let placed_at = cells::instant(cells, Column::PlacedAt, &options.dates)?;
    let store = cells::text(cells, Column::Store, MAX_REF_CHARS)?;
    let channel = cells::word(cells, Column::Channel)?.unwrap_or(OrderChannel::Store);
    let sku = cells::required(cells, Column::Sku, MAX_REF_CHARS)?;
    let title = cells::text(cells, Column::Title, MAX_TITLE_CHARS)?;
    let category = cells::category(cells)?;
    let value_class = cells::word(cells, Column::ValueClass)?;
    if value_class.is_some() && category.is_empty() {
        return Err(CellFault::new(Column::ValueClass, "category_required", "belongs to a category, and the row has none"));
    }
    let (order_type, quantity) = order_type(cells)?;
    check_currency(options, cells)?;
    let (LineAmounts { unit_price, discount }, rounded) = amounts(options, cells, order_type, quantity)?;
    let used_by = cells::word(cells, Column::UsedBy)?;
    let card_kind = cells::word(cells, Column::CardKind)?;
    let customer_name = cells::text(cells, Column::CustomerName, MAX_NAME_CHARS)?;
    let email = cells::email(cells)?;
    let phone = cells::phone(cells)?;
    let card_number = cells::token(cells, Column::CardNumber, MAX_CARD_CHARS)?;
    let line_no = cells::line_no(cells)?;
    let title = if title.is_empty() { sku } else { title };
    // In the order of `Text`.
    let texts = RowTexts::new(&[customer_ref, order_ref, store, sku, title, &category, customer_name, email, &phone, card_number]);
    let facts = RowFacts {
        line,
        order_type,
        placed_at,
        channel,
        value_class,
        quantity,
        unit_price,
        discount,
        rounded,
        used_by,
        card_kind,
        line_no,
    };
    Ok(LedgerRow { facts, texts })
}

/// Sale or return, and the number of pieces, at least 1. A negative quantity is a return; so is any that is called one.
fn order_type(cells: &Cells<'_>) -> Result<(OrderType, i64), CellFault> {
    let quantity = cells::quantity(cells)?;
    let order_type = match (cells::word(cells, Column::OrderType)?, quantity < 0) {
        (Some(OrderType::Sale), true) => {
            return Err(CellFault::new(Column::OrderType, "contradiction", "must not be sale where the quantity is negative"));
        }
        (Some(OrderType::Return), _) | (None, true) => OrderType::Return,
        (Some(OrderType::Sale) | None, false) => OrderType::Sale,
    };
    let pieces = quantity.checked_abs().ok_or_else(|| cells::overflow(Column::Quantity))?;
    Ok((order_type, pieces))
}

/// Price and discount, and whether an amount was rounded.
fn amounts(options: &LedgerOptions, cells: &Cells<'_>, order_type: OrderType, quantity: i64) -> Result<(LineAmounts, bool), CellFault> {
    let read = |column| -> Result<Option<Scaled>, CellFault> {
        let Some(Scaled { minor, rounded }) = cells::money(cells, column, options.currency().exponent())? else { return Ok(None) };
        if minor < 0 && order_type == OrderType::Sale {
            return Err(CellFault::new(column, "range", "must not be negative on a line that is sold"));
        }
        // Ledgers write what is given back with either sign.
        let minor = minor.checked_abs().ok_or_else(|| cells::overflow(column))?;
        Ok(Some(Scaled { minor, rounded }))
    };
    let (unit_price, discount, line_total) = (read(Column::UnitPrice)?, read(Column::Discount)?, read(Column::LineTotal)?);
    let rounded = [unit_price, discount, line_total].iter().flatten().any(|amount| amount.rounded);
    let [unit_price, discount, line_total] = [unit_price, discount, line_total].map(|amount| amount.map(|it| it.minor));
    let line = StatedAmounts { quantity, unit_price, discount, line_total }.line();
    let stated = if line_total.is_some() { Column::LineTotal } else { Column::UnitPrice };
    let line = line.map_err(|fault| match fault {
        AmountFault::Missing => CellFault::new(Column::LineTotal, "required", "line_total or unit_price must be given"),
        AmountFault::DiscountTooLarge => CellFault::new(Column::Discount, "range", "must not be larger than quantity times unit_price"),
        AmountFault::Mismatch => CellFault::new(Column::LineTotal, "total_mismatch", "must be quantity times unit_price minus discount"),
        AmountFault::Overflow => cells::overflow(stated),
    })?;
    Ok((line, rounded))
}

fn check_currency(options: &LedgerOptions, cells: &Cells<'_>) -> Result<(), CellFault> {
    let (text, currency) = (cells.text(Column::Currency), options.currency());
    if text.is_empty() || text == currency.as_str() {
        return Ok(());
    }
    Err(CellFault::new(Column::Currency, "currency", format!("must be {currency}")))
}

/// Remembers the value class of the row's category; the inner error is a row that contradicts what an earlier one said.
fn remember_class(classes: &mut HashMap<Box<str>, (ValueClass, u64)>, row: &LedgerRow) -> Result<Result<(), CellFault>, LedgerFileError> {
    let (Some(category), Some(class)) = (row.category(), row.value_class()) else { return Ok(Ok(())) };
    match classes.get(category) {
        Some(&(known, _)) if known == class => Ok(Ok(())),
        Some((known, line)) => {
            let message = format!("must be {known}, as line {line} says of the same category");
            Ok(Err(CellFault::new(Column::ValueClass, "value_class_conflict", message)))
        }
        None if classes.len() >= MAX_CATEGORIES => Err(LedgerFileError::TooManyCategories { line: row.line(), limit: MAX_CATEGORIES }),
        None => {
            classes.insert(category.into(), (class, row.line()));
            Ok(Ok(()))
        }
    }
}
