//! Membership cards: handing out, changing, replacing.

use super::{get_customer, refresh_terms};
use crate::{
    db::DbConnection,
    domain::{
        customers::{Card, CardDraft, CardReplacement, CardStatus, Customer, card_number},
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        customers::{self as repository, cards},
        identifiers::Holder,
    },
    services::identifiers::exchange,
};

/// The most cards that one customer can have.
const MAX_CARDS: usize = 100;

/// A customer's cards, the newest first.
///
/// # Errors
/// `not_found`.
pub fn list_cards(tx: &mut DbConnection, customer_id: Id<Customer>) -> Result<Vec<Card>, Error> {
    get_customer(tx, customer_id)?;
    Ok(cards::list(tx, customer_id)?)
}

/// A card of a customer.
///
/// # Errors
/// `not_found`.
pub fn get_card(tx: &mut DbConnection, customer_id: Id<Customer>, number: &str) -> Result<Card, Error> {
    cards::find(tx, customer_id, number)?.ok_or_else(|| Error::not_found("card"))
}

/// Hands out a card.
///
/// # Errors
/// `not_found`, `already_taken`, or `conflict` when the customer has an active card already.
pub fn create_card(tx: &mut DbConnection, now: Instant, customer_id: Id<Customer>, draft: CardDraft) -> Result<Card, Error> {
    let customer = locked(tx, customer_id)?;
    if cards::list(tx, customer_id)?.len() >= MAX_CARDS {
        return Err(Error::new(Code::Conflict, format!("A customer has at most {MAX_CARDS} cards.")));
    }
    let card = new_card(customer_id, draft, now);
    store_new(tx, now, &customer, card)
}

/// Changes a card; what says nothing new changes nothing. Its number stays: a new number is a new card.
///
/// # Errors
/// `not_found`, `stale_version`, `conflict` when another card is active, what `change` answers.
pub fn update_card(
    tx: &mut DbConnection,
    now: Instant,
    customer_id: Id<Customer>,
    number: &str,
    precondition: &Precondition,
    change: impl FnOnce(&CardDraft) -> Result<CardDraft, Error>,
) -> Result<Card, Error> {
    let customer = locked(tx, customer_id)?;
    let card = get_card(tx, customer_id, number)?;
    if !precondition.holds_for(card.version) {
        return Err(Error::stale(card.version));
    }
    let known = draft_of(&card);
    let draft = change(&known)?;
    if draft == known {
        return Ok(card);
    }
    if draft.number.as_deref() != Some(number) {
        return Err(Error::invalid_field("/number", "immutable", "can not be changed; replace the card"));
    }
    if draft.status == CardStatus::Replaced && card.status != CardStatus::Replaced {
        return Err(Error::invalid_field("/status", "immutable", "becomes replaced when the card is replaced"));
    }
    if draft.status == CardStatus::Active {
        make_room(tx, now, &customer, number)?;
    }
    let issued_at = draft.issued_at.unwrap_or(card.issued_at);
    let changed = Card {
        kind: draft.kind,
        status: draft.status,
        issued_at,
        expires_at: check_expiry(issued_at, draft.expires_at)?,
        version: card.version + 1,
        updated_at: now,
        ..card
    };
    cards::update(tx, &changed)?;
    repository::touch(tx, customer_id, now)?;
    Ok(changed)
}

/// Replaces a card by a new one, which becomes the active card.
///
/// # Errors
/// `not_found`, `already_taken`, `stale_version`, `invalid_transition` for a card that was replaced before, `conflict` when another card is active.
pub fn replace_card(
    tx: &mut DbConnection,
    now: Instant,
    customer_id: Id<Customer>,
    number: &str,
    precondition: &Precondition,
    replacement: CardReplacement,
) -> Result<Card, Error> {
    let customer = locked(tx, customer_id)?;
    let old = get_card(tx, customer_id, number)?;
    if !precondition.holds_for(old.version) {
        return Err(Error::stale(old.version));
    }
    if old.replaced_by.is_some() {
        return Err(Error::new(Code::InvalidTransition, "The card was replaced already."));
    }
    make_room(tx, now, &customer, number)?;
    let draft = CardDraft {
        number: replacement.number,
        kind: replacement.kind.unwrap_or(old.kind),
        status: CardStatus::Active,
        issued_at: Some(now),
        expires_at: replacement.expires_at.or(old.expires_at.filter(|end| *end > now)),
    };
    let new = new_card(customer_id, draft, now);
    let status = if replacement.lost { CardStatus::Lost } else { CardStatus::Replaced };
    let retired = Card { status, replaced_by: Some(new.number.clone()), version: old.version + 1, updated_at: now, ..old };
    cards::update(tx, &retired)?;
    let unbound = Customer { membership: None, ..customer };
    store_new(tx, now, &unbound, new)
}

fn locked(tx: &mut DbConnection, customer_id: Id<Customer>) -> Result<Customer, Error> {
    repository::find_for_update(tx, customer_id)?.ok_or_else(|| Error::not_found("customer"))
}

fn new_card(customer_id: Id<Customer>, draft: CardDraft, now: Instant) -> Card {
    Card {
        customer_id,
        number: draft.number.unwrap_or_else(|| card_number(Id::<Card>::generate().uuid())),
        kind: draft.kind,
        status: draft.status,
        issued_at: draft.issued_at.unwrap_or(now),
        expires_at: draft.expires_at,
        replaced_by: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn store_new(tx: &mut DbConnection, now: Instant, customer: &Customer, card: Card) -> Result<Card, Error> {
    check_expiry(card.issued_at, card.expires_at)?;
    // One that comes from a history may have ended already.
    let card = Card { status: card.status_at(now), ..card };
    if card.status == CardStatus::Active {
        make_room(tx, now, customer, &card.number)?;
    }
    let holder = Holder { resource_id: customer.id.cast(), customer_id: Some(customer.id) };
    exchange(tx, holder, &[], &[Identifier::card(&card.number)])?;
    cards::insert(tx, vec![card.clone()])?;
    repository::touch(tx, customer.id, now)?;
    refresh_terms(tx, customer.id, &customer.draft)?;
    Ok(card)
}

/// Makes sure that no other card of the customer's is active; one whose time is over is marked so.
fn make_room(tx: &mut DbConnection, now: Instant, customer: &Customer, number: &str) -> Result<(), Error> {
    match &customer.membership {
        Some(other) if other.number != number && other.has_lapsed(now) => {
            let ended = Card { status: CardStatus::Expired, version: other.version + 1, updated_at: now, ..other.clone() };
            Ok(cards::update(tx, &ended)?)
        }
        Some(active) if active.number != number => Err(Error::new(
            Code::Conflict,
            format!("The customer's card {} is active; replace it, or mark it as lost or expired first.", active.number),
        )),
        _ => Ok(()),
    }
}

fn check_expiry(issued_at: Instant, expires_at: Option<Instant>) -> Result<Option<Instant>, Error> {
    match expires_at {
        Some(end) if end <= issued_at => Err(Error::invalid_field("/expires_at", "range", "must be later than issued_at")),
        end => Ok(end),
    }
}

fn draft_of(card: &Card) -> CardDraft {
    CardDraft {
        number: Some(card.number.clone()),
        kind: card.kind,
        status: card.status,
        issued_at: Some(card.issued_at),
        expires_at: card.expires_at,
    }
}
