//! Who will use the goods of a line: the first of four sources that knows.

use super::UserSource;
use crate::domain::{
    catalogue::ProductUser,
    customers::{CardKind, RelationKind},
};

impl RelationKind {
    /// What this person is as a user of goods: presents for friends and colleagues, the others as they are named.
    pub const fn product_user(self) -> ProductUser {
        match self {
            Self::Child => ProductUser::Child,
            Self::Student => ProductUser::Student,
            Self::Senior => ProductUser::Senior,
            Self::Family => ProductUser::Family,
            Self::Friend | Self::Colleague => ProductUser::Gift,
        }
    }
}

impl CardKind {
    /// What the holder of such a card is as a user of goods, where the card tells.
    pub const fn product_user(self) -> Option<ProductUser> {
        match self {
            Self::Student => Some(ProductUser::Student),
            Self::Senior => Some(ProductUser::Senior),
            Self::Regular | Self::Vip => None,
        }
    }
}

/// Who will use the goods of a line, and how that is known: the line's own `used_by`, else the kind of its beneficiary, else the
/// product's default user, else the buyer's membership card. [`ProductUser::Unknown`] is no knowledge: the next source is asked.
pub fn product_user(
    line: Option<ProductUser>,
    beneficiary: Option<RelationKind>,
    product: Option<ProductUser>,
    card: Option<CardKind>,
) -> (ProductUser, UserSource) {
    let sources = [
        (line, UserSource::Line),
        (beneficiary.map(RelationKind::product_user), UserSource::Beneficiary),
        (product, UserSource::Product),
        (card.and_then(CardKind::product_user), UserSource::Card),
    ];
    sources
        .into_iter()
        .find_map(|(user, source)| user.filter(|user| *user != ProductUser::Unknown).map(|user| (user, source)))
        .unwrap_or((ProductUser::Unknown, UserSource::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_source_that_knows_wins() {
        let (child, student) = (Some(RelationKind::Child), Some(ProductUser::Student));
        let senior = Some(CardKind::Senior);
        for (asked, answer) in [
            ((Some(ProductUser::Self_), child, student, senior), (ProductUser::Self_, UserSource::Line)),
            ((None, child, student, senior), (ProductUser::Child, UserSource::Beneficiary)),
            ((None, None, student, senior), (ProductUser::Student, UserSource::Product)),
            ((None, None, None, senior), (ProductUser::Senior, UserSource::Card)),
            ((None, None, None, Some(CardKind::Student)), (ProductUser::Student, UserSource::Card)),
            ((None, None, None, Some(CardKind::Regular)), (ProductUser::Unknown, UserSource::Unknown)),
            ((None, None, None, Some(CardKind::Vip)), (ProductUser::Unknown, UserSource::Unknown)),
            ((None, None, None, None), (ProductUser::Unknown, UserSource::Unknown)),
            ((Some(ProductUser::Unknown), None, Some(ProductUser::Unknown), senior), (ProductUser::Senior, UserSource::Card)),
        ] {
            assert_eq!(product_user(asked.0, asked.1, asked.2, asked.3), answer, "{asked:?}");
        }
    }

    #[test]
    fn friends_and_colleagues_are_given_presents() {
        for (kind, user) in [
            (RelationKind::Child, ProductUser::Child),
            (RelationKind::Student, ProductUser::Student),
            (RelationKind::Senior, ProductUser::Senior),
            (RelationKind::Family, ProductUser::Family),
            (RelationKind::Friend, ProductUser::Gift),
            (RelationKind::Colleague, ProductUser::Gift),
        ] {
            assert_eq!(kind.product_user(), user);
        }
    }
}
