//! The columns that a ledger can have, and where a file keeps them.

use crate::domain::TextEnum;

text_enum! {
    /// A column of a ledger.
    Column {
        CustomerRef = "customer_ref",
        OrderRef = "order_ref",
        PlacedAt = "placed_at",
        Store = "store",
        Channel = "channel",
        Sku = "sku",
        Title = "title",
        Category = "category",
        ValueClass = "value_class",
        Quantity = "quantity",
        LineTotal = "line_total",
        UsedBy = "used_by",
        CardKind = "card_kind",
        CustomerName = "customer_name",
        Email = "email",
        Phone = "phone",
        CardNumber = "card_number",
        UnitPrice = "unit_price",
        Discount = "discount",
        OrderType = "order_type",
        LineNo = "line_no",
        Currency = "currency",
    }
}

/// The number of columns.
const COLUMNS: usize = Column::ALL.len();

/// Headers that a message lists at most.
const LISTED_HEADERS: usize = 40;

/// One value for each column.
#[derive(Debug, Clone, Copy)]
pub(super) struct PerColumn<T>([T; COLUMNS]);

impl<T> PerColumn<T> {
    pub(super) fn from_fn(mut value: impl FnMut(Column) -> T) -> Self {
        // There are as many values as columns, so the fallback column is never asked for.
        Self(std::array::from_fn(|index| value(Column::ALL.get(index).copied().unwrap_or(Column::CustomerRef))))
    }

    pub(super) fn get(&self, column: Column) -> Option<&T> {
        self.0.get(column as usize)
    }

    pub(super) fn set(&mut self, column: Column, value: T) {
        if let Some(slot) = self.0.get_mut(column as usize) {
            *slot = value;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Column, &T)> {
        Column::ALL.iter().copied().zip(&self.0)
    }
}

/// The text of each column in one record; empty where the record has none.
pub(super) type Cells<'a> = PerColumn<&'a str>;

impl<'a> Cells<'a> {
    pub(super) fn empty() -> Self {
        Self([""; COLUMNS])
    }

    pub(super) fn text(&self, column: Column) -> &'a str {
        self.get(column).copied().unwrap_or_default()
    }
}

/// Where a file keeps each column.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The position of each column among the file's headers.
    pub positions: PerColumn<Option<usize>>,
    /// The headers that are no column's.
    pub ignored: Vec<String>,
}

impl Layout {
    /// Finds each column among `headers` by the name that `names` gives it; ASCII case does not matter.
    ///
    /// # Errors
    /// A column that several headers give.
    pub(super) fn find<'h>(headers: &[&'h str], names: &PerColumn<Option<String>>) -> Result<Self, Column> {
        let mut positions = PerColumn::from_fn(|_| None);
        let mut used = vec![false; headers.len()];
        for (column, name) in names.iter() {
            let name = name.as_deref().unwrap_or(column.as_str());
            let same = |header: &&'h str| header.eq_ignore_ascii_case(name);
            let mut found = headers.iter().enumerate().filter(|(_, header)| same(header)).map(|(position, _)| position);
            let Some(position) = found.next() else { continue };
            if found.next().is_some() {
                return Err(column);
            }
            positions.set(column, Some(position));
            if let Some(used) = used.get_mut(position) {
                *used = true;
            }
        }
        let ignored = headers.iter().zip(&used).filter(|(header, used)| !**used && !header.is_empty());
        Ok(Self { positions, ignored: ignored.map(|(header, _)| printable(header, 200)).collect() })
    }
}

/// The columns that a ledger needs and neither `has` nor a default gives. With `all_named` every column that the caller gave a name
/// must be there too: in a header its absence is a slip of the pen.
pub(super) fn missing(
    has: impl Fn(Column) -> bool,
    names: &PerColumn<Option<String>>,
    defaults: &PerColumn<Option<String>>,
    all_named: bool,
) -> Vec<String> {
    let defaulted = |column| defaults.get(column).is_some_and(Option::is_some);
    let given = |column| has(column) || defaulted(column);
    let name = |column: Column| match names.get(column).and_then(Option::as_deref) {
        Some(mapped) => format!("{column} (looked for as '{}')", printable(mapped, 200)),
        None => column.to_string(),
    };
    let needed = [Column::OrderRef, Column::PlacedAt, Column::Sku, Column::Quantity];
    let mapped = names.iter().filter(|(_, name)| all_named && name.is_some()).map(|(column, _)| column);
    let mut missing: Vec<Column> = needed.into_iter().filter(|&column| !given(column)).collect();
    for column in mapped.filter(|&column| !has(column)) {
        if !missing.contains(&column) {
            missing.push(column);
        }
    }
    let mut named: Vec<String> = missing.iter().map(|&column| name(column)).collect();
    if !given(Column::LineTotal)
        && !given(Column::UnitPrice)
        && !missing.iter().any(|it| matches!(it, Column::LineTotal | Column::UnitPrice))
    {
        named.push("line_total or unit_price".to_owned());
    }
    named
}

/// The headers of a file as a message lists them.
pub(super) fn listed(headers: &[&str]) -> Vec<String> {
    headers.iter().take(LISTED_HEADERS).map(|header| printable(header, 200)).collect()
}

/// At most `limit` characters of `text`, with `�` for control characters: NUL can not be stored in every database.
pub(super) fn printable(text: &str, limit: usize) -> String {
    text.chars().take(limit).map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> PerColumn<Option<String>> {
        PerColumn::from_fn(|_| None)
    }

    fn with(column: Column, text: &str) -> PerColumn<Option<String>> {
        let mut values = nothing();
        values.set(column, Some(text.to_owned()));
        values
    }

    #[test]
    fn keeps_one_value_for_each_column() {
        let values = PerColumn::from_fn(|column| column);
        for &column in Column::ALL {
            assert_eq!(values.get(column), Some(&column));
        }
    }

    #[test]
    fn finds_columns_by_their_name_or_the_mapped_one() {
        let names = with(Column::OrderRef, "InvoiceNo");
        let layout = Layout::find(&["SKU", "invoiceno", "order_ref", "", "Country"], &names).unwrap();
        assert_eq!(layout.positions.get(Column::Sku), Some(&Some(0)));
        assert_eq!(layout.positions.get(Column::OrderRef), Some(&Some(1)));
        assert_eq!(layout.positions.get(Column::Title), Some(&None));
        assert_eq!(layout.ignored, ["order_ref", "Country"]);
    }

    #[test]
    fn refuses_two_headers_for_one_column() {
        assert_eq!(Layout::find(&["sku", "title", "SKU"], &nothing()).unwrap_err(), Column::Sku);
    }

    #[test]
    fn names_what_is_missing() {
        let given = |columns: &'static [Column]| move |column| columns.contains(&column);
        use Column::{Discount, LineTotal, OrderRef, PlacedAt, Quantity, Sku, UnitPrice};
        assert!(missing(given(&[OrderRef, PlacedAt, Sku, Quantity, LineTotal]), &nothing(), &nothing(), true).is_empty());
        assert!(missing(given(&[OrderRef, PlacedAt, Sku, UnitPrice]), &nothing(), &with(Quantity, "1"), true).is_empty());
        assert_eq!(missing(given(&[OrderRef, Sku, Quantity]), &nothing(), &nothing(), true), ["placed_at", "line_total or unit_price"]);
        let named = missing(given(&[OrderRef, PlacedAt, Sku, Quantity, LineTotal]), &with(Discount, "Rabatt"), &nothing(), true);
        assert_eq!(named, ["discount (looked for as 'Rabatt')"]);
        assert!(missing(given(&[OrderRef, PlacedAt, Sku, Quantity, LineTotal]), &with(Discount, "Rabatt"), &nothing(), false).is_empty());
        let named = missing(given(&[OrderRef, PlacedAt, Sku, Quantity]), &with(LineTotal, "Sum"), &nothing(), true);
        assert_eq!(named, ["line_total (looked for as 'Sum')"]);
    }
}
