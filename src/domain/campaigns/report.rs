//! What a campaign has come to: who was reached, what was bought, and what of it would not have come anyway.
//!
//! Two questions are kept apart. What is *attributed* to the campaign are the orders that its messages may have brought: see [`super::attribution`]. What it
//! has *earned* is the difference between all that the people it was meant for bought and all that those held out bought within the same days: everybody
//! who was assigned a variant counts, also who could not be written to in the end, for chance decided the assignment and nothing else (the intention to
//! treat: J. M. Lachin, "Statistical considerations in the intent-to-treat principle", Controlled Clinical Trials 21, 2000).

use std::collections::{HashMap, HashSet};

use super::{
    Campaign, LeftOutReason, RecipientStatus,
    attribution::{AttributedBy, Purchase, Touch, attribute},
};
use crate::domain::{
    TextEnum,
    customers::Customer,
    ids::Id,
    instants::Instant,
    lift::{Earnings, Group, Lift},
    orders::OrderType,
};

/// The days whose purchases are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When the campaign began.
    pub from: Instant,
    /// The end; it does not belong to them.
    pub until: Instant,
}

/// Those of an audience who have come equally far: how many they are, and what was heard of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The variant.
    pub variant: Option<String>,
    /// How far their messages have come.
    pub status: RecipientStatus,
    /// Why they were left out.
    pub left_out_reason: Option<LeftOutReason>,
    /// How many they are.
    pub people: i64,
    /// When the last message to them left.
    pub last_sent_at: Option<Instant>,
    /// What was heard of them.
    pub heard: Heard,
}

/// How many messages were heard of, and what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// Came back, and were not delivered after that.
    pub bounced: i64,
    /// Were opened.
    pub opened: i64,
    /// Had a link that was followed.
    pub clicked: i64,
    /// Were answered, or had a link that was followed.
    pub answered: i64,
    /// Were called spam.
    pub complained: i64,
    /// Were the last that their readers wanted.
    pub unsubscribed: i64,
}

/// What became of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// Are to be written.
    pub waiting: i64,
    /// Are in the outbox.
    pub queued: i64,
    /// Have left.
    pub sent: i64,
    /// Have left, and did not come back.
    pub delivered: i64,
    /// Could not be sent.
    pub failed: i64,
    /// Were cancelled before they left.
    pub cancelled: i64,
    /// What was heard of them.
    pub heard: Heard,
    /// How many people answered, followed a link, or bought something that is attributed to the campaign.
    pub responded: i64,
}

/// An order of somebody in an audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceOrder {
    /// Who bought it.
    pub customer_id: Id<Customer>,
    /// Their variant; none of who is held out.
    pub variant: Option<String>,
    /// A sale, or goods that came back.
    pub r#type: OrderType,
    /// What the goods came to after discounts and refunds, without shipping, in minor units.
    pub net: i64,
    /// What tells which campaign brought it.
    pub purchase: Purchase,
    /// The message to them; none that has not left.
    pub touch: Option<Touch>,
    /// Whether they answered it, or followed a link in it.
    pub has_answered: bool,
}

/// Orders that are attributed to a campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attributed {
    /// How many bought.
    pub customers: i64,
    /// How many orders.
    pub orders: i64,
    /// What they came to, net, in minor units.
    pub revenue: i64,
    /// Orders by coupon.
    pub by_coupon: i64,
    /// Orders by name.
    pub by_name: i64,
    /// Orders by the last touch.
    pub by_last_touch: i64,
}

/// People who were assigned alike, and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GroupReport {
    /// Who bought, and for how much, within the window.
    pub group: Group,
    /// What all of them bought within the window, in minor units.
    pub revenue: i64,
    /// What became of their messages.
    pub messages: MessageCounts,
    /// What is attributed to the campaign.
    pub attributed: Attributed,
}

/// What a campaign has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignReport {
    /// The days whose purchases are compared; none before the launch.
    pub window: Option<Window>,
    /// How many were in the audience.
    pub audience: i64,
    /// How many were left out, and why.
    pub left_out: Vec<(LeftOutReason, i64)>,
    /// Who got each variant, by its key, in the order of the plan.
    pub variants: Vec<(String, GroupReport)>,
    /// Who was assigned any.
    pub treated: GroupReport,
    /// Who was held out.
    pub held_out: GroupReport,
    /// How the treated differ from those held out.
    pub lift: Lift,
    /// What the messages cost, in minor units.
    pub cost: i64,
    /// What came of it; none where a group has nobody.
    pub earnings: Option<Earnings>,
}

impl CampaignReport {
    /// How each variant differs from each before it.
    pub fn comparisons(&self) -> Vec<(&str, &str, Lift)> {
        let pairs = self
            .variants
            .iter()
            .enumerate()
            .flat_map(|(index, later)| self.variants.iter().take(index).map(move |earlier| (later, earlier)));
        pairs.map(|((key, of), (against, other))| (key.as_str(), against.as_str(), Lift::between(&of.group, &other.group))).collect()
    }
}

/// What somebody bought within the window.
#[derive(Debug, Default)]
struct Bought {
    net: i64,
    has_bought: bool,
}

/// Adds up what a campaign has come to, order by order.
#[derive(Debug)]
pub struct CampaignTallies<'a> {
    campaign: &'a Campaign,
    window: Option<Window>,
    rivals: HashMap<Id<Customer>, Vec<Touch>>,
    bought: HashMap<Option<String>, HashMap<Id<Customer>, Bought>>,
    attributed: HashMap<String, Attributed>,
    converts: HashSet<Id<Customer>>,
    /// Those who bought and did nothing else.
    silent_converts: HashMap<String, i64>,
}

impl<'a> CampaignTallies<'a> {
    /// Nothing yet. `rivals` are other campaigns' messages to the same people.
    pub fn new(campaign: &'a Campaign, window: Option<Window>, rivals: HashMap<Id<Customer>, Vec<Touch>>) -> Self {
        Self {
            campaign,
            window,
            rivals,
            bought: HashMap::new(),
            attributed: HashMap::new(),
            converts: HashSet::new(),
            silent_converts: HashMap::new(),
        }
    }

    /// Counts an order of somebody who was assigned a variant or is held out.
    pub fn add(&mut self, order: AudienceOrder) {
        self.attribute(&order);
        if !self.window.is_some_and(|window| (window.from..window.until).contains(&order.purchase.placed_at)) {
            return;
        }
        let bought = self.bought.entry(order.variant).or_default().entry(order.customer_id).or_default();
        match order.r#type {
            OrderType::Sale => {
                bought.has_bought = true;
                bought.net = bought.net.saturating_add(order.net);
            }
            OrderType::Return => bought.net = bought.net.saturating_sub(order.net),
        }
    }

    fn attribute(&mut self, order: &AudienceOrder) {
        let (Some(variant), Some(touch), OrderType::Sale) = (&order.variant, &order.touch, order.r#type) else { return };
        let rivals = self.rivals.get(&order.customer_id).map(Vec::as_slice).unwrap_or_default();
        let Some((campaign, by)) = attribute(&order.purchase, std::iter::once(touch).chain(rivals)) else { return };
        if campaign != self.campaign.id {
            return;
        }
        let attributed = self.attributed.entry(variant.clone()).or_default();
        attributed.orders += 1;
        attributed.revenue = attributed.revenue.saturating_add(order.net);
        match by {
            AttributedBy::Coupon => attributed.by_coupon += 1,
            AttributedBy::Name => attributed.by_name += 1,
            AttributedBy::LastTouch => attributed.by_last_touch += 1,
        }
        if self.converts.insert(order.customer_id) {
            attributed.customers += 1;
            if !order.has_answered {
                *self.silent_converts.entry(variant.clone()).or_default() += 1;
            }
        }
    }

    /// What it all comes to. `reach` counts the audience.
    pub fn finish(self, reach: &[Reach]) -> CampaignReport {
        let plan = &self.campaign.draft;
        let variants: Vec<(String, GroupReport)> =
            plan.variants.iter().map(|variant| (variant.key.clone(), self.group(&[Some(variant.key.clone())], reach))).collect();
        let keys: Vec<Option<String>> = plan.variants.iter().map(|variant| Some(variant.key.clone())).collect();
        let (treated, held_out) = (self.group(&keys, reach), self.group(&[None], reach));
        let lift = Lift::between(&treated.group, &held_out.group);
        let cost = plan.cost_per_message.unwrap_or(0).saturating_mul(treated.messages.sent);
        let left_out_for = |reason| reach.iter().filter(|reach| reach.left_out_reason == Some(reason)).map(|reach| reach.people).sum();
        let left_out = LeftOutReason::ALL.iter().map(|reason| (*reason, left_out_for(*reason))).filter(|(_, people)| *people > 0);
        CampaignReport {
            window: self.window,
            audience: reach.iter().map(|reach| reach.people).sum(),
            left_out: left_out.collect(),
            earnings: lift.earnings(&treated.group, real(cost)),
            variants,
            treated,
            held_out,
            lift,
            cost,
        }
    }

    /// Those who were assigned any of `keys`; the group of none is the one that is held out.
    fn group(&self, keys: &[Option<String>], reach: &[Reach]) -> GroupReport {
        let mut report = GroupReport::default();
        let (mut people, mut amounts) = (0_u32, Vec::new());
        for key in keys {
            for of in reach.iter().filter(|reach| reach.variant == *key && is_assigned(reach)) {
                people = people.saturating_add(u32::try_from(of.people).unwrap_or(u32::MAX));
                report.messages.add(of);
            }
            for bought in self.bought.get(key).into_iter().flat_map(HashMap::values).filter(|bought| bought.has_bought) {
                // As in the value score, what came back takes nobody below nothing.
                let net = bought.net.max(0);
                report.revenue = report.revenue.saturating_add(net);
                amounts.push(net);
            }
            let Some(key) = key else { continue };
            report.attributed.add(self.attributed.get(key).copied().unwrap_or_default());
            report.messages.responded += self.silent_converts.get(key).copied().unwrap_or(0);
        }
        report.messages.responded += report.messages.heard.answered;
        // In one order, whatever the map's: sums of floats depend on it.
        amounts.sort_unstable();
        report.group = Group::new(people, amounts.into_iter().map(real));
        report
    }
}

/// Whether chance has assigned them: who was left out before is in no group.
fn is_assigned(reach: &Reach) -> bool {
    reach.variant.is_some() || reach.status == RecipientStatus::HeldOut
}

/// A count or an amount for statistics: exact up to 2⁵³.
#[allow(clippy::cast_precision_loss, reason = "statistics are no accounts")]
const fn real(number: i64) -> f64 {
    number as f64
}

impl MessageCounts {
    /// The share of the messages that left to which there was a response; none while none has left.
    pub fn response_rate(&self) -> Option<f64> {
        (self.sent > 0).then(|| real(self.responded) / real(self.sent))
    }

    fn add(&mut self, reach: &Reach) {
        match reach.status {
            RecipientStatus::Waiting => self.waiting += reach.people,
            RecipientStatus::Queued => self.queued += reach.people,
            RecipientStatus::Sent => {
                self.sent += reach.people;
                self.delivered += reach.people - reach.heard.bounced;
            }
            RecipientStatus::Failed => self.failed += reach.people,
            RecipientStatus::Cancelled => self.cancelled += reach.people,
            RecipientStatus::LeftOut | RecipientStatus::HeldOut => {}
        }
        let Heard { bounced, opened, clicked, answered, complained, unsubscribed } = reach.heard;
        self.heard.bounced += bounced;
        self.heard.opened += opened;
        self.heard.clicked += clicked;
        self.heard.answered += answered;
        self.heard.complained += complained;
        self.heard.unsubscribed += unsubscribed;
    }
}

impl Attributed {
    fn add(&mut self, other: Self) {
        self.customers += other.customers;
        self.orders += other.orders;
        self.revenue = self.revenue.saturating_add(other.revenue);
        self.by_coupon += other.by_coupon;
        self.by_name += other.by_name;
        self.by_last_touch += other.by_last_touch;
    }
}
