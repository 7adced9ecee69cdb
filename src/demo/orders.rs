//! Orders: when somebody bought, through which channel, how far it has come, and what came back.

use super::{
    DemoShop,
    baskets::{DemoLine, Visit},
    people::DemoCustomer,
    personas::{Persona, Profile},
    random::{Random, Stream},
    seasons::{DAYS, local_date},
};
use crate::domain::{
    instants::Instant,
    orders::{OrderChannel, OrderStatus, OrderType},
};

/// Anonymous sales at the till for every hundred sales to customers.
const TILL_SALES_PERCENT: u64 = 5;
/// Sales of a thousand from which something is brought back.
const RETURNS_PER_MILLE: u32 = 34;
/// Web and mobile orders below this amount, in fen, pay for shipping.
const FREE_SHIPPING_FROM: i64 = 9_900;

/// A sale or a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoOrder {
    /// The index of the customer; `None` for anonymous sales at the till.
    pub customer: Option<u32>,
    /// As the shop's ledger names it: `SO-000001-003`, of returns `RT-000001-004`, of anonymous sales `TS-000001`.
    pub reference: String,
    /// As the receipt shows it: channel, date, customer, running number.
    pub number: String,
    pub order_type: OrderType,
    pub channel: OrderChannel,
    /// The till, of orders made in the building.
    pub store: Option<&'static str>,
    pub status: OrderStatus,
    pub placed_at: Instant,
    pub lines: Vec<DemoLine>,
    /// In fen.
    pub shipping_fee: i64,
}

impl DemoOrder {
    /// What was to be paid, in fen.
    pub fn total(&self) -> i64 {
        self.lines.iter().map(DemoLine::paid).sum::<i64>() + self.shipping_fee
    }

    /// Whether a ledger of trade that took place lists the order: paid and neither cancelled nor wholly refunded.
    pub const fn took_place(&self) -> bool {
        matches!(self.status, OrderStatus::Paid | OrderStatus::Fulfilled | OrderStatus::Completed)
    }
}

/// The orders of a customer, earliest first.
pub fn orders_of(shop: &DemoShop, customer: &DemoCustomer) -> Vec<DemoOrder> {
    let random = &mut Random::of(shop.seed, Stream::Orders, customer.index);
    let profile = &customer.profile;
    let mut days: Vec<i32> = (0..profile.sales).map(|_| shop.calendar.pick_day(random, profile.joined_day, profile.left_day)).collect();
    // Most people become customers at the till, with a purchase.
    if let Some(first) = days.iter_mut().min()
        && profile.joined_day >= 0
        && random.chance(60)
    {
        *first = profile.joined_day;
    }
    let mut orders = Vec::with_capacity(days.len());
    for day in days {
        let channel = pick_channel(random, profile.persona);
        let placed_at = shop.calendar.pick_time(random, day, channel != OrderChannel::Store);
        let visit = Visit {
            catalogue: &shop.catalogue,
            persona: profile.persona,
            card: profile.card,
            birth_date: customer.birth_date,
            relations: &customer.relations,
            date: local_date(placed_at),
        };
        let mut sale = sale(shop, Some(customer.index), channel, placed_at, visit.fill_basket(random));
        settle(random, &mut sale, DAYS - day);
        let returned = return_of(shop, random, &sale, day);
        orders.push(sale);
        orders.extend(returned);
    }
    orders.sort_by_key(|order| order.placed_at);
    for (order, running) in orders.iter_mut().zip(1..) {
        name(order, u64::from(customer.index) + 1, running);
    }
    orders
}

/// How many anonymous sales a shop has.
pub fn till_sales_count(customers: u32) -> u32 {
    u32::try_from(Profile::expected_sales(customers) * TILL_SALES_PERCENT / 100).unwrap_or(u32::MAX)
}

/// The anonymous sales of one day, earliest first.
pub fn till_sales_on(shop: &DemoShop, day: i32) -> Vec<DemoOrder> {
    let random = &mut Random::of(shop.seed, Stream::TillSales, day.unsigned_abs());
    let count = till_sales_count(shop.customers);
    let before = shop.calendar.share_until(count, day - 1);
    let mut orders: Vec<DemoOrder> = (before..shop.calendar.share_until(count, day))
        .map(|_| {
            let placed_at = shop.calendar.pick_time(random, day, false);
            let visit = Visit {
                catalogue: &shop.catalogue,
                persona: Persona::Reader,
                card: None,
                birth_date: None,
                relations: &[],
                date: local_date(placed_at),
            };
            sale(shop, None, OrderChannel::Store, placed_at, visit.fill_basket(random))
        })
        .collect();
    orders.sort_by_key(|order| order.placed_at);
    for (order, serial) in orders.iter_mut().zip(before + 1..) {
        order.reference = format!("TS-{serial:06}");
        order.number = format!("T{}-{serial:06}", local_date(order.placed_at).format("%y%m%d"));
    }
    orders
}

fn sale(shop: &DemoShop, customer: Option<u32>, channel: OrderChannel, placed_at: Instant, lines: Vec<DemoLine>) -> DemoOrder {
    let till = || shop.catalogue.products.get(lines.first()?.product).map(|product| product.department.store());
    let store = if channel == OrderChannel::Store { till() } else { None };
    let goods: i64 = lines.iter().map(DemoLine::paid).sum();
    let ships = matches!(channel, OrderChannel::Web | OrderChannel::Mobile) && goods < FREE_SHIPPING_FROM;
    DemoOrder {
        customer,
        reference: String::new(),
        number: String::new(),
        order_type: OrderType::Sale,
        channel,
        store,
        status: OrderStatus::Completed,
        placed_at,
        lines,
        shipping_fee: if ships { 800 } else { 0 },
    }
}

fn pick_channel(random: &mut Random, persona: Persona) -> OrderChannel {
    let weights = match persona {
        Persona::Reader | Persona::Student => [50, 20, 28, 2],
        Persona::Parent => [55, 15, 28, 2],
        Persona::Senior => [78, 5, 5, 12],
        Persona::Collector => [60, 22, 10, 8],
        Persona::Organisation => [30, 45, 5, 20],
    };
    match random.weighted(&weights) {
        0 => OrderChannel::Store,
        1 => OrderChannel::Web,
        2 => OrderChannel::Mobile,
        _ => OrderChannel::Phone,
    }
}

/// How far the sale has come `days` before the end of the two years, and what of it was refunded.
fn settle(random: &mut Random, sale: &mut DemoOrder, days: i32) {
    let fate = random.below(1_000);
    let ordered_afar = sale.channel != OrderChannel::Store;
    let early = random.chance(50);
    sale.status = match days {
        _ if fate < 45 && ordered_afar => OrderStatus::Cancelled,
        ..=2 if ordered_afar => {
            if early {
                OrderStatus::Placed
            } else {
                OrderStatus::Paid
            }
        }
        3..=5 if ordered_afar => {
            if early {
                OrderStatus::Paid
            } else {
                OrderStatus::Fulfilled
            }
        }
        6..=9 if ordered_afar => OrderStatus::Fulfilled,
        _ if (45..57).contains(&fate) => OrderStatus::Refunded,
        _ => OrderStatus::Completed,
    };
    match sale.status {
        OrderStatus::Refunded => sale.lines.iter_mut().for_each(|line| line.refunded = line.paid()),
        OrderStatus::Completed if (57..82).contains(&fate) => refund_in_part(random, sale),
        _ => {}
    }
}

fn refund_in_part(random: &mut Random, sale: &mut DemoOrder) {
    // A single line is never refunded whole: the order would be a refunded one.
    let percent = if sale.lines.len() > 1 { random.pick(&[30, 50, 100]) } else { random.pick(&[20, 30, 50]) };
    if let Some(line) = sale.lines.last_mut() {
        line.refunded = line.paid() * percent / 100;
    }
}

/// Goods that a customer brings back within three weeks, as the credit note that ledgers keep of it.
fn return_of(shop: &DemoShop, random: &mut Random, sale: &DemoOrder, day: i32) -> Option<DemoOrder> {
    let wanted = random.below(1_000) < RETURNS_PER_MILLE;
    let back = day + random.between(1, 21).cast_signed();
    let placed_at = shop.calendar.pick_time(random, back, false);
    let untouched = sale.status == OrderStatus::Completed && sale.lines.iter().all(|line| line.refunded == 0);
    if !wanted || !untouched || back >= DAYS {
        return None;
    }
    let mut line = sale.lines.last()?.clone();
    let bought = line.quantity;
    line.quantity = i64::from(random.between(1, u32::try_from(bought).ok()?));
    line.discount = line.discount * line.quantity / bought;
    line.need = None;
    let mut returned = self::sale(shop, sale.customer, sale.channel, placed_at, vec![line]);
    returned.order_type = OrderType::Return;
    returned.shipping_fee = 0;
    Some(returned)
}

fn name(order: &mut DemoOrder, customer: u64, running: u32) {
    let date = local_date(order.placed_at).format("%y%m%d");
    let (kind, mark) = match (order.order_type, order.channel) {
        (OrderType::Return, _) => ("RT", 'R'),
        (OrderType::Sale, OrderChannel::Web) => ("SO", 'W'),
        (OrderType::Sale, OrderChannel::Mobile) => ("SO", 'M'),
        (OrderType::Sale, OrderChannel::Phone) => ("SO", 'P'),
        (OrderType::Sale, _) => ("SO", 'S'),
    };
    order.reference = format!("{kind}-{customer:06}-{running:03}");
    order.number = format!("{mark}{date}-{customer:06}-{running:03}");
}
