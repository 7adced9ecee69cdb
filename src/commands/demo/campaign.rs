//! A campaign of the book city that is over: a coupon by mail for who had bought within the year, a fifth of them held out. What came of it is made up; that it
//! earned something is what the report finds out.

use chrono::TimeDelta;

use crate::{
    db::DbConnection,
    demo::DemoShop,
    domain::{
        campaigns::{Audience, Campaign, CampaignDraft, LaunchDraft, Recipient, RecipientSearch, RecipientSort, RecipientStatus, Variant},
        consents::{ConsentDraft, ConsentSource, ConsentStatus, ContactChannel, ContactPurpose},
        coupons::{CouponBatch, CouponBatchDraft, CouponKind},
        customers::{Customer, CustomerSearch, CustomerSort},
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
        messages::{Carrier, Delivery},
        money::Currency,
        orders::{OrderChannel, OrderDraft, OrderLineDraft, OrderStatus, OrderType},
        paging::{MAX_LIMIT, Page, PageRequest, Position},
        permissions::Actor,
        precondition::Precondition,
        segments::{Definition, Segment, SegmentDraft},
        value_score::BasisPoints,
    },
    error::Error,
    http::app::App,
    services::{
        campaigns::{self, sending, tracking, unsubscribing},
        consents::{self, Heard},
        coupons, customers, messages, orders, segments, settings,
    },
};

/// The setting that says that the campaign is over.
const OVER: &str = "demo_campaign";
/// When it began, seen from last midnight: on an afternoon, in Europe and in Asia.
const BEGAN: TimeDelta = TimeDelta::hours(-40 * 24 + 9);
/// What its coupon takes off.
const COUPON: i64 = 1500;
/// One in so many bought for the coupon's sake.
const SWAYED: usize = 6;
/// Consents of one transaction, and messages that leave together.
const BATCH: usize = 200;

/// Has the customers consent, and the campaign run from its plan to its end, once.
///
/// # Errors
/// The database's.
pub fn load(app: &App, shop: &DemoShop) -> Result<(), Error> {
    if app.db.write_blocking(|tx| settings::is_set(tx, OVER))? {
        return Ok(());
    }
    let midnight = super::midnight(app.clock.now());
    let began = midnight.checked_add(BEGAN).unwrap_or(midnight);
    for readers in everybody(app)?.chunks(BATCH) {
        let readers = readers.to_vec();
        app.db.write_blocking(move |tx| readers.iter().try_for_each(|(place, id)| consent(tx, began, *place, *id)))?;
    }
    let sku =
        shop.catalogue().products.iter().find(|product| product.price > 12 * COUPON).map(|product| (product.sku.clone(), product.price));
    let stage = Stage { links: app.links.clone(), currency: app.currency, began, sku };
    let campaign = app.db.write_blocking({
        let stage = stage.clone();
        move |tx| stage.launch(tx)
    })?;
    let id = campaign.id;
    while app.db.write_blocking({
        let stage = stage.clone();
        move |tx| stage.send(tx, id)
    })? {}
    app.db.write_blocking(move |tx| {
        stage.respond(tx, id)?;
        settings::set(tx, OVER, "true")
    })
}

/// Every customer, counted.
fn everybody(app: &App) -> Result<Vec<(usize, Id<Customer>)>, Error> {
    let ids = app.db.long_read(|tx| {
        all_of(CustomerSort::CreatedAt, |page| {
            customers::list_customers(tx, &CustomerSearch::default(), page).map(|found| found.map(|it| it.id))
        })
    })?;
    Ok(ids.into_iter().enumerate().collect())
}

/// All pages of a list.
fn all_of<S: Copy, T>(sort: S, mut list: impl FnMut(&PageRequest<S>) -> Result<Page<T>, Error>) -> Result<Vec<T>, Error> {
    let (mut items, mut after): (Vec<T>, Option<Position>) = (Vec::new(), None);
    loop {
        let page = list(&PageRequest { sort, after, limit: MAX_LIMIT, with_total: false })?;
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

/// Most consented when they got their card; some have changed their mind, and some were never asked.
fn consent(tx: &mut DbConnection, began: Instant, place: usize, customer_id: Id<Customer>) -> Result<(), Error> {
    let status = match place % 20 {
        3 => return Ok(()),
        11 => ConsentStatus::Withdrawn,
        _ => ConsentStatus::Granted,
    };
    let actor = Actor::system();
    let heard = Heard { customer_id, channel: ContactChannel::Email, purpose: ContactPurpose::Marketing, actor: &actor };
    let evidence = Some("The form for the card".to_owned());
    let draft = ConsentDraft { status, source: ConsentSource::Paper, evidence, at: began.checked_add(TimeDelta::days(-20)) };
    consents::hear(tx, began, &heard, &Precondition::None, draft).map(drop)
}

#[derive(Clone)]
struct Stage {
    links: Links,
    currency: Currency,
    began: Instant,
    /// What the coupon is redeemed for.
    sku: Option<(String, i64)>,
}

impl Stage {
    fn at(&self, hours: i64) -> Instant {
        self.began.checked_add(TimeDelta::hours(hours)).unwrap_or(self.began)
    }

    fn launch(&self, tx: &mut DbConnection) -> Result<Campaign, Error> {
        let definition =
            serde_json::json!({"all": [{"fact": "kind", "is": "individual"}, {"purchases": "count", "within_days": 365, "at_least": 1}]});
        let definition: Definition = serde_json::from_value(definition).map_err(|error| Error::internal(error.to_string()))?;
        let segment = SegmentDraft { name: "People who bought within the year".to_owned(), description: None, definition };
        let segment = segments::create_segment(tx, self.at(-48), segment)?;
        let batch = coupons::create_batch(tx, self.at(-48), self.currency, coupon(self.at(30 * 24)))?;
        let plan = plan(segment.id, batch.id)?;
        let campaign = campaigns::create_campaign(tx, self.at(-24), plan)?;
        campaigns::launch_campaign(tx, self.began, campaign.id, &Precondition::None, LaunchDraft::default())
    }

    /// Sends a batch, as the campaigns' and the mail worker would have together; `false` when all has left.
    fn send(&self, tx: &mut DbConnection, campaign: Id<Campaign>) -> Result<bool, Error> {
        let at = self.at(1);
        if sending::feed(tx, at, &self.links, campaign)? == 0 {
            return Ok(false);
        }
        let claim = Id::generate();
        loop {
            let taken = messages::claim(tx, at, Carrier::MailServer, claim, i64::try_from(BATCH).unwrap_or(i64::MAX))?;
            for (place, message) in taken.iter().enumerate() {
                let delivery = if place % 97 == 50 {
                    Delivery::Refused { words: "550 5.1.1 No such user".to_owned(), is_bad_address: true }
                } else {
                    Delivery::Taken
                };
                messages::begin(tx, at, claim, message)?;
                messages::settle(tx, at, claim, message, &delivery, 0)?;
            }
            if taken.is_empty() {
                return Ok(true);
            }
        }
    }

    fn respond(&self, tx: &mut DbConnection, campaign: Id<Campaign>) -> Result<(), Error> {
        let sent = RecipientSearch { status: Some(RecipientStatus::Sent), ..RecipientSearch::default() };
        let readers = all_of(RecipientSort::CustomerId, |page| campaigns::list_recipients(tx, campaign, &sent, page))?;
        for (place, reader) in readers.iter().enumerate() {
            let end = self.at(2 * 365 * 24);
            let token = |purpose| self.links.token(purpose, reader.id.cast(), end);
            if place % 3 == 0 {
                tracking::note_open(tx, self.at(5), &self.links, &token(LinkPurpose::Open))?;
            }
            if place % SWAYED == 0 || place % 13 == 0 {
                let token = self.links.token_about(LinkPurpose::Click, reader.id.cast(), PAGE, end);
                tracking::note_click(tx, self.at(20), &self.links, &token, PAGE)?;
            }
            if place % SWAYED == 0 {
                self.buy(tx, place, reader)?;
            }
            if place % 150 == 7 {
                unsubscribing::unsubscribe(tx, self.at(30), &self.links, &token(LinkPurpose::Unsubscribe))?;
            }
        }
        Ok(())
    }

    /// Buys with the coupon at the till, a few days later.
    fn buy(&self, tx: &mut DbConnection, place: usize, reader: &Recipient) -> Result<(), Error> {
        let (Some((sku, price)), Some(coupon)) = (&self.sku, reader.coupon_id) else { return Ok(()) };
        let placed_at = self.at(24 + i64::try_from(place % 240).unwrap_or(0));
        let line = OrderLineDraft {
            product_id: None,
            sku: Some(sku.clone()),
            title: None,
            quantity: 1 + i64::try_from(place % 3).unwrap_or(0),
            unit_price: Some(*price),
            discount: COUPON,
            refunded: None,
            used_by: None,
            beneficiary_id: None,
            need: None,
        };
        let draft = OrderDraft {
            number: None,
            r#type: OrderType::Sale,
            customer_id: Some(Some(reader.customer_id)),
            channel: OrderChannel::Store,
            store: None,
            status: Some(OrderStatus::Paid),
            currency: None,
            placed_at: Some(placed_at),
            lines: vec![line],
            shipping_fee: 0,
            campaign_id: None,
            coupon_code: Some(coupons::get_coupon(tx, coupon)?.code),
            external_refs: Vec::new(),
        };
        orders::create_order(tx, &Actor::system(), placed_at, self.currency, draft).map(drop)
    }
}

/// Where the campaign's link leads.
const PAGE: &str = "https://shop.example/city";

fn coupon(valid_until: Instant) -> CouponBatchDraft {
    CouponBatchDraft {
        name: "Come back".to_owned(),
        kind: CouponKind::Amount,
        percent: None,
        amount: Some(COUPON),
        product_id: None,
        minimum_order: 0,
        category_ids: Vec::new(),
        valid_from: None,
        valid_until: Some(valid_until),
        code: None,
        uses_per_coupon: None,
        total_limit: None,
        per_customer_limit: None,
        reservation_minutes: 15,
    }
}

fn plan(segment: Id<Segment>, batch: Id<CouponBatch>) -> Result<CampaignDraft, Error> {
    let share = |share: f64| BasisPoints::parse(share).map_err(|fault| Error::internal(fault.to_string()));
    let variant = |key: &str, subject: &str| -> Result<Variant, Error> {
        Ok(Variant {
            key: key.to_owned(),
            share: share(0.5)?,
            subject: subject.to_owned(),
            text: format!(
                "{{{{ customer.name }}}},\n\n15 yuan for you: {{{{ coupon.code }}}}\n{PAGE}\n\nNo more of this: {{{{ unsubscribe_url }}}}\n"
            ),
            html: None,
        })
    };
    Ok(CampaignDraft {
        name: "Come back to the city".to_owned(),
        goal: Some("A second visit this quarter".to_owned()),
        purpose: ContactPurpose::Marketing,
        channel: ContactChannel::Email,
        audience: Audience { segments_in: vec![segment], segments_out: Vec::new() },
        holdout_share: share(0.3)?,
        variants: vec![variant("plain", "15 yuan for you")?, variant("by-name", "{{ customer.name }}, we miss you")?],
        coupon_batch_id: Some(batch),
        tracks_opens: true,
        tracks_clicks: true,
        budget: Some(100_000),
        cost_per_message: Some(10),
        expected_response_rate: Some(share(0.1)?),
        attribution_window_days: 14,
        rate_per_minute: 60_000,
    })
}
