//! The contact policy: whether a customer may be written to, and when.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::{
    consents::{ConsentStatus, ContactChannel, ContactPurpose},
    customers::Lifecycle,
    field_error::FieldError,
    instants::Instant,
    versions::{Versioned, kept_as_version},
};

mod draft;
mod quiet_hours;

pub use draft::{ContactPolicyDraft, QuietHoursDraft, WeeklyCap};
pub use quiet_hours::QuietHours;

/// The time within which messages are counted against a cap, up to the instant of sending.
pub const CAP_WINDOW: TimeDelta = TimeDelta::days(7);

/// The contact policy of the shop, at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactPolicy {
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it became what it is.
    pub updated_at: Instant,
    draft: ContactPolicyDraft,
    zone: Tz,
    quiet_hours: Option<QuietHours>,
}

text_enum! {
    /// Why a customer is not written to.
    NoContact {
        /// The relationship is over.
        FormerCustomer = "former_customer",
        /// The channel leads nowhere: no address of theirs is known.
        NoAddress = "no_address",
        /// Nothing is sent to the address.
        Suppressed = "suppressed",
        /// They do not want it.
        Withdrawn = "consent_withdrawn",
        /// They were never asked whether they want it.
        NoConsent = "no_consent",
        /// They have had as much as they may have for now.
        FrequencyCap = "frequency_cap",
    }
}

/// What is known of a customer who is to be written to, for one channel and purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    /// Where the relationship stands.
    pub lifecycle: Lifecycle,
    /// Whether there is an address.
    pub has_address: bool,
    /// Whether nothing is sent to it.
    pub is_suppressed: bool,
    /// What they said.
    pub consent: Option<ConsentStatus>,
    /// How many messages they were sent by this channel within [`CAP_WINDOW`], for purposes that caps count.
    pub recent: i64,
}

impl ContactPolicy {
    /// The policy that `draft` describes, as a version of its own.
    ///
    /// # Errors
    /// All faults: `time_zone`, `equal` (quiet hours without end), `range`, `duplicate`.
    pub fn new(version: i64, updated_at: Instant, draft: ContactPolicyDraft) -> Result<Self, Vec<FieldError>> {
        let (zone, quiet_hours) = draft.parse()?;
        Ok(Self { version, updated_at, draft, zone, quiet_hours })
    }

    /// The policy as callers write it, every part written out.
    pub const fn draft(&self) -> &ContactPolicyDraft {
        &self.draft
    }

    /// Why a customer is not written to; none when they may be. Of several reasons the first in the order of [`NoContact`].
    pub fn refusal(&self, channel: ContactChannel, purpose: ContactPurpose, contact: &Contact) -> Option<NoContact> {
        if contact.lifecycle == Lifecycle::Former {
            return Some(NoContact::FormerCustomer);
        }
        if !contact.has_address {
            return Some(NoContact::NoAddress);
        }
        if contact.is_suppressed {
            return Some(NoContact::Suppressed);
        }
        match contact.consent {
            Some(ConsentStatus::Withdrawn) => return Some(NoContact::Withdrawn),
            None if self.draft.consent_needed_for.contains(&purpose) => return Some(NoContact::NoConsent),
            None | Some(ConsentStatus::Granted) => {}
        }
        self.cap(channel, purpose).filter(|cap| contact.recent >= *cap).map(|_| NoContact::FrequencyCap)
    }

    /// The most messages within [`CAP_WINDOW`]; none where there is no cap.
    pub fn cap(&self, channel: ContactChannel, purpose: ContactPurpose) -> Option<i64> {
        let is_capped = self.draft.capped_purposes.contains(&purpose);
        self.draft.weekly_caps.iter().find(|cap| is_capped && cap.channel == channel).map(|cap| cap.messages)
    }

    /// The first instant from `at` on that is not in the quiet hours of a customer whose zone is `time_zone`; of one whose zone is not known, of the shop.
    pub fn first_loud(&self, at: Instant, time_zone: Option<&str>) -> Instant {
        let zone = time_zone.and_then(|name| name.parse().ok()).unwrap_or(self.zone);
        self.quiet_hours.map_or(at, |hours| hours.end(at, zone))
    }
}

impl Versioned for ContactPolicy {
    type Draft = ContactPolicyDraft;

    fn build(version: i64, updated_at: Instant, draft: Self::Draft) -> Result<Self, Vec<FieldError>> {
        Self::new(version, updated_at, draft)
    }

    kept_as_version!();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(draft: ContactPolicyDraft) -> ContactPolicy {
        ContactPolicy::new(1, "2026-06-30T08:15:00Z".parse().unwrap(), draft).unwrap()
    }

    fn may() -> Contact {
        Contact { lifecycle: Lifecycle::Active, has_address: true, is_suppressed: false, consent: Some(ConsentStatus::Granted), recent: 0 }
    }

    #[test]
    fn of_several_reasons_the_first_is_told() {
        use ContactChannel::{Email, Phone, Sms};
        use ContactPurpose::{Marketing, Service};
        let policy = policy(ContactPolicyDraft::default());
        let withdrawn = Contact { consent: Some(ConsentStatus::Withdrawn), ..may() };
        let unasked = Contact { consent: None, ..may() };
        let former = Contact { lifecycle: Lifecycle::Former, has_address: false, ..withdrawn };
        for (channel, purpose, contact, reason) in [
            (Email, Marketing, may(), None),
            (Email, Marketing, former, Some(NoContact::FormerCustomer)),
            (Email, Marketing, Contact { has_address: false, is_suppressed: true, ..withdrawn }, Some(NoContact::NoAddress)),
            (Email, Service, Contact { is_suppressed: true, ..withdrawn }, Some(NoContact::Suppressed)),
            (Email, Service, Contact { recent: 9, ..withdrawn }, Some(NoContact::Withdrawn)),
            (Email, Marketing, unasked, Some(NoContact::NoConsent)),
            (Email, Service, unasked, None),
            (Email, Marketing, Contact { recent: 1, ..may() }, None),
            (Email, Marketing, Contact { recent: 2, ..may() }, Some(NoContact::FrequencyCap)),
            (Sms, Marketing, Contact { recent: 1, ..may() }, Some(NoContact::FrequencyCap)),
            (Email, Service, Contact { recent: 99, ..may() }, None),
            (Phone, Marketing, Contact { recent: 99, ..may() }, None),
        ] {
            assert_eq!(policy.refusal(channel, purpose, &contact), reason, "{channel} {purpose} {contact:?}");
        }
    }

    #[test]
    fn a_zone_that_is_not_known_is_the_shops() {
        let policy = policy(ContactPolicyDraft { time_zone: "Asia/Shanghai".to_owned(), ..ContactPolicyDraft::default() });
        let at = "2026-06-30T14:00:00Z".parse().unwrap();
        for (zone, first) in [
            (None, "2026-07-01T00:00:00Z"),
            (Some("Europe/Berlin"), "2026-06-30T14:00:00Z"),
            (Some("Mars/Olympus"), "2026-07-01T00:00:00Z"),
        ] {
            assert_eq!(policy.first_loud(at, zone).to_string(), first);
        }
    }
}
