//! The categories of a ledger, made before its invoices: so a category has the class that the file states whichever row comes first.

use std::collections::BTreeMap;

use super::KnownCategory;
use crate::{
    db::DbConnection,
    domain::{
        catalogue::{CategoryDraft, CategoryPath, ValueClass},
        imports::Changes,
        instants::Instant,
        ledger::{LedgerFileError, LedgerRow, PATH_SEPARATOR},
        precondition::Precondition,
    },
    error::Error,
    services::categories,
};

/// Categories of one file: what is remembered of them must stay small.
const MAX_CATEGORIES: usize = 100_000;

/// Every category that a file names, with all that stand above it, and the class that the file states.
#[derive(Debug, Default)]
pub struct CategoryPaths(BTreeMap<Box<str>, Option<ValueClass>>);

impl CategoryPaths {
    /// Takes the category of a row in.
    ///
    /// # Errors
    /// [`LedgerFileError::TooManyCategories`].
    pub fn add(&mut self, row: &LedgerRow) -> Result<(), LedgerFileError> {
        let Some(path) = row.category() else { return Ok(()) };
        match self.0.get_mut(path) {
            Some(class) => *class = class.or(row.value_class()),
            None => {
                for (end, _) in path.match_indices(PATH_SEPARATOR) {
                    if let Some(above) = path.get(..end)
                        && !self.0.contains_key(above)
                    {
                        self.0.insert(above.into(), None);
                    }
                }
                self.0.insert(path.into(), row.value_class());
            }
        }
        if self.0.len() > MAX_CATEGORIES {
            return Err(LedgerFileError::TooManyCategories { line: row.line(), limit: MAX_CATEGORIES });
        }
        Ok(())
    }

    /// The categories in parts of at most `size`; what stands above comes before what stands below.
    pub fn parts(&self, size: usize) -> impl Iterator<Item = Vec<(Box<str>, Option<ValueClass>)>> {
        let mut paths = self.0.iter().map(|(path, class)| (path.clone(), *class)).peekable();
        std::iter::from_fn(move || paths.peek().is_some().then(|| paths.by_ref().take(size.max(1)).collect()))
    }
}

/// Categories by their joined path.
type PathsKnown = Vec<(Box<str>, KnownCategory)>;

/// Finds or makes categories. One that states no class takes the file's.
///
/// # Errors
/// The database's.
pub fn ensure_categories(
    tx: &mut DbConnection,
    now: Instant,
    paths: Vec<(Box<str>, Option<ValueClass>)>,
) -> Result<(PathsKnown, Changes), Error> {
    let named: Vec<CategoryPath> = paths
        .iter()
        .map(|(path, value_class)| CategoryPath {
            names: path.split(PATH_SEPARATOR).map(str::to_owned).collect(),
            value_class: *value_class,
        })
        .collect();
    let mut changes = Changes::default();
    let mut known = Vec::with_capacity(paths.len());
    for ((path, stated), category) in paths.into_iter().zip(categories::ensure_paths(tx, now, &named)?) {
        let is_new = category.version == 1 && category.created_at == now;
        let mut value_class = category.draft.value_class;
        match stated {
            _ if is_new => changes.created += 1,
            Some(class) if value_class.is_none() => {
                let with_class = |draft: &CategoryDraft| Ok(CategoryDraft { value_class: stated, ..draft.clone() });
                categories::update_category(tx, now, category.id, &Precondition::None, with_class)?;
                value_class = Some(class);
                changes.updated += 1;
            }
            _ => changes.unchanged += 1,
        }
        known.push((path, KnownCategory { id: category.id, value_class }));
    }
    Ok((known, changes))
}
