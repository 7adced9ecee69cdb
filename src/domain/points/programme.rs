//! The rules of earning and spending points.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::domain::{
    catalogue::{Category, tree::Ancestry},
    customers::CardKind,
    field_error::FieldError,
    ids::Id,
    instants::Instant,
    versions::{Versioned, kept_as_version},
};

/// How points are earned, how long they last and what they are worth. What is left out is as it is in a new shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({
    "enabled": true, "starts_at": "2026-07-01T00:00:00Z", "minor_per_point": 1000, "without_card_percent": 100,
    "card_multipliers": [{"card_kind": "vip", "percent": 200}],
    "category_bonuses": [{"category_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "percent": 50}],
    "review_points": 20, "survey_points": 20, "referral_points": {"referrer": 200, "friend": 100},
    "expires_after_days": 730, "notice_days": 30, "point_value": 10
}))]
pub struct PointsProgrammeDraft {
    /// Whether points are earned. What was earned stays, lasts and can be spent while they are not.
    #[schema(default = true)]
    pub enabled: bool,
    /// Orders placed before earn nothing. When left out it stays as it is; in a new shop it is when Patron was first started.
    pub starts_at: Option<Instant>,
    /// Minor units of money for one point.
    #[validate(range(min = 1, max = 1_000_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000_000, default = 1000)]
    pub minor_per_point: i64,
    /// What customers without a card earn, in percent.
    #[validate(range(min = 0, max = 1000))]
    #[schema(minimum = 0, maximum = 1000, default = 100)]
    pub without_card_percent: i64,
    /// What cards of some kinds make of it; other kinds earn 100 percent. When left out: 200 for `vip`.
    #[validate(nested, length(max = 20))]
    #[schema(max_items = 20)]
    pub card_multipliers: Vec<CardMultiplier>,
    /// What goods of some categories, and of those below them, earn more. Of several categories one above the other, the nearest to the product counts.
    #[validate(nested, length(max = 200))]
    #[schema(max_items = 200)]
    pub category_bonuses: Vec<CategoryBonus>,
    /// For a customer's first review of a product.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000, default = 20)]
    pub review_points: i64,
    /// For a customer's first answer to a survey.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000, default = 20)]
    pub survey_points: i64,
    /// For bringing a friend who buys something. When left out: 200 and 100.
    #[validate(nested)]
    pub referral_points: ReferralPoints,
    /// Days after which points expire; null for never, 730 when left out.
    #[validate(range(min = 1, max = 36_500))]
    #[schema(minimum = 1, maximum = 36_500, default = 730)]
    pub expires_after_days: Option<i64>,
    /// How many days before they expire the customer's events tell of points, and of coupons that the customer holds; 0 for not at all.
    #[validate(range(min = 0, max = 365))]
    #[schema(minimum = 0, maximum = 365, default = 30)]
    pub notice_days: i64,
    /// What a point is worth when it is spent, in minor units.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000, default = 10)]
    pub point_value: i64,
}

/// What a kind of card makes of what is earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"card_kind": "vip", "percent": 200}))]
pub struct CardMultiplier {
    /// The kind of the customer's active card.
    pub card_kind: CardKind,
    /// 100 is once, 200 twice.
    #[validate(range(min = 0, max = 1000))]
    #[schema(minimum = 0, maximum = 1000)]
    pub percent: i64,
}

/// What goods of a category earn more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"category_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "percent": 50}))]
pub struct CategoryBonus {
    /// The category; those below it have the bonus too.
    #[schema(value_type = Uuid)]
    pub category_id: Id<Category>,
    /// Added to what the goods earn anyway: 50 is half as much again.
    #[validate(range(min = 0, max = 1000))]
    #[schema(minimum = 0, maximum = 1000)]
    pub percent: i64,
}

/// What a friend's first order earns both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"referrer": 200, "friend": 100}))]
pub struct ReferralPoints {
    /// For who brought the friend.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub referrer: i64,
    /// For the friend.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub friend: i64,
}

/// What a card earns of whose kind nothing is said.
const ONCE: i64 = 100;

/// The programme of a new shop: a point for ten, worth a tenth of one, for two years; 20 for a review or an answer, 200 and 100 for a friend.
impl Default for PointsProgrammeDraft {
    fn default() -> Self {
        Self {
            enabled: true,
            starts_at: None,
            minor_per_point: 1000,
            without_card_percent: ONCE,
            card_multipliers: vec![CardMultiplier { card_kind: CardKind::Vip, percent: 200 }],
            category_bonuses: Vec::new(),
            review_points: 20,
            survey_points: 20,
            referral_points: ReferralPoints { referrer: 200, friend: 100 },
            expires_after_days: Some(730),
            notice_days: 30,
            point_value: 10,
        }
    }
}

impl PointsProgrammeDraft {
    /// What stands twice where it may stand once, with JSON Pointers into the draft.
    pub fn faults(&self) -> Vec<FieldError> {
        let (mut kinds, mut categories) = (HashSet::new(), HashSet::new());
        let twice = |pointer: String| FieldError::new(pointer, "duplicate", "must not stand twice");
        let of_cards = self.card_multipliers.iter().enumerate().filter(|(_, it)| !kinds.insert(it.card_kind));
        let of_cards: Vec<FieldError> = of_cards.map(|(index, _)| twice(format!("/card_multipliers/{index}/card_kind"))).collect();
        let of_categories = self.category_bonuses.iter().enumerate().filter(|(_, it)| !categories.insert(it.category_id));
        of_cards.into_iter().chain(of_categories.map(|(index, _)| twice(format!("/category_bonuses/{index}/category_id")))).collect()
    }
}

/// The programme, version by version: each change is the next one, the last one holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsProgramme {
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it became what it is.
    pub updated_at: Instant,
    /// Orders placed before earn nothing.
    pub starts_at: Instant,
    /// The rules.
    pub draft: PointsProgrammeDraft,
}

impl PointsProgramme {
    /// A version of the programme, whose start is `starts_at` where the draft does not say.
    pub fn new(version: i64, updated_at: Instant, starts_at: Instant, draft: PointsProgrammeDraft) -> Self {
        let starts_at = draft.starts_at.unwrap_or(starts_at);
        Self { version, updated_at, starts_at, draft: PointsProgrammeDraft { starts_at: Some(starts_at), ..draft } }
    }

    /// What a customer's card makes of what is earned, in percent.
    pub fn card_percent(&self, card: Option<CardKind>) -> i64 {
        let of_kind = |kind| self.draft.card_multipliers.iter().find(|it| it.card_kind == kind).map_or(ONCE, |it| it.percent);
        card.map_or(self.draft.without_card_percent, of_kind)
    }

    /// What goods of a category earn more, in percent: the bonus of the nearest category at or above it.
    pub fn bonus_percent(&self, category: Id<Category>, tree: &Ancestry) -> i64 {
        let of_one = |id| self.draft.category_bonuses.iter().find(|bonus| bonus.category_id == id).map(|bonus| bonus.percent);
        tree.chain(category).into_iter().rev().find_map(|node| of_one(node.id)).unwrap_or(0)
    }
}

impl Versioned for PointsProgramme {
    type Draft = PointsProgrammeDraft;

    fn build(version: i64, updated_at: Instant, draft: Self::Draft) -> Result<Self, Vec<FieldError>> {
        let faults = draft.faults();
        if faults.is_empty() { Ok(Self::new(version, updated_at, updated_at, draft)) } else { Err(faults) }
    }

    /// The start stays where the draft does not say.
    fn next(&self, updated_at: Instant, draft: Self::Draft) -> Result<Self, Vec<FieldError>> {
        Self::build(self.version + 1, updated_at, PointsProgrammeDraft { starts_at: draft.starts_at.or(Some(self.starts_at)), ..draft })
    }

    kept_as_version!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::{ValueClass, tree::Node};

    fn id(number: u128) -> Id<Category> {
        Id::from(uuid::Uuid::from_u128(number))
    }

    fn programme(draft: serde_json::Value) -> PointsProgramme {
        PointsProgramme::new(1, Instant::MIN, Instant::MIN, serde_json::from_value(draft).unwrap())
    }

    #[test]
    fn cards_multiply() {
        let programme = programme(serde_json::json!({
            "without_card_percent": 50, "card_multipliers": [{"card_kind": "vip", "percent": 200}, {"card_kind": "student", "percent": 125}]
        }));
        let of = |card| programme.card_percent(card);
        let percents = [of(None), of(Some(CardKind::Regular)), of(Some(CardKind::Student)), of(Some(CardKind::Vip))];
        assert_eq!(percents, [50, 100, 125, 200]);
    }

    #[test]
    fn the_nearest_category_counts() {
        // 1 > 2 > 3, and 4 by itself.
        let node = |number, parent: Option<u128>| Node {
            id: id(number),
            parent_id: parent.map(id),
            name: String::new(),
            value_class: None,
            effective_value_class: ValueClass::default(),
        };
        let tree: Ancestry = [node(1, None), node(2, Some(1)), node(3, Some(2)), node(4, None)].into_iter().collect();
        let programme = programme(serde_json::json!({
            "category_bonuses": [{"category_id": id(1), "percent": 10}, {"category_id": id(3), "percent": 70}]
        }));
        assert_eq!([1, 2, 3, 4, 5].map(|number| programme.bonus_percent(id(number), &tree)), [10, 10, 70, 0, 0]);
    }

    #[test]
    fn nothing_stands_twice() {
        let programme = programme(serde_json::json!({
            "card_multipliers": [{"card_kind": "vip", "percent": 200}, {"card_kind": "vip", "percent": 300}],
            "category_bonuses": [{"category_id": id(1), "percent": 1}, {"category_id": id(2), "percent": 1}, {"category_id": id(1), "percent": 2}]
        }));
        let faults: Vec<String> = programme.draft.faults().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(faults, ["/card_multipliers/1/card_kind", "/category_bonuses/2/category_id"]);
    }

    #[test]
    fn the_start_stays_unless_it_is_said() {
        let at = Instant::from_micros(7).unwrap();
        let unsaid = PointsProgramme::new(2, Instant::MAX, at, serde_json::from_str("{}").unwrap());
        assert_eq!((unsaid.starts_at, unsaid.draft.starts_at), (at, Some(at)));
        let said = PointsProgramme::new(2, Instant::MAX, at, PointsProgrammeDraft { starts_at: Some(Instant::MIN), ..Default::default() });
        assert_eq!(said.starts_at, Instant::MIN);
    }
}
