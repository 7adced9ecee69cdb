//! Consents: by which way and for what a customer may be written to, as they said themselves.
//!
//! What holds is the strongest of all that was ever said, in whatever order it is heard:
//!
//! 1. A grant out of an import is the weakest: it holds only until the customer has said anything else, whenever that was. So no import upgrades a
//!    withdrawal.
//! 2. Of everything else what was said last holds.
//! 3. Of a grant and a withdrawal of the same instant the withdrawal holds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    customers::Customer,
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    permissions::{ActorKind, Caller},
    texts,
};

text_enum! {
    /// A way to a customer.
    ContactChannel { Email = "email", Sms = "sms", Phone = "phone", Fax = "fax", Mail = "mail", InStore = "in_store" }
}

text_enum! {
    /// What a customer is written to for.
    ContactPurpose {
        /// To sell something.
        Marketing = "marketing",
        /// To ask for answers.
        Survey = "survey",
        /// To tell what concerns a purchase or a card.
        Service = "service",
    }
}

text_enum! {
    /// What a customer said.
    ConsentStatus { Granted = "granted", Withdrawn = "withdrawn" }
}

text_enum! {
    /// Where a customer said it.
    ConsentSource {
        Web = "web",
        Mobile = "mobile",
        InStore = "in_store",
        Phone = "phone",
        Email = "email",
        Paper = "paper",
        /// By the link in a message.
        Unsubscribe = "unsubscribe",
        /// By complaining of a message.
        Complaint = "complaint",
        /// Another system said so: the weakest of all grants.
        Import = "import",
    }
}

/// What a customer said, as a caller tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "granted", "source": "web", "evidence": "Checkout of order 2026-1001, box ticked", "at": "2026-06-30T08:15:00Z"}))]
pub struct ConsentDraft {
    /// What the customer said.
    pub status: ConsentStatus,
    /// Where.
    pub source: ConsentSource,
    /// What proves it: the form, the recording, the letter.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub evidence: Option<String>,
    /// When; now when left out.
    #[serde(default)]
    pub at: Option<Instant>,
}

/// One thing that a customer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What.
    pub status: ConsentStatus,
    /// Where.
    pub source: ConsentSource,
    /// What proves it.
    pub evidence: Option<String>,
    /// When.
    pub at: Instant,
}

impl Statement {
    /// Whether this holds after `known` has held: the rules are at the head of this file. What was said before in the same words changes nothing.
    pub fn overrules(&self, known: &Self) -> bool {
        self.strength() > known.strength()
    }

    /// Said by the customer, when, and whether it is a withdrawal: compared in this order.
    fn strength(&self) -> (bool, Instant, bool) {
        let is_imported_grant = self.source == ConsentSource::Import && self.status == ConsentStatus::Granted;
        (!is_imported_grant, self.at, self.status == ConsentStatus::Withdrawn)
    }
}

/// What holds of one way and purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Whose it is.
    pub customer_id: Id<Customer>,
    /// The way.
    pub channel: ContactChannel,
    /// What for.
    pub purpose: ContactPurpose,
    /// What the customer said.
    pub statement: Statement,
    /// Counts the changes.
    pub version: i64,
    /// When something was said first.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// An entry of the history: something that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentEvent {
    /// The entry's id.
    pub id: Id<ConsentEvent>,
    /// Whose it is.
    pub customer_id: Id<Customer>,
    /// The way.
    pub channel: ContactChannel,
    /// What for.
    pub purpose: ContactPurpose,
    /// What the customer said.
    pub statement: Statement,
    /// Whether it held from then on; what is weaker than something known is kept, and changes nothing.
    pub is_effective: bool,
    /// What kind of caller told it.
    pub actor_kind: ActorKind,
    /// Who told it.
    pub actor_id: Option<Id<Caller>>,
    /// When it was heard.
    pub created_at: Instant,
}

text_enum! {
    /// The orders of the history of consents.
    ConsentEventSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for ConsentEventSort {}

/// Which entries of a customer's history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConsentEventSearch {
    /// Of this way.
    pub channel: Option<ContactChannel>,
    /// Of this purpose.
    pub purpose: Option<ContactPurpose>,
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;
    use crate::domain::TextEnum;

    fn said(status: ConsentStatus, source: ConsentSource, minute: i64) -> Statement {
        let at = Instant::from_micros(1_780_000_000_000_000 + minute * 60_000_000).unwrap();
        Statement { status, source, evidence: None, at }
    }

    fn heard(statements: &[Statement]) -> Option<Statement> {
        let mut holds: Option<Statement> = None;
        for statement in statements {
            if holds.as_ref().is_none_or(|known| statement.overrules(known)) {
                holds = Some(statement.clone());
            }
        }
        holds
    }

    #[test]
    fn what_was_said_last_holds_and_a_withdrawal_wins_a_draw() {
        use ConsentSource::{Import, Web};
        use ConsentStatus::{Granted, Withdrawn};
        for (known, then, holds) in [
            (said(Granted, Web, 5), said(Withdrawn, Web, 6), Withdrawn),
            (said(Granted, Web, 5), said(Withdrawn, Web, 5), Withdrawn),
            (said(Granted, Web, 5), said(Withdrawn, Web, 4), Granted),
            (said(Withdrawn, Web, 5), said(Granted, Web, 6), Granted),
            (said(Withdrawn, Web, 5), said(Granted, Web, 5), Withdrawn),
            (said(Withdrawn, Web, 5), said(Granted, Import, 900), Withdrawn),
            (said(Granted, Import, 900), said(Withdrawn, Web, 5), Withdrawn),
            (said(Granted, Import, 5), said(Withdrawn, Import, 4), Withdrawn),
            (said(Withdrawn, Import, 5), said(Granted, Web, 6), Granted),
        ] {
            assert_eq!(heard(&[known.clone(), then.clone()]).unwrap().status, holds, "{known:?} {then:?}");
        }
    }

    fn statements() -> impl Strategy<Value = Vec<Statement>> {
        let one = (select(ConsentStatus::ALL), select(ConsentSource::ALL), 0_i64..6);
        prop::collection::vec(one.prop_map(|(status, source, minute)| said(status, source, minute)), 1..8)
    }

    /// What holds, said in another way: by the rules of the README, one after the other.
    fn by_the_rules(statements: &[Statement]) -> ConsentStatus {
        let own: Vec<_> =
            statements.iter().filter(|it| it.source != ConsentSource::Import || it.status == ConsentStatus::Withdrawn).collect();
        let Some(last) = own.iter().map(|it| it.at).max() else { return ConsentStatus::Granted };
        if own.iter().any(|it| it.at == last && it.status == ConsentStatus::Withdrawn) {
            ConsentStatus::Withdrawn
        } else {
            ConsentStatus::Granted
        }
    }

    proptest! {
        #[test]
        fn the_order_of_hearing_makes_no_difference((statements, shuffled) in statements().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))) {
            let (one, other) = (heard(&statements).unwrap(), heard(&shuffled).unwrap());
            prop_assert_eq!((one.status, one.at), (other.status, other.at));
            prop_assert_eq!(one.status, by_the_rules(&statements));
            // Heard twice, nothing changes.
            let twice: Vec<Statement> = statements.iter().chain(&shuffled).cloned().collect();
            prop_assert_eq!(heard(&twice).unwrap().status, one.status);
        }

        #[test]
        fn after_a_withdrawal_only_the_customer_grants(statements in statements(), minute in 0_i64..6) {
            let mut all = vec![said(ConsentStatus::Withdrawn, ConsentSource::Web, minute)];
            all.extend(statements);
            let granted_later = all.iter().any(|it| it.status == ConsentStatus::Granted && it.source != ConsentSource::Import && it.at > all[0].at);
            prop_assert!(granted_later || heard(&all).unwrap().status == ConsentStatus::Withdrawn);
        }
    }
}
