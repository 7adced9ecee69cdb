//! The customers of a batch: found by their reference, else made.

use std::collections::{HashMap, HashSet};

use super::{Batch, BatchOutcome, plan::PlannedOrder};
use crate::{
    db::DbConnection,
    domain::{
        customers::{Card, CardKind, CardStatus, Customer, CustomerDraft, Satisfaction, card_number, search_terms},
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        ledger::{Column, LedgerOptions, LedgerRow},
    },
    error::Error,
    repositories::{
        customers::{self as repository, cards, terms},
        identifiers::{self, Holder},
    },
};

/// The ids of customers by what the ledger calls them.
pub(super) type CustomerIds = HashMap<String, Id<Customer>>;

/// What a ledger says of a customer: of each value the first that a row gives.
#[derive(Debug, Default)]
struct Person<'a> {
    name: Option<&'a str>,
    email: Option<(&'a str, &'a LedgerRow)>,
    phone: Option<(&'a str, &'a LedgerRow)>,
    card_number: Option<(&'a str, &'a LedgerRow)>,
    card_kind: Option<CardKind>,
}

impl<'a> Person<'a> {
    fn hear(&mut self, row: &'a LedgerRow) {
        self.name = self.name.or(row.customer_name());
        self.email = self.email.or(row.email().map(|email| (email, row)));
        self.phone = self.phone.or(row.phone().map(|phone| (phone, row)));
        self.card_number = self.card_number.or(row.card_number().map(|number| (number, row)));
        self.card_kind = self.card_kind.or(row.card_kind());
    }

    const fn has_card(&self) -> bool {
        self.card_number.is_some() || self.card_kind.is_some()
    }

    /// Whether more is said than is known.
    fn adds_to(&self, customer: &Customer, reference: &str) -> bool {
        (self.name.is_some_and(|name| name != reference) && customer.draft.name == reference)
            || (self.email.is_some() && customer.draft.email.is_none())
            || (self.phone.is_some() && customer.draft.phone.is_none())
    }
}

/// The customers that are there already.
pub(super) fn find_ids(tx: &mut DbConnection, batch: Batch<'_>, planned: &[PlannedOrder<'_>]) -> Result<CustomerIds, Error> {
    let mut references: Vec<&str> = planned.iter().filter_map(|order| order.customer_ref).collect();
    references.dedup();
    let found = identifiers::find_refs(tx, IdentifierKind::CustomerRef, batch.options.system(), &references)?;
    Ok(found.into_iter().map(|(value, holder)| (value, holder.resource_id.cast())).collect())
}

/// Makes the customers that are missing and adds to those that are there what the ledger knows more; answers all of them.
pub(super) fn settle(
    tx: &mut DbConnection,
    batch: Batch<'_>,
    planned: &[PlannedOrder<'_>],
    mut ids: CustomerIds,
    outcome: &mut BatchOutcome,
) -> Result<CustomerIds, Error> {
    // In the order of the orders, so that new ids rise with the references.
    let mut people: Vec<(&str, Person<'_>)> = Vec::new();
    for order in planned {
        let Some(reference) = order.customer_ref else { continue };
        if people.last().is_none_or(|(last, _)| *last != reference) {
            people.push((reference, Person::default()));
        }
        if let Some((_, person)) = people.last_mut() {
            order.rows.iter().for_each(|row| person.hear(row));
        }
    }
    outcome.learned.last_customer =
        people.last().map(|(reference, _)| (*reference).to_owned()).or_else(|| batch.known.last_customer.clone());

    let stored = find_to_add_to(tx, &people, &ids)?;
    let mut writer = Writer::over(tx, batch, &people, &ids, &stored)?;
    for (reference, person) in &people {
        let is_counted = batch.known.last_customer.as_deref() != Some(*reference);
        match ids.get(*reference) {
            None => {
                let customer = writer.make(reference, person, outcome);
                ids.insert((*reference).to_owned(), customer);
                outcome.counts.customers.created += 1;
            }
            Some(id) => {
                let is_changed = stored.get(id).is_some_and(|known| writer.add_to(known, reference, person, outcome));
                outcome.counts.customers.updated += u64::from(is_counted && is_changed);
                outcome.counts.customers.unchanged += u64::from(is_counted && !is_changed);
            }
        }
    }
    writer.store(tx)?;
    Ok(ids)
}

/// A customer that is there, and whether a card was ever handed out.
struct Stored {
    customer: Customer,
    has_card: bool,
}

/// The customers of whom the ledger knows more than is known; their rows stay locked.
fn find_to_add_to(tx: &mut DbConnection, people: &[(&str, Person<'_>)], ids: &CustomerIds) -> Result<HashMap<Id<Customer>, Stored>, Error> {
    let mut told: HashMap<Id<Customer>, (&str, &Person<'_>)> = HashMap::new();
    for (reference, person) in people {
        if let Some(id) = ids.get(*reference) {
            told.insert(*id, (reference, person));
        }
    }
    let told_ids: Vec<Id<Customer>> = told.keys().copied().collect();
    let customers = repository::find_many(tx, &told_ids)?;
    let is_told_more = |customer: &Customer| told.get(&customer.id).is_some_and(|(reference, person)| person.adds_to(customer, reference));
    let may_want_card =
        |customer: &Customer| customer.membership.is_none() && told.get(&customer.id).is_some_and(|(_, person)| person.has_card());
    let without_card: Vec<Id<Customer>> = customers.iter().filter(|it| may_want_card(it)).map(|it| it.id).collect();
    let owners: HashSet<Id<Customer>> = cards::owners(tx, &without_card)?.into_iter().collect();
    let wants_card = |customer: &Customer| may_want_card(customer) && !owners.contains(&customer.id);
    let mut changing: Vec<Id<Customer>> = customers.iter().filter(|it| is_told_more(it) || wants_card(it)).map(|it| it.id).collect();
    changing.sort_unstable();
    let customers = repository::find_many_for_update(tx, &changing)?;
    Ok(customers.into_iter().map(|customer| (customer.id, Stored { has_card: !wants_card(&customer), customer })).collect())
}

/// Gathers what is to be stored.
struct Writer<'a> {
    now: Instant,
    options: &'a LedgerOptions,
    taken: HashMap<Identifier, Id<()>>,
    new: Vec<Customer>,
    changed: Vec<Customer>,
    cards: Vec<Card>,
    claims: Vec<(Identifier, Holder)>,
    terms: Vec<(Id<Customer>, String)>,
    new_terms: Vec<(Id<Customer>, String)>,
}

impl<'a> Writer<'a> {
    /// Looks up who has the values that may be claimed.
    fn over(
        tx: &mut DbConnection,
        batch: Batch<'a>,
        people: &[(&str, Person<'_>)],
        ids: &CustomerIds,
        stored: &HashMap<Id<Customer>, Stored>,
    ) -> Result<Self, Error> {
        let claiming = people.iter().filter(|(reference, _)| ids.get(*reference).is_none_or(|id| stored.contains_key(id)));
        let mut values: [Vec<Identifier>; 3] = Default::default();
        let [emails, phones, numbers] = &mut values;
        for (_, person) in claiming {
            emails.extend(person.email.map(|(email, _)| Identifier::email(email)));
            phones.extend(person.phone.map(|(phone, _)| Identifier::phone(phone)));
            numbers.extend(person.card_number.map(|(number, _)| Identifier::card(number)));
        }
        let mut taken = HashMap::new();
        for identifiers in values {
            let holders = identifiers::find_many(tx, &identifiers)?;
            taken.extend(holders.into_iter().map(|(identifier, holder)| (identifier, holder.resource_id)));
        }
        Ok(Self {
            now: batch.now,
            options: batch.options,
            taken,
            new: Vec::new(),
            changed: Vec::new(),
            cards: Vec::new(),
            claims: Vec::new(),
            terms: Vec::new(),
            new_terms: Vec::new(),
        })
    }

    fn make(&mut self, reference: &str, person: &Person<'_>, outcome: &mut BatchOutcome) -> Id<Customer> {
        let id = Id::generate();
        let own = ExternalRef { system: self.options.system().to_owned(), id: reference.to_owned() };
        let claimed = Identifier::reference(IdentifierKind::CustomerRef, &own);
        self.claims.push((claimed, holder(id)));
        let draft = CustomerDraft {
            email: self.claim(id, Column::Email, person.email, Identifier::email, outcome),
            phone: self.claim(id, Column::Phone, person.phone, Identifier::phone, outcome),
            external_refs: vec![own],
            ..CustomerDraft::named(person.name.unwrap_or(reference))
        };
        let satisfaction = Satisfaction::default();
        let customer = Customer { id, draft, membership: None, satisfaction, version: 1, created_at: self.now, updated_at: self.now };
        let card = if person.has_card() { self.card(id, person, outcome) } else { None };
        self.new_terms.extend(search_terms::terms_of(&customer.draft, card.as_deref()).into_iter().map(|term| (id, term)));
        self.new.push(customer);
        id
    }

    /// Adds what is missing; answers whether anything was.
    fn add_to(&mut self, known: &Stored, reference: &str, person: &Person<'_>, outcome: &mut BatchOutcome) -> bool {
        let before = &known.customer;
        let mut draft = before.draft.clone();
        if let Some(name) = person.name.filter(|_| draft.name == reference) {
            name.clone_into(&mut draft.name);
        }
        if draft.email.is_none() {
            draft.email = self.claim(before.id, Column::Email, person.email, Identifier::email, outcome);
        }
        if draft.phone.is_none() {
            draft.phone = self.claim(before.id, Column::Phone, person.phone, Identifier::phone, outcome);
        }
        let card = if known.has_card || !person.has_card() { None } else { self.card(before.id, person, outcome) };
        if draft == before.draft && card.is_none() {
            return false;
        }
        self.terms.extend(search_terms::terms_of(&draft, card.as_deref()).into_iter().map(|term| (before.id, term)));
        self.changed.push(Customer { draft, version: before.version + 1, updated_at: self.now, ..before.clone() });
        true
    }

    /// The card that a ledger tells of, and its number; none when all that is told is a number which somebody else has.
    fn card(&mut self, customer_id: Id<Customer>, person: &Person<'_>, outcome: &mut BatchOutcome) -> Option<String> {
        let given = self.claim(customer_id, Column::CardNumber, person.card_number, Identifier::card, outcome);
        let number = match (given, person.card_kind) {
            (Some(number), _) => number,
            (None, None) => return None,
            (None, Some(_)) => {
                let number = card_number(Id::<Card>::generate().uuid());
                self.claims.push((Identifier::card(&number), holder(customer_id)));
                number
            }
        };
        self.cards.push(Card {
            customer_id,
            number: number.clone(),
            kind: person.card_kind.unwrap_or_default(),
            status: CardStatus::Active,
            issued_at: self.now,
            expires_at: None,
            replaced_by: None,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        });
        Some(number)
    }

    /// The value, when nobody else has it.
    fn claim(
        &mut self,
        customer_id: Id<Customer>,
        column: Column,
        value: Option<(&str, &LedgerRow)>,
        identifier: impl Fn(&str) -> Identifier,
        outcome: &mut BatchOutcome,
    ) -> Option<String> {
        let (value, row) = value?;
        let identifier = identifier(value);
        match self.taken.get(&identifier) {
            Some(owner) if *owner != customer_id.cast() => {
                let message = "belongs to another customer: the row went in without it";
                outcome.leave_out(self.options.reject(row, Some(column), "already_taken", value, message));
                None
            }
            Some(_) => Some(value.to_owned()),
            None => {
                self.taken.insert(identifier.clone(), customer_id.cast());
                self.claims.push((identifier, holder(customer_id)));
                Some(value.to_owned())
            }
        }
    }

    fn store(self, tx: &mut DbConnection) -> Result<(), Error> {
        repository::insert(tx, &self.new)?;
        repository::update_contacts(tx, &self.changed)?;
        identifiers::insert(tx, self.claims)?;
        cards::insert(tx, self.cards)?;
        terms::insert_new(tx, self.new_terms)?;
        Ok(terms::insert(tx, &self.terms)?)
    }
}

fn holder(customer_id: Id<Customer>) -> Holder {
    Holder { resource_id: customer_id.cast(), customer_id: Some(customer_id) }
}
