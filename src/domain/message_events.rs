//! What became of messages after they had left, as whoever carried them tells: in any order, and as often as they like.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{campaigns::Traces, field_error::FieldError, ids::Id, instants::Instant, messages::Message};

/// How far the clock of another may be ahead of ours.
pub const AHEAD: TimeDelta = TimeDelta::minutes(5);

text_enum! {
    /// What became of a message.
    MessageEventType {
        /// It arrived.
        Delivered = "delivered",
        /// It came back.
        Bounced = "bounced",
        Opened = "opened",
        /// A link in it was followed.
        Clicked = "clicked",
        /// Its reader answered.
        Replied = "replied",
        /// Its reader called it spam: nothing is sent to that address any more, and their consent is withdrawn.
        Complained = "complained",
        /// Its reader wants no more of it: their consent is withdrawn.
        Unsubscribed = "unsubscribed",
    }
}

/// Something that became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"message_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0", "type": "bounced", "at": "2026-06-30T08:17:00Z", "is_permanent": true}))]
pub struct MessageEvent {
    /// The message: the `message_id` of the call that handed it over.
    #[schema(value_type = Uuid)]
    pub message_id: Id<Message>,
    /// What.
    pub r#type: MessageEventType,
    /// When.
    pub at: Instant,
    /// Of `bounced`: whether there is no such address, so that nothing is sent there any more.
    #[serde(default)]
    #[schema(default = false)]
    pub is_permanent: bool,
}

/// What became of messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"events": [{"message_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0", "type": "delivered", "at": "2026-06-30T08:16:02Z"}]}))]
pub struct MessageEvents {
    /// In any order.
    #[validate(nested, length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000)]
    pub events: Vec<MessageEvent>,
}

impl MessageEvents {
    /// Checks what single fields can not tell.
    ///
    /// # Errors
    /// All faults, with JSON Pointers: `range` for what will be only in the future, `not_applicable` for a permanence of anything but a bounce.
    pub fn check(&self, now: Instant) -> Result<(), Vec<FieldError>> {
        let latest = now.checked_add(AHEAD).unwrap_or(Instant::MAX);
        let mut faults = Vec::new();
        for (index, event) in self.events.iter().enumerate() {
            if event.at > latest {
                faults.push(FieldError::new(format!("/events/{index}/at"), "range", "must not lie in the future"));
            }
            if event.is_permanent && event.r#type != MessageEventType::Bounced {
                let words = "must be left out: only what bounced can have done so for good";
                faults.push(FieldError::new(format!("/events/{index}/is_permanent"), "not_applicable", words));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

impl MessageEvent {
    /// What is known of a message after this, which happened at `at` by our clock.
    pub fn noted(&self, traces: Traces, at: Instant) -> Traces {
        match self.r#type {
            MessageEventType::Delivered => traces.delivered(at),
            MessageEventType::Bounced => traces.bounced(at),
            MessageEventType::Opened => traces.opened(at),
            MessageEventType::Clicked => traces.clicked(at),
            MessageEventType::Replied => traces.replied(at),
            MessageEventType::Complained => traces.complained(at),
            MessageEventType::Unsubscribed => traces.unsubscribed(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;
    use crate::domain::TextEnum;

    fn event(r#type: MessageEventType, minute: i64) -> MessageEvent {
        let at = Instant::from_micros(1_780_000_000_000_000 + minute * 60_000_000).unwrap();
        MessageEvent { message_id: "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0".parse().unwrap(), r#type, at, is_permanent: false }
    }

    #[test]
    fn what_can_not_be_is_told_with_its_place() {
        let now = event(MessageEventType::Opened, 0).at;
        let events = vec![
            event(MessageEventType::Opened, 5),
            event(MessageEventType::Opened, 6),
            MessageEvent { is_permanent: true, ..event(MessageEventType::Bounced, 0) },
            MessageEvent { is_permanent: true, ..event(MessageEventType::Complained, 0) },
        ];
        let faults = MessageEvents { events }.check(now).unwrap_err();
        let told: Vec<(&str, &str)> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
        assert_eq!(told, [("/events/1/at", "range"), ("/events/3/is_permanent", "not_applicable")]);
    }

    fn heard(events: &[MessageEvent]) -> Traces {
        events.iter().fold(Traces::default(), |traces, event| event.noted(traces, event.at))
    }

    proptest! {
        #[test]
        fn order_and_repetition_make_no_difference(
            (events, shuffled) in prop::collection::vec((select(MessageEventType::ALL), 0_i64..9).prop_map(|(kind, minute)| event(kind, minute)), 1..12)
                .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
        ) {
            let known = heard(&events);
            prop_assert_eq!(known, heard(&shuffled));
            prop_assert_eq!(known, heard(&[events.clone(), shuffled].concat()));
            let first = events.iter().filter(|event| event.r#type == MessageEventType::Delivered).map(|event| event.at).min();
            prop_assert_eq!(known.delivered_at, first);
        }
    }
}
