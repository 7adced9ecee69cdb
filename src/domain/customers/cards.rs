//! Membership cards: at most one of a customer's cards is active.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::Customer;
use crate::domain::{ids::Id, instants::Instant, texts};

text_enum! {
    /// The kind of a membership card.
    #[derive(Default)]
    CardKind { #[default] Regular = "regular", Student = "student", Senior = "senior", Vip = "vip" }
}

text_enum! {
    /// Whether a membership card can be used.
    #[derive(Default)]
    CardStatus { #[default] Active = "active", Lost = "lost", Replaced = "replaced", Expired = "expired" }
}

/// Everything a caller may say about a card, its number apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "6000000012345674", "kind": "student", "issued_at": "2026-03-01T00:00:00Z", "expires_at": "2029-03-01T00:00:00Z"}))]
pub struct CardDraft {
    /// Unique among cards; made by Patron when left out. It can not be changed: replace the card.
    #[serde(default)]
    #[validate(length(min = 1, max = 50), custom(function = "texts::token"))]
    #[schema(min_length = 1, max_length = 50, pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    pub number: Option<String>,
    /// What the card entitles to.
    #[serde(default)]
    #[schema(default = "regular")]
    pub kind: CardKind,
    /// Whether it can be used.
    #[serde(default)]
    #[schema(default = "active")]
    pub status: CardStatus,
    /// When it was handed out; now when left out.
    #[serde(default)]
    pub issued_at: Option<Instant>,
    /// When it ends; never when left out. From then on its status is `expired`, and it is its customer's membership no longer.
    #[serde(default)]
    pub expires_at: Option<Instant>,
}

/// How a card is replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "6000000012345682", "lost": true}))]
pub struct CardReplacement {
    /// The new card's number; made by Patron when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 50), custom(function = "texts::token"))]
    #[schema(min_length = 1, max_length = 50, pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    pub number: Option<String>,
    /// The new card's kind; the old one's when left out.
    #[serde(default)]
    pub kind: Option<CardKind>,
    /// Whether the old card was lost; otherwise it is marked as replaced.
    #[serde(default)]
    #[schema(default = false)]
    pub lost: bool,
    /// When the new card ends; when the old one does when left out.
    #[serde(default)]
    pub expires_at: Option<Instant>,
}

/// A card as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Whose it is.
    pub customer_id: Id<Customer>,
    /// Its number.
    pub number: String,
    /// What it entitles to.
    pub kind: CardKind,
    /// Whether it can be used, its end apart: [`Card::status_at`] says what holds.
    pub status: CardStatus,
    /// When it was handed out.
    pub issued_at: Instant,
    /// When it ends.
    pub expires_at: Option<Instant>,
    /// The number of the card that came after it.
    pub replaced_by: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Card {
    /// Whether the card counts as active and its time is over at `at`: nobody has to say so.
    pub fn has_lapsed(&self, at: Instant) -> bool {
        self.status == CardStatus::Active && self.expires_at.is_some_and(|end| end <= at)
    }

    /// Whether it can be used at `at`.
    pub fn status_at(&self, at: Instant) -> CardStatus {
        if self.has_lapsed(at) { CardStatus::Expired } else { self.status }
    }
}

/// A card number made from an id that nobody else has: 16 digits that begin with 6 and end with a Luhn check digit.
pub fn number_from(id: uuid::Uuid) -> String {
    // The random tail of a UUIDv7 spreads evenly; 14 digits of it make a clash unlikely, and `identifiers` refuses one.
    let body = format!("6{:014}", id.as_u128() % 100_000_000_000_000);
    let check = luhn_check_digit(&body);
    format!("{body}{check}")
}

/// The digit that makes the Luhn sum (ISO/IEC 7812-1, annex B) of `body` and itself a multiple of ten.
fn luhn_check_digit(body: &str) -> u32 {
    let sum: u32 = body
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_ends_by_itself() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let card = |status, expires_at| Card {
            customer_id: Id::generate(),
            number: "1".to_owned(),
            kind: CardKind::Student,
            status,
            issued_at: at("2025-01-01T00:00:00Z"),
            expires_at,
            replaced_by: None,
            version: 1,
            created_at: at("2025-01-01T00:00:00Z"),
            updated_at: at("2025-01-01T00:00:00Z"),
        };
        let end = Some(at("2026-01-01T00:00:00Z"));
        assert_eq!(card(CardStatus::Active, end).status_at(at("2025-12-31T23:59:59.999999Z")), CardStatus::Active);
        assert_eq!(card(CardStatus::Active, end).status_at(at("2026-01-01T00:00:00Z")), CardStatus::Expired);
        assert_eq!(card(CardStatus::Lost, end).status_at(at("2026-01-01T00:00:00Z")), CardStatus::Lost);
        assert_eq!(card(CardStatus::Active, None).status_at(at("9999-01-01T00:00:00Z")), CardStatus::Active);
    }

    #[test]
    fn check_digits_agree_with_published_numbers() {
        // 7992739871-3 is the example of the Luhn algorithm; 411111111111111-1 the test number of card schemes.
        assert_eq!(luhn_check_digit("7992739871"), 3);
        assert_eq!(luhn_check_digit("411111111111111"), 1);
        assert_eq!(number_from(uuid::Uuid::from_u128(12_345)).len(), 16);
    }
}
