//! Campaigns: what the members of segments are written or told, some of whom are held out to show what came of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    consents::{ContactChannel, ContactPurpose},
    coupons::CouponBatch,
    field_error::FieldError,
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    segments::Segment,
    texts,
    value_score::BasisPoints,
};

mod assignment;
pub mod attribution;
mod lifecycle;
mod recipients;
pub mod report;
mod templates;
mod tracking;
mod worklist;

pub use assignment::{Assignment, Groups};
pub use lifecycle::{CampaignStatus, CampaignStep};
pub use recipients::{LeftOutReason, Recipient, RecipientSearch, RecipientSort, RecipientStatus, Traces};
pub use templates::{Facts, Letter, Missing, Templates, Unwritten};
pub use tracking::{Trackers, origins_in};
pub use worklist::{ContactOutcome, ContactReport, ContactReportDraft, Settlement, WorklistSearch, WorklistSort};

/// Everything a caller may say about a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Back to school 2026", "goal": "Bring last year's textbook buyers back before term starts", "purpose": "marketing", "channel": "email",
    "audience": {"segments_in": ["018f4e1c-7d2a-7b63-9a41-3f0c5d1e8c01"], "segments_out": []}, "holdout_share": 0.1,
    "variants": [{
        "key": "a", "share": 1, "subject": "{{ customer.name }}, term starts soon", "text": "Dear {{ customer.nickname or customer.name }},\n\nhttps://shop.example/school\n\nNo more of this: {{ unsubscribe_url }}",
        "html": "<p>Dear {{ customer.nickname or customer.name }},</p><p><a href=\"https://shop.example/school\">All for school</a></p>"
    }],
    "budget": 500_000, "cost_per_message": 5, "expected_response_rate": 0.04, "attribution_window_days": 30, "rate_per_minute": 600
}))]
pub struct CampaignDraft {
    /// What it is called. Templates can name it.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub goal: Option<String>,
    /// What customers are written to for, which decides whose consent is needed.
    #[serde(default = "marketing")]
    #[schema(default = "marketing")]
    pub purpose: ContactPurpose,
    /// The way to the customers. `email` is sent by the mail server, `sms`, `fax` and `mail` by the shop's gateway; by `phone` and `in_store` nothing is sent,
    /// but staff work a list. `mail` goes to the default address; no numbers of faxes are kept, so by `fax` nobody is reached.
    #[serde(default = "email")]
    #[schema(default = "email")]
    pub channel: ContactChannel,
    /// Who is written to.
    #[validate(nested)]
    pub audience: Audience,
    /// The share of those who could be written to that is held out, chosen by chance and not written to.
    #[serde(default = "nobody")]
    #[schema(default = 0)]
    pub holdout_share: BasisPoints,
    /// What is written; their shares add up to 1.
    #[validate(nested, length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub variants: Vec<Variant>,
    /// The coupons it gives away: everybody who is written to gets one of their own, which templates print as `coupon.code`; of a batch with one code for all,
    /// that code.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub coupon_batch_id: Option<Id<CouponBatch>>,
    /// Whether an invisible image in the HTML tells that a message was opened. Mail programs that load images by themselves make it say too much, those
    /// that load none too little.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub tracks_opens: bool,
    /// Whether links in messages lead over this server, which tells that they were followed.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub tracks_clicks: bool,
    /// What it may cost, in minor units: a launch that would cost more is refused.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub budget: Option<i64>,
    /// What a message costs, in minor units.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_i64)]
    pub cost_per_message: Option<i64>,
    /// The share of the messages to which a response is expected: an answer, a followed link, an order.
    #[serde(default)]
    pub expected_response_rate: Option<BasisPoints>,
    /// For so many days after a message was sent an order counts as brought by it, and for so many after the start everybody's purchases are compared with
    /// those of who is held out.
    #[serde(default = "a_month")]
    #[validate(range(min = 1, max = 365))]
    #[schema(default = 30, minimum = 1, maximum = 365)]
    pub attribution_window_days: i64,
    /// At most so many messages are handed to the outbox in any minute, and at most so many wait there to leave; those that are tried again come on top.
    #[serde(default = "ten_a_second")]
    #[validate(range(min = 1, max = 60_000))]
    #[schema(default = 600, minimum = 1, maximum = 60_000)]
    pub rate_per_minute: i64,
}

/// Who is written to: the members of any of some segments, but of none of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"segments_in": ["018f4e1c-7d2a-7b63-9a41-3f0c5d1e8c01"], "segments_out": []}))]
pub struct Audience {
    /// Members of any of these.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20, value_type = Vec<Uuid>)]
    pub segments_in: Vec<Id<Segment>>,
    /// And of none of these.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20, value_type = Vec<Uuid>)]
    pub segments_out: Vec<Id<Segment>>,
}

impl Audience {
    /// Whether it names a segment, in or out.
    pub fn names(&self, segment: Id<Segment>) -> bool {
        self.segments_in.contains(&segment) || self.segments_out.contains(&segment)
    }
}

/// One way to write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "a", "share": 0.5, "subject": "{{ customer.name }}, term starts soon", "text": "Dear {{ customer.name }}, …", "html": null}))]
pub struct Variant {
    /// What it is called in reports.
    #[validate(length(min = 1, max = 20), custom(function = "texts::token"))]
    #[schema(min_length = 1, max_length = 20, pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    pub key: String,
    /// Its share of those who are not held out.
    pub share: BasisPoints,
    /// The template of the subject: one line. Where a channel knows no subject it is what the message is called.
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub subject: String,
    /// The template of the plain text.
    #[validate(length(min = 1, max = 20_000), custom(function = "texts::readable"))]
    #[schema(min_length = 1, max_length = 20_000, pattern = "readable")]
    pub text: String,
    /// The template of the HTML, in which values are escaped; none for a message of plain text alone, which all but e-mail are.
    #[serde(default)]
    #[validate(length(min = 1, max = 100_000), custom(function = "texts::readable"))]
    #[schema(min_length = 1, max_length = 100_000, pattern = "readable")]
    pub html: Option<String>,
}

const fn marketing() -> ContactPurpose {
    ContactPurpose::Marketing
}

const fn email() -> ContactChannel {
    ContactChannel::Email
}

const fn nobody() -> BasisPoints {
    BasisPoints::ZERO
}

const fn yes() -> bool {
    true
}

const fn a_month() -> i64 {
    30
}

const fn ten_a_second() -> i64 {
    600
}

impl CampaignDraft {
    /// Checks what single fields can not tell, and that every template can be read.
    ///
    /// # Errors
    /// All faults, with JSON Pointers into the draft: `range` (everybody held out), `sum` (shares that do not add up to 1), `duplicate` (two variants
    /// of one key), `not_applicable` (HTML by another way than e-mail), `template` (with the line at fault), `unknown_variable`.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults = Vec::new();
        if self.holdout_share == BasisPoints::MAX {
            faults.push(FieldError::new("/holdout_share", "range", "must be less than 1"));
        }
        let shares: i32 = self.variants.iter().map(|variant| variant.share.get()).sum();
        if shares != BasisPoints::MAX.get() {
            faults.push(FieldError::new("/variants", "sum", "must have shares that add up to 1"));
        }
        for (index, variant) in self.variants.iter().enumerate() {
            if self.variants.iter().take(index).any(|earlier| earlier.key == variant.key) {
                faults.push(FieldError::new(format!("/variants/{index}/key"), "duplicate", "must not be the key of another variant"));
            }
            if variant.html.is_some() && self.channel != ContactChannel::Email {
                let words = "must be left out: only e-mail is written as HTML";
                faults.push(FieldError::new(format!("/variants/{index}/html"), "not_applicable", words));
            }
            if let Err(of_templates) = Templates::parse(variant) {
                faults.extend(of_templates.into_iter().map(|fault| fault.under(&format!("/variants/{index}"))));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// Whether nothing is sent, but staff talk to the customers: they work a list.
    pub const fn is_worked(&self) -> bool {
        matches!(self.channel, ContactChannel::Phone | ContactChannel::InStore)
    }

    /// How the audience is parted.
    pub fn groups(&self) -> Groups {
        Groups { holdout: self.holdout_share, shares: self.variants.iter().map(|variant| variant.share).collect() }
    }
}

/// A campaign as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The campaign's id.
    pub id: Id<Campaign>,
    /// What was said about it; frozen once it is launched.
    pub draft: CampaignDraft,
    /// Where it stands.
    pub status: CampaignStatus,
    /// From when on messages leave; known from the launch on.
    pub starts_at: Option<Instant>,
    /// When its audience was frozen.
    pub launched_at: Option<Instant>,
    /// When it was completed or cancelled.
    pub ended_at: Option<Instant>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// When a campaign is to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"at": "2026-08-20T09:00:00Z"}))]
pub struct LaunchDraft {
    /// From when on messages leave; at once when left out.
    #[serde(default)]
    pub at: Option<Instant>,
}

text_enum! {
    /// The orders of the list of campaigns.
    CampaignSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for CampaignSort {}

/// Which campaigns are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CampaignSearch {
    /// Stands there.
    pub status: Option<CampaignStatus>,
    /// Of this way.
    pub channel: Option<ContactChannel>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(key: &str, share: f64, text: &str) -> Variant {
        let share = BasisPoints::parse(share).unwrap();
        Variant { key: key.to_owned(), share, subject: "For you".to_owned(), text: text.to_owned(), html: None }
    }

    #[test]
    fn what_single_fields_can_not_tell_is_checked() {
        let draft: CampaignDraft = serde_json::from_value(serde_json::json!({
            "name": "School", "audience": {"segments_in": ["018f4e1c-7d2a-7b63-9a41-3f0c5d1e8c01"]},
            "variants": [{"key": "a", "share": 1, "subject": "Hello", "text": "Hello {{ customer.name }}"}]
        }))
        .unwrap();
        let faults = |draft: CampaignDraft| -> Vec<(String, &str)> {
            draft.check().err().unwrap_or_default().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
        };
        assert_eq!(faults(draft.clone()), []);
        assert_eq!(faults(CampaignDraft { holdout_share: BasisPoints::MAX, ..draft.clone() }), [("/holdout_share".to_owned(), "range")]);
        let two = |first: Variant, second: Variant| CampaignDraft { variants: vec![first, second], ..draft.clone() };
        assert_eq!(faults(two(variant("a", 0.5, "x"), variant("b", 0.5, "y"))), []);
        assert_eq!(faults(two(variant("a", 0.5, "x"), variant("b", 0.4999, "y"))), [("/variants".to_owned(), "sum")]);
        assert_eq!(faults(two(variant("a", 0.5, "x"), variant("a", 0.5, "y"))), [("/variants/1/key".to_owned(), "duplicate")]);
        let html = Variant { html: Some("<p>x</p>".to_owned()), ..variant("b", 0.5, "y") };
        assert_eq!(faults(two(variant("a", 0.5, "x"), html.clone())), []);
        let by_sms = CampaignDraft { channel: ContactChannel::Sms, ..two(variant("a", 0.5, "x"), html) };
        assert_eq!(faults(by_sms), [("/variants/1/html".to_owned(), "not_applicable")]);
        assert_eq!(faults(two(variant("a", 0.5, "x"), variant("b", 0.5, "{{ x"))), [("/variants/1/text".to_owned(), "template")]);
    }
}
