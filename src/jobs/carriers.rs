//! Those who take messages from us: the mail server, and the shop's own gateway.

use super::outbox::{Carry, Converse, Handover};
use crate::{
    domain::messages::{Carrier, Delivery},
    integrations::{
        Unreachable,
        gateway::{Call, Gateway},
        smtp::{Conversation, Letter, Mailer},
    },
};

impl Carry for Mailer {
    type Conversation<'a> = Conversation<'a>;

    const CARRIER: Carrier = Carrier::MailServer;
    const NAME: &'static str = "mail";

    fn place(&self) -> String {
        self.url().to_string()
    }

    fn domain(&self) -> Option<&str> {
        Some(self.sender().domain())
    }

    fn connect(&self) -> Result<Conversation<'_>, Unreachable> {
        Self::connect(self)
    }
}

impl Converse for Conversation<'_> {
    fn send(&mut self, handover: Handover<'_>) -> Result<Delivery, Unreachable> {
        let Handover { message, mark, .. } = handover;
        Self::send(
            self,
            Letter {
                message_id: mark,
                written_at: message.created_at,
                recipient: &message.content.recipient,
                subject: &message.content.subject,
                body: &message.content.body,
                html: message.content.html.as_deref(),
                unsubscribe_url: message.content.campaign.as_ref().and_then(|campaign| campaign.unsubscribe_url.as_deref()),
            },
        )
    }

    fn has_ended(&self) -> bool {
        Self::has_ended(self)
    }

    fn end(self) {
        Self::end(self);
    }
}

/// Every call stands for itself: there is nothing to begin and to end.
impl Carry for Gateway {
    type Conversation<'a> = &'a Self;

    const CARRIER: Carrier = Carrier::Gateway;
    const NAME: &'static str = "gateway";

    fn place(&self) -> String {
        self.url().to_string()
    }

    fn domain(&self) -> Option<&str> {
        None
    }

    fn connect(&self) -> Result<&Self, Unreachable> {
        Ok(self)
    }
}

impl Converse for &Gateway {
    fn send(&mut self, handover: Handover<'_>) -> Result<Delivery, Unreachable> {
        let Handover { message, now, .. } = handover;
        let call = Call {
            message_id: message.id,
            channel: message.content.channel,
            to: &message.content.recipient,
            subject: &message.content.subject,
            text: &message.content.body,
            campaign_id: message.content.campaign.as_ref().map(|campaign| campaign.campaign_id),
            customer_id: message.content.customer_id,
            written_at: message.created_at,
        };
        self.call(&call, now)
    }

    fn has_ended(&self) -> bool {
        false
    }

    fn end(self) {}
}
