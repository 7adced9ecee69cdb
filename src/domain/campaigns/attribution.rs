//! Which campaign brought an order.
//!
//! Every campaign is asked whose message to the customer left before the order was placed, and not longer before than its window. Of those it is the one
//! whose coupon was redeemed; else the one that the order names; else the one whose last touch before the order is the latest. A touch is that the message
//! left, or that a link in it was first followed. That it was opened is none: mail programs open by themselves.

use chrono::TimeDelta;

use super::Campaign;
use crate::domain::{
    coupons::{Coupon, CouponBatch},
    ids::Id,
    instants::Instant,
};

/// A campaign's message to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// For how long after it left it may have brought an order.
    pub window: TimeDelta,
    /// When it left.
    pub sent_at: Instant,
    /// When a link in it was first followed.
    pub clicked_at: Option<Instant>,
    /// The customer's own coupon in it.
    pub coupon_id: Option<Id<Coupon>>,
    /// The batch of the coupons that the campaign gives away.
    pub batch_id: Option<Id<CouponBatch>>,
}

/// An order, as far as it tells what brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    /// When it was placed.
    pub placed_at: Instant,
    /// The campaign that it names.
    pub named: Option<Id<Campaign>>,
    /// The coupon of ours that was redeemed for it.
    pub coupon: Option<(Id<Coupon>, Id<CouponBatch>)>,
}

/// What an order is attributed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributedBy {
    /// A coupon of the campaign was redeemed for it.
    Coupon,
    /// It names the campaign.
    Name,
    /// The campaign's was the last touch before it.
    LastTouch,
}

impl Touch {
    fn may_have_brought(&self, purchase: &Purchase) -> bool {
        let ends_at = self.sent_at.checked_add(self.window).unwrap_or(Instant::MAX);
        self.sent_at <= purchase.placed_at && purchase.placed_at < ends_at
    }

    fn gave_coupon_of(&self, purchase: &Purchase) -> bool {
        purchase.coupon.is_some_and(|(coupon, batch)| match self.coupon_id {
            Some(own) => own == coupon,
            None => self.batch_id == Some(batch),
        })
    }

    fn last_before(&self, purchase: &Purchase) -> Instant {
        self.clicked_at.filter(|clicked_at| *clicked_at <= purchase.placed_at).map_or(self.sent_at, |at| at.max(self.sent_at))
    }
}

/// The campaign that brought a purchase, and how that is told; none where no message may have.
pub fn attribute<'a>(purchase: &Purchase, touches: impl Iterator<Item = &'a Touch> + Clone) -> Option<(Id<Campaign>, AttributedBy)> {
    let candidates = touches.filter(|touch| touch.may_have_brought(purchase));
    let latest = |rule: &dyn Fn(&Touch) -> bool| {
        let last = candidates.clone().filter(|touch| rule(touch)).max_by_key(|touch| (touch.last_before(purchase), touch.campaign_id));
        last.map(|touch| touch.campaign_id)
    };
    let by = |attributed_by: AttributedBy| move |campaign: Id<Campaign>| (campaign, attributed_by);
    latest(&|touch| touch.gave_coupon_of(purchase))
        .map(by(AttributedBy::Coupon))
        .or_else(|| latest(&|touch| purchase.named == Some(touch.campaign_id)).map(by(AttributedBy::Name)))
        .or_else(|| latest(&|_| true).map(by(AttributedBy::LastTouch)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: &str = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e0001";
    const NOVELS: &str = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e0002";
    const SHARED: &str = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e0003";
    const OWN: &str = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e0004";

    fn id<T>(text: &str) -> Id<T> {
        text.parse().unwrap()
    }

    fn at(day: u32) -> Instant {
        format!("2026-08-{day:02}T09:00:00Z").parse().unwrap()
    }

    fn touch(campaign: &str, sent: u32, clicked: Option<u32>) -> Touch {
        let (window, clicked_at) = (TimeDelta::days(7), clicked.map(at));
        Touch { campaign_id: id(campaign), window, sent_at: at(sent), clicked_at, coupon_id: None, batch_id: None }
    }

    fn bought(day: u32) -> Purchase {
        Purchase { placed_at: at(day), named: None, coupon: None }
    }

    fn told(purchase: &Purchase, touches: &[Touch]) -> Option<(String, AttributedBy)> {
        attribute(purchase, touches.iter()).map(|(campaign, by)| (campaign.to_string(), by))
    }

    fn by(campaign: &str, by: AttributedBy) -> Option<(String, AttributedBy)> {
        Some((campaign.to_owned(), by))
    }

    #[test]
    fn the_last_touch_before_the_order_brought_it() {
        let two = [touch(SCHOOL, 3, Some(6)), touch(NOVELS, 5, None)];
        assert_eq!(told(&bought(2), &two), None, "nothing had left");
        assert_eq!(told(&bought(4), &two), by(SCHOOL, AttributedBy::LastTouch));
        assert_eq!(told(&bought(5), &two), by(NOVELS, AttributedBy::LastTouch), "at that very moment");
        assert_eq!(told(&bought(7), &two), by(SCHOOL, AttributedBy::LastTouch), "a link was followed last");
        assert_eq!(told(&bought(10), &two), by(NOVELS, AttributedBy::LastTouch), "the window of the first is over");
        assert_eq!(told(&bought(12), &two), None);
    }

    #[test]
    fn a_coupon_tells_more_than_a_name_and_that_more_than_a_touch() {
        let school = Touch { coupon_id: Some(id(OWN)), batch_id: Some(id(SHARED)), ..touch(SCHOOL, 3, None) };
        let novels = Touch { batch_id: Some(id(SHARED)), ..touch(NOVELS, 5, None) };
        let two = [school, novels];
        let of = |coupon: &str, named: Option<&str>| Purchase { named: named.map(id), coupon: Some((id(coupon), id(SHARED))), ..bought(6) };
        assert_eq!(told(&of(OWN, Some(NOVELS)), &two[..1]), by(SCHOOL, AttributedBy::Coupon));
        assert_eq!(told(&of(SCHOOL, None), &two), by(NOVELS, AttributedBy::Coupon), "another coupon of the batch is not their own");
        assert_eq!(told(&Purchase { named: Some(id(SCHOOL)), ..bought(6) }, &two), by(SCHOOL, AttributedBy::Name));
        assert_eq!(
            told(&Purchase { named: Some(id(OWN)), ..bought(6) }, &two),
            by(NOVELS, AttributedBy::LastTouch),
            "of a campaign that did not write"
        );
        assert_eq!(told(&Purchase { placed_at: at(11), ..of(OWN, None) }, &two[..1]), None, "the window is over for coupons too");
    }
}
