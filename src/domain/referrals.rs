//! Customers who bring friends: a code to share, who was brought by whom, and what speaks against it.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    customers::{Address, Customer},
    ids::Id,
    instants::Instant,
    orders::Order,
    paging::SortOrder,
    secrets::SecretFault,
    texts,
    typed_codes::{self, Mistyped},
};

/// What every code to share begins with.
const PREFIX: &str = "PR";

/// A code to share, in the one form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralCode(String);

impl ReferralCode {
    /// A new code.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, SecretFault> {
        typed_codes::generate(PREFIX).map(Self)
    }

    /// Reads a code as somebody has typed it: case, hyphens and blanks make no difference.
    ///
    /// # Errors
    /// [`Mistyped`].
    pub fn read(text: &str) -> Result<Self, Mistyped> {
        typed_codes::read(PREFIX, text).map(Self)
    }

    /// The form in which it is compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As it is printed.
impl fmt::Display for ReferralCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&typed_codes::grouped(PREFIX, &self.0))
    }
}

/// The code that a customer shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCode {
    /// Whose it is.
    pub customer_id: Id<Customer>,
    /// As it is printed.
    pub code: String,
    /// When it was made.
    pub created_at: Instant,
}

/// Whose code a new customer has brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "PR-7Q3M0-ZK4TD-8WXYC"}))]
pub struct ReferralDraft {
    /// The code of who has brought them.
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub code: String,
}

text_enum! {
    /// How far a referral has come.
    ReferralStatus {
        /// The friend has bought nothing yet.
        Pending = "pending",
        /// The friend's first paid order is there: it rewards both, once it is completed, and as far as it is not given back.
        Earned = "earned",
    }
}

/// One customer who was brought by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    /// The referral's id.
    pub id: Id<Referral>,
    /// Who was brought.
    pub friend_id: Id<Customer>,
    /// Who has brought them.
    pub referrer_id: Id<Customer>,
    /// How far it has come.
    pub status: ReferralStatus,
    /// The friend's first paid order.
    pub order_id: Option<Id<Order>>,
    /// When the friend has brought the code.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

text_enum! {
    /// The orders of the list of referrals.
    ReferralSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for ReferralSort {}

/// What two customers have in common when they are one household: where they are reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Household {
    mailbox: Option<String>,
    phones: BTreeSet<String>,
    doors: BTreeSet<String>,
}

impl Household {
    /// Of a customer with addresses.
    pub fn of(customer: &Customer, addresses: &[Address]) -> Self {
        let of_addresses = addresses.iter().filter_map(|address| address.draft.phone.clone());
        Self {
            mailbox: customer.draft.email.as_deref().map(mailbox),
            phones: customer.draft.phone.iter().cloned().chain(of_addresses).collect(),
            doors: addresses.iter().map(door).collect(),
        }
    }

    /// What it has in common with another, in words; none for two households.
    pub fn shared_with(&self, other: &Self) -> Option<&'static str> {
        if self.mailbox.is_some() && self.mailbox == other.mailbox {
            return Some("an e-mail address");
        }
        if !self.phones.is_disjoint(&other.phones) {
            return Some("a telephone number");
        }
        if self.doors.is_disjoint(&other.doors) { None } else { Some("an address") }
    }
}

/// The mailbox of an address: without what is after a plus sign, which mail servers ignore (RFC 5233, *subaddressing*), in small letters.
fn mailbox(email: &str) -> String {
    let email = email.to_lowercase();
    match email.split_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or(local)),
        None => email,
    }
}

/// Where an address is, however it is written.
fn door(address: &Address) -> String {
    let draft = &address.draft;
    let parts = [Some(&draft.line1), draft.line2.as_ref(), Some(&draft.city), draft.postal_code.as_ref(), Some(&draft.country)];
    let written = parts.into_iter().flatten().flat_map(|part| part.chars()).filter(|c| c.is_alphanumeric());
    written.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn household(email: &str, phones: &[&str], doors: &[&str]) -> Household {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Household { mailbox: Some(mailbox(email)), phones: texts(phones), doors: texts(doors) }
    }

    #[test]
    fn one_household_is_known_by_where_it_is_reached() {
        let mei = household("Mei+shop@Example.com", &["+8613800000001"], &["天河路123号广州510620cn"]);
        assert_eq!(mei.shared_with(&household("mei+again@example.com", &[], &[])), Some("an e-mail address"));
        assert_eq!(mei.shared_with(&household("lin@example.com", &["+8613800000002", "+8613800000001"], &[])), Some("a telephone number"));
        assert_eq!(mei.shared_with(&household("lin@example.com", &[], &["天河路123号广州510620cn"])), Some("an address"));
        assert_eq!(mei.shared_with(&household("mei@example.org", &["+8613800000002"], &["天河路124号广州510620cn"])), None);
        assert_eq!(Household::default().shared_with(&Household::default()), None, "nothing known is nothing in common");
    }

    #[test]
    fn a_code_to_share_is_none_of_a_coupon() {
        let code = ReferralCode::generate().unwrap();
        assert!(code.to_string().starts_with("PR-"));
        assert_eq!(ReferralCode::read(&code.to_string().to_lowercase()), Ok(code));
        assert_eq!(ReferralCode::read("PR-10000-00000-0000W"), Err(Mistyped));
    }
}
