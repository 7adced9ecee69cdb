//! Products: making, changing and finding them. None is ever removed, because orders name them.

use crate::{
    db::{DbConnection, DbError},
    domain::{
        catalogue::{Product, ProductDraft, ProductSearch, ProductSort},
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        money::Currency,
        paging::{Page, PageRequest},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        categories,
        identifiers::{self, Holder},
        products as repository,
    },
    services::{identifiers::exchange, upserts, value_scores},
};

/// A product.
///
/// # Errors
/// `not_found`.
pub fn get_product(tx: &mut DbConnection, id: Id<Product>) -> Result<Product, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("product"))
}

/// A page of products.
///
/// # Errors
/// The database's.
pub fn list_products(tx: &mut DbConnection, search: &ProductSearch, page: &PageRequest<ProductSort>) -> Result<Page<Product>, Error> {
    Ok(repository::list(tx, search, page)?)
}

/// The product that has a reference.
///
/// # Errors
/// `not_found`.
pub fn find_product(tx: &mut DbConnection, identifier: &Identifier) -> Result<Product, Error> {
    let holder = identifiers::find(tx, identifier)?.ok_or_else(|| Error::not_found("product"))?;
    get_product(tx, holder.resource_id.cast())
}

/// Makes a product in a shop that keeps its amounts in `base`.
///
/// # Errors
/// `already_taken` for a SKU or reference of another product, `unknown_reference` for a category that is none, `unsupported_currency`.
pub fn create_product(tx: &mut DbConnection, now: Instant, base: Currency, draft: ProductDraft) -> Result<Product, Error> {
    let draft = checked(tx, base, draft)?;
    let product = Product { id: Id::generate(), draft, currency: base, version: 1, created_at: now, updated_at: now };
    repository::insert(tx, std::slice::from_ref(&product)).map_err(sku_taken)?;
    exchange(tx, holder(product.id), &[], &identifiers_of(&product.draft))?;
    Ok(product)
}

/// Changes a product to what `change` makes of what is known; what says nothing new changes nothing.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, and as [`create_product`].
pub fn update_product(
    tx: &mut DbConnection,
    now: Instant,
    base: Currency,
    id: Id<Product>,
    precondition: &Precondition,
    change: impl FnOnce(&ProductDraft) -> Result<ProductDraft, Error>,
) -> Result<Product, Error> {
    let product = repository::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("product"))?;
    if !precondition.holds_for(product.version) {
        return Err(Error::stale(product.version));
    }
    let draft = checked(tx, base, change(&product.draft)?)?;
    if draft == product.draft {
        return Ok(product);
    }
    let changed = Product { draft, currency: base, version: product.version + 1, updated_at: now, ..product.clone() };
    exchange(tx, holder(id), &identifiers_of(&product.draft), &identifiers_of(&changed.draft))?;
    repository::update(tx, &changed).map_err(sku_taken)?;
    if (product.draft.category_id, product.draft.default_user) != (changed.draft.category_id, changed.draft.default_user) {
        value_scores::note_change(tx)?;
    }
    Ok(changed)
}

/// Replaces the product that another system calls `reference`, or makes it. The second half of the answer tells whether it is new.
///
/// # Errors
/// As [`update_product`].
pub fn put_product(
    tx: &mut DbConnection,
    now: Instant,
    base: Currency,
    reference: &ExternalRef,
    precondition: &Precondition,
    draft: ProductDraft,
) -> Result<(Product, bool), Error> {
    let create = |tx: &mut DbConnection, draft| create_product(tx, now, base, draft);
    let replace = |tx: &mut DbConnection, id: Id<()>, draft| update_product(tx, now, base, id.cast(), precondition, |_| Ok(draft));
    upserts::put(tx, IdentifierKind::ProductRef, reference, precondition, draft, create, replace)
}

/// The draft with its currency said, after the checks that the draft alone can not answer.
fn checked(tx: &mut DbConnection, base: Currency, draft: ProductDraft) -> Result<ProductDraft, Error> {
    if let Some(other) = draft.currency.filter(|currency| *currency != base) {
        let detail = format!("This shop keeps its amounts in {base}; {other} is not supported.");
        return Err(Error::new(Code::UnsupportedCurrency, detail).at("/currency"));
    }
    if let Some(category_id) = draft.category_id
        && categories::find(tx, category_id)?.is_none()
    {
        return Err(Error::new(Code::UnknownReference, "There is no such category.").at("/category_id"));
    }
    Ok(ProductDraft { currency: Some(base), ..draft })
}

fn sku_taken(error: DbError) -> Error {
    if error.is_unique("products_sku_key") {
        Error::new(Code::AlreadyTaken, "Another product has this SKU already.").at("/sku")
    } else {
        error.into()
    }
}

fn holder(id: Id<Product>) -> Holder {
    Holder { resource_id: id.cast(), customer_id: None }
}

/// The values of a draft that only one product may have.
fn identifiers_of(draft: &ProductDraft) -> Vec<Identifier> {
    identifiers::of_refs(IdentifierKind::ProductRef, &draft.external_refs).collect()
}
