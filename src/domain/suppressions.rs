//! Addresses that nothing is sent to any more, whoever has them and whatever they consented to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{TextEnum, consents::ContactChannel, field_error::FieldError, ids::Id, instants::Instant, paging::SortOrder, texts};

text_enum! {
    /// Why nothing is sent there.
    SuppressionReason {
        /// There is no such address.
        HardBounce = "hard_bounce",
        /// Its reader has complained of a message.
        Complaint = "complaint",
        /// Somebody said so.
        Manual = "manual",
    }
}

text_enum! {
    /// A way whose addresses can be suppressed.
    SuppressibleChannel { Email = "email", Sms = "sms", Phone = "phone", Fax = "fax" }
}

impl SuppressibleChannel {
    /// The same way among those to a customer; none of these is left out.
    pub const fn channel(self) -> ContactChannel {
        match self {
            Self::Email => ContactChannel::Email,
            Self::Sms => ContactChannel::Sms,
            Self::Phone => ContactChannel::Phone,
            Self::Fax => ContactChannel::Fax,
        }
    }

    /// The same way, where it has addresses that can be suppressed.
    pub fn of(channel: ContactChannel) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.channel() == channel)
    }

    /// The one form of an address in which it is kept and compared: the case of an e-mail's letters makes no difference.
    pub fn normal(self, address: &str) -> String {
        if self == Self::Email { address.trim().to_lowercase() } else { address.trim().to_owned() }
    }
}

/// Everything a caller may say about a suppression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "email", "address": "xiaoming@example.com", "reason": "manual", "note": "Asked on the phone never to be written to"}))]
pub struct SuppressionDraft {
    /// The way.
    pub channel: SuppressibleChannel,
    /// The e-mail address, or the number in E.164.
    #[validate(length(min = 1, max = 254), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 254, pattern = "plain")]
    pub address: String,
    /// Why.
    #[serde(default = "manual")]
    #[schema(default = "manual")]
    pub reason: SuppressionReason,
    /// What else is to be known.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub note: Option<String>,
}

const fn manual() -> SuppressionReason {
    SuppressionReason::Manual
}

impl SuppressionDraft {
    /// The draft with its address in the one form in which it is kept.
    ///
    /// # Errors
    /// `email` or `phone` for what is no address of the channel.
    pub fn normalised(self) -> Result<Self, FieldError> {
        let address = self.channel.normal(&self.address);
        let checked = match self.channel {
            SuppressibleChannel::Email => {
                texts::email(&address).map_err(|_| ("email", "must be an e-mail address, such as mei@example.com"))
            }
            _ => texts::phone(&address).map_err(|_| ("phone", "must be a telephone number in E.164 form, such as +8613800000000")),
        };
        match checked {
            Ok(()) => Ok(Self { address, ..self }),
            Err((code, message)) => Err(FieldError::new("/address", code, message)),
        }
    }
}

/// A suppression as it is kept. It is made and removed, and never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The suppression's id.
    pub id: Id<Suppression>,
    /// What was said, its address in the one form.
    pub draft: SuppressionDraft,
    /// Since when.
    pub created_at: Instant,
}

text_enum! {
    /// The orders of the list of suppressions.
    SuppressionSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for SuppressionSort {}

/// Which suppressions are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuppressionSearch {
    /// Of this way.
    pub channel: Option<SuppressibleChannel>,
    /// For this reason.
    pub reason: Option<SuppressionReason>,
    /// Of this address; with the way left out, of whichever.
    pub address: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        let draft = |channel, address: &str| SuppressionDraft { channel, address: address.to_owned(), reason: manual(), note: None };
        let normal = |channel, address: &str| draft(channel, address).normalised().map(|draft| draft.address).map_err(|fault| fault.code);
        assert_eq!(normal(SuppressibleChannel::Email, " Mei@Example.COM"), Ok("mei@example.com".to_owned()));
        assert_eq!(normal(SuppressibleChannel::Sms, "+8613800000001 "), Ok("+8613800000001".to_owned()));
        assert_eq!(normal(SuppressibleChannel::Sms, "mei@example.com"), Err("phone"));
        assert_eq!(normal(SuppressibleChannel::Email, "+8613800000001"), Err("email"));
        assert_eq!(SuppressibleChannel::of(ContactChannel::Mail), None);
        assert_eq!(SuppressibleChannel::of(ContactChannel::Fax), Some(SuppressibleChannel::Fax));
    }
}
