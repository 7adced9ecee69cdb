//! Categories: a tree of at most ten levels in which each category knows the value class that it states or inherits.
//!
//! Every change of the tree waits for the one before it, so that two of them together can not make a circle, and what a category inherits is
//! read from a tree that stands still. The lock is taken before any other claim of the transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    db::{DbConnection, DbError, lock},
    domain::{
        catalogue::{
            Category, CategoryDraft, CategoryPath, CategorySearch, CategorySort, PlacedCategory, ValueClass,
            tree::{MAX_LEVELS, Misplaced, Node, check_place, hand_down},
        },
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        categories as repository,
        identifiers::{self, Holder},
    },
    services::{identifiers::exchange, upserts, value_scores},
};

/// A category.
///
/// # Errors
/// `not_found`.
pub fn get_category(tx: &mut DbConnection, id: Id<Category>) -> Result<PlacedCategory, Error> {
    let category = repository::find(tx, id)?.ok_or_else(|| Error::not_found("category"))?;
    let path = repository::ancestry(tx, [id])?.path(id);
    Ok(PlacedCategory { category, path })
}

/// A page of categories.
///
/// # Errors
/// The database's.
pub fn list_categories(
    tx: &mut DbConnection,
    search: &CategorySearch,
    page: &PageRequest<CategorySort>,
) -> Result<Page<PlacedCategory>, Error> {
    let found = repository::list(tx, search, page)?;
    let ancestry = repository::ancestry(tx, found.items.iter().map(|category| category.id))?;
    Ok(found.map(|category| PlacedCategory { path: ancestry.path(category.id), category }))
}

/// The category that has a reference.
///
/// # Errors
/// `not_found`.
pub fn find_category(tx: &mut DbConnection, identifier: &Identifier) -> Result<PlacedCategory, Error> {
    let holder = identifiers::find(tx, identifier)?.ok_or_else(|| Error::not_found("category"))?;
    get_category(tx, holder.resource_id.cast())
}

/// Makes a category.
///
/// # Errors
/// `already_taken` for a reference of another category, `unknown_reference` for a parent that is no category, `invalid` below the tenth level.
pub fn create_category(tx: &mut DbConnection, now: Instant, draft: CategoryDraft) -> Result<PlacedCategory, Error> {
    lock_tree(tx)?;
    let id = Id::generate();
    let place = place(tx, id, &draft, 0)?;
    let category = new_category(id, draft, place.inherited, now);
    repository::insert(tx, std::slice::from_ref(&category))?;
    exchange(tx, holder(id), &[], &identifiers_of(&category.draft))?;
    Ok(PlacedCategory { category, path: place.path })
}

/// Changes a category to what `change` makes of what is known, and with it whatever inherits from it; what says nothing new changes nothing.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, as [`create_category`], and `invalid` for a parent that stands below the category.
pub fn update_category(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<Category>,
    precondition: &Precondition,
    change: impl FnOnce(&CategoryDraft) -> Result<CategoryDraft, Error>,
) -> Result<PlacedCategory, Error> {
    lock_tree(tx)?;
    let category = repository::find(tx, id)?.ok_or_else(|| Error::not_found("category"))?;
    if !precondition.holds_for(category.version) {
        return Err(Error::stale(category.version));
    }
    let draft = change(&category.draft)?;
    if draft == category.draft {
        let path = repository::ancestry(tx, [id])?.path(id);
        return Ok(PlacedCategory { category, path });
    }
    replace(tx, now, &category, draft)
}

/// Replaces the category that another system calls `reference`, or makes it. The second half of the answer tells whether it is new.
///
/// # Errors
/// As [`update_category`].
pub fn put_category(
    tx: &mut DbConnection,
    now: Instant,
    reference: &ExternalRef,
    precondition: &Precondition,
    draft: CategoryDraft,
) -> Result<(PlacedCategory, bool), Error> {
    lock_tree(tx)?;
    let create = |tx: &mut DbConnection, draft| create_category(tx, now, draft);
    let replace = |tx: &mut DbConnection, id: Id<()>, draft| update_category(tx, now, id.cast(), precondition, |_| Ok(draft));
    upserts::put(tx, IdentifierKind::CategoryRef, reference, precondition, draft, create, replace)
}

/// Removes a category to which nothing belongs.
///
/// # Errors
/// `not_found`, `stale_version`, `still_referenced` by a product or a category below.
pub fn delete_category(tx: &mut DbConnection, id: Id<Category>, precondition: &Precondition) -> Result<(), Error> {
    lock_tree(tx)?;
    let category = repository::find(tx, id)?.ok_or_else(|| Error::not_found("category"))?;
    if !precondition.holds_for(category.version) {
        return Err(Error::stale(category.version));
    }
    if repository::is_referenced(tx, id)? {
        return Err(still_referenced());
    }
    exchange(tx, holder(id), &identifiers_of(&category.draft), &[])?;
    repository::delete(tx, id).map_err(|error| match error {
        // A product has just been put into it.
        DbError::Foreign(_) => still_referenced(),
        other => other.into(),
    })
}

/// The categories at `paths`, in the same order; those that are not there are made. A category that is there keeps its class.
///
/// The number of queries depends on the number of levels, not of paths.
///
/// # Errors
/// `invalid` for a path that does not have 1 to 10 names.
pub fn ensure_paths(tx: &mut DbConnection, now: Instant, paths: &[CategoryPath]) -> Result<Vec<Category>, Error> {
    if paths.iter().any(|path| !(1..=MAX_LEVELS).contains(&path.names.len())) {
        return Err(too_deep());
    }
    lock_tree(tx)?;
    let mut stated: HashMap<&[String], ValueClass> = HashMap::new();
    for path in paths {
        if let Some(class) = path.value_class {
            stated.entry(&path.names).or_insert(class);
        }
    }
    let mut reached: Vec<Option<Category>> = vec![None; paths.len()];
    for level in 0..paths.iter().map(|path| path.names.len()).max().unwrap_or_default() {
        let parents: BTreeSet<Id<Category>> = reached.iter().flatten().map(|category| category.id).collect();
        let names: BTreeSet<&str> = paths.iter().filter_map(|path| path.names.get(level)).map(String::as_str).collect();
        let known = repository::find_children(tx, (level > 0).then_some(&parents), &names)?;
        let mut children: HashMap<(Option<Id<Category>>, String), Category> = HashMap::new();
        for category in known {
            children.entry((category.draft.parent_id, category.draft.name.clone())).or_insert(category);
        }
        let mut new = Vec::new();
        for (path, reached) in paths.iter().zip(&mut reached) {
            let Some(name) = path.names.get(level) else { continue };
            let parent_id = reached.as_ref().map(|parent| parent.id);
            let inherited = reached.as_ref().map_or_else(ValueClass::default, |parent| parent.effective_value_class);
            let child = children.entry((parent_id, name.clone())).or_insert_with(|| {
                let value_class = path.names.get(..=level).and_then(|names| stated.get(names)).copied();
                let draft = CategoryDraft { name: name.clone(), parent_id, value_class, external_refs: Vec::new() };
                let category = new_category(Id::generate(), draft, inherited, now);
                new.push(category.clone());
                category
            });
            *reached = Some(child.clone());
        }
        repository::insert(tx, &new)?;
    }
    Ok(reached.into_iter().flatten().collect())
}

fn lock_tree(tx: &mut DbConnection) -> Result<(), Error> {
    Ok(lock(tx, "category tree")?)
}

fn new_category(id: Id<Category>, draft: CategoryDraft, inherited: ValueClass, now: Instant) -> Category {
    let effective_value_class = draft.value_class.unwrap_or(inherited);
    Category { id, draft, effective_value_class, version: 1, created_at: now, updated_at: now }
}

fn replace(tx: &mut DbConnection, now: Instant, before: &Category, draft: CategoryDraft) -> Result<PlacedCategory, Error> {
    let id = before.id;
    let is_path_new = draft.name != before.draft.name || draft.parent_id != before.draft.parent_id;
    let below = if is_path_new || draft.value_class != before.draft.value_class { repository::descendants(tx, id)? } else { Vec::new() };
    let place = place(tx, id, &draft, below.len())?;
    let effective_value_class = draft.value_class.unwrap_or(place.inherited);
    let heirs = hand_down(id, effective_value_class, &below);
    repository::set_effective_value_class(tx, &heirs, effective_value_class, now)?;
    if is_path_new {
        let heirs: HashSet<Id<Category>> = heirs.into_iter().collect();
        let others: Vec<Id<Category>> = below.iter().flatten().map(|node| node.id).filter(|id| !heirs.contains(id)).collect();
        repository::touch(tx, &others, now)?;
    }
    let category = Category { draft, effective_value_class, version: before.version + 1, updated_at: now, ..before.clone() };
    exchange(tx, holder(id), &identifiers_of(&before.draft), &identifiers_of(&category.draft))?;
    repository::update(tx, &category)?;
    if effective_value_class != before.effective_value_class {
        value_scores::note_change(tx)?;
    }
    Ok(PlacedCategory { category, path: place.path })
}

/// Where a draft puts a category, and what it inherits there.
struct Place {
    path: Vec<String>,
    inherited: ValueClass,
}

fn place(tx: &mut DbConnection, id: Id<Category>, draft: &CategoryDraft, levels_below: usize) -> Result<Place, Error> {
    let ancestry = repository::ancestry(tx, draft.parent_id)?;
    let above: Vec<&Node> = draft.parent_id.map(|parent_id| ancestry.chain(parent_id)).unwrap_or_default();
    if draft.parent_id.is_some() && above.is_empty() {
        return Err(Error::new(Code::UnknownReference, "There is no such category.").at("/parent_id"));
    }
    check_place(id, &above, levels_below).map_err(|misplaced| match misplaced {
        Misplaced::Cycle => Error::invalid_field("/parent_id", "cycle", "must not be the category itself or one below it"),
        Misplaced::TooDeep => too_deep(),
    })?;
    let names = above.iter().map(|node| node.name.clone());
    Ok(Place {
        path: names.chain([draft.name.clone()]).collect(),
        inherited: above.last().map_or_else(ValueClass::default, |parent| parent.effective_value_class),
    })
}

fn too_deep() -> Error {
    Error::invalid_field("/parent_id", "depth", format!("the tree must not have more than {MAX_LEVELS} levels"))
}

fn still_referenced() -> Error {
    Error::new(Code::StillReferenced, "Products or categories still belong to this category: move them first.")
}

fn holder(id: Id<Category>) -> Holder {
    Holder { resource_id: id.cast(), customer_id: None }
}

/// The values of a draft that only one category may have.
fn identifiers_of(draft: &CategoryDraft) -> Vec<Identifier> {
    identifiers::of_refs(IdentifierKind::CategoryRef, &draft.external_refs).collect()
}
