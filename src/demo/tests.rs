//! Tests of the shop as a whole: what the demo and the benchmarks rely on.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, Timelike};
use sha2::{Digest, Sha256};

use super::*;
use crate::domain::{
    TextEnum,
    catalogue::{ProductUser, ValueClass},
    customers::{CardKind, CustomerKind, Lifecycle, RelationKind},
    orders::{OrderChannel, OrderStatus, OrderType},
};

const UNTIL: &str = "2026-06-30T00:00:00Z";

fn shop(seed: u64, customers: u32) -> DemoShop {
    DemoShop::new(seed, customers, UNTIL.parse().unwrap())
}

fn digest(shop: &DemoShop) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(format!("{:?}", shop.catalogue()));
    for customer in shop.customers() {
        hash.update(format!("{customer:?}"));
        hash.update(format!("{:?}", shop.orders_of(&customer)));
    }
    shop.till_sales().for_each(|order| hash.update(format!("{order:?}")));
    hash.finalize().to_vec()
}

#[test]
fn equal_arguments_make_equal_shops() {
    assert_eq!(digest(&shop(42, 300)), digest(&shop(42, 300)));
    assert_ne!(digest(&shop(42, 300)), digest(&shop(43, 300)));
    let from_the_middle = shop(42, 300).customer(199);
    assert_eq!(format!("{from_the_middle:?}"), format!("{:?}", shop(42, 300).customers().nth(199).unwrap()));
}

#[test]
fn nothing_unique_comes_twice() {
    let shop = shop(42, 5_000);
    let mut seen: HashSet<String> = HashSet::new();
    let mut fresh = |text: &String| assert!(seen.insert(text.clone()), "{text}");
    for customer in shop.customers() {
        fresh(&customer.reference);
        customer.email.iter().chain(&customer.phone).for_each(&mut fresh);
        customer.card.iter().for_each(|card| fresh(&card.number));
        shop.orders_of(&customer).iter().for_each(|order| (fresh(&order.reference), fresh(&order.number)).0);
    }
    shop.till_sales().for_each(|order| (fresh(&order.reference), fresh(&order.number)).0);
}

#[test]
fn contact_data_reaches_nobody() {
    for customer in shop(7, 2_000).customers() {
        if let Some(email) = &customer.email {
            let (local, domain) = email.split_once('@').unwrap();
            assert!(local.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-'), "{email}");
            assert!(["example.com", "mail.example.com", "example.net", "example.org"].contains(&domain), "{email}");
        }
        if let Some(phone) = &customer.phone {
            assert!(phone.starts_with("+86154") || phone.starts_with("+86194"), "{phone}");
            assert!(phone.len() == 14 && phone[1..].bytes().all(|b| b.is_ascii_digit()), "{phone}");
        }
    }
}

#[test]
fn customers_are_a_mixed_crowd_and_agree_with_themselves() {
    let shop = shop(42, 4_000);
    let until = UNTIL.parse().unwrap();
    let mut kinds: HashMap<&str, u32> = HashMap::new();
    for customer in shop.customers() {
        let mut count = |what: &'static str, holds: bool| *kinds.entry(what).or_default() += u32::from(holds);
        let age = customer.birth_date.map(|born| "2026-06-30".parse::<chrono::NaiveDate>().unwrap().years_since(born).unwrap());
        count("organisation", customer.kind == CustomerKind::Organisation);
        count("chinese", customer.name.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));
        count("card", customer.card.is_some());
        count("former", customer.lifecycle == Lifecycle::Former);
        count("prospect", customer.lifecycle == Lifecycle::Potential);
        assert_eq!(age.is_some(), customer.kind == CustomerKind::Individual);
        assert_eq!(customer.stopped_reason.is_some(), customer.lifecycle == Lifecycle::Former);
        assert!(customer.joined_at < until && customer.relations.len() <= 3 && !customer.name.is_empty());
        if let Some(card) = &customer.card {
            let issued = seasons::local_date(card.issued_at);
            let age_then = customer.birth_date.map(|born| issued.years_since(born).unwrap());
            match card.kind {
                CardKind::Student => assert!((12..=25).contains(&age_then.unwrap()) && age.unwrap() <= 25, "{customer:?}"),
                CardKind::Senior => assert!(age_then.unwrap() >= 60, "{customer:?}"),
                CardKind::Regular | CardKind::Vip => assert!(age_then.is_none_or(|age| age >= 18), "{customer:?}"),
            }
            count(card.kind.as_str(), true);
            let luhn: u32 = card
                .number
                .bytes()
                .rev()
                .zip([1, 2].into_iter().cycle())
                .map(|(b, w)| u32::from(b - b'0') * w)
                .map(|d| d / 10 + d % 10)
                .sum();
            assert_eq!((card.number.len(), luhn % 10), (14, 0), "{}", card.number);
        }
        for person in &customer.relations {
            assert_eq!(person.school_grade.is_some(), person.kind == RelationKind::Student);
        }
    }
    let between = |what: &str, low, high| assert!((low..=high).contains(&kinds[what]), "{what}: {kinds:?}");
    between("organisation", 80, 160);
    between("chinese", 3_100, 3_300);
    between("card", 2_600, 3_000);
    between("student", 300, 700);
    between("senior", 250, 450);
    between("vip", 100, 400);
    between("former", 40, 240);
    between("prospect", 300, 500);
}

#[test]
fn orders_hold_together() {
    let shop = shop(42, 2_000);
    let until = UNTIL.parse().unwrap();
    let mut statuses: HashMap<OrderStatus, u32> = HashMap::new();
    let (mut sales, mut returns, mut partly_refunded, mut gifts) = (0, 0, 0, 0);
    for customer in shop.customers() {
        let orders = shop.orders_of(&customer);
        assert!(orders.is_sorted_by_key(|order| order.placed_at));
        assert_eq!(orders.is_empty(), customer.lifecycle == Lifecycle::Potential);
        for order in &orders {
            assert!(order.placed_at < until && order.placed_at >= customer.joined_at, "{order:?}");
            assert_eq!(order.customer, Some(customer.index));
            check_lines(&shop, order, customer.relations.len());
            *statuses.entry(order.status).or_default() += 1;
            let refunded: i64 = order.lines.iter().map(|line| line.refunded).sum();
            let paid: i64 = order.lines.iter().map(DemoLine::paid).sum();
            assert_eq!(order.status == OrderStatus::Refunded, refunded == paid, "{order:?}");
            partly_refunded += u32::from(refunded > 0 && refunded < paid);
            gifts += order.lines.iter().filter(|line| line.used_by == Some(ProductUser::Gift)).count();
            if order.order_type == OrderType::Return {
                returns += 1;
                assert!(orders.iter().any(|sale| sale.order_type == OrderType::Sale
                    && sale.placed_at < order.placed_at
                    && sale.lines.iter().any(|line| line.product == order.lines[0].product && line.quantity >= order.lines[0].quantity)));
            } else {
                sales += 1;
            }
        }
    }
    assert!((15_000..=20_000).contains(&(sales + returns)), "{sales} + {returns}");
    assert!((20..=40).contains(&(returns * 1_000 / sales)), "{returns} of {sales}");
    assert_eq!(statuses.len(), 6, "{statuses:?}");
    assert!(
        statuses[&OrderStatus::Completed] > sales * 9 / 10 && partly_refunded > 100 && gifts > 500,
        "{statuses:?} {partly_refunded} {gifts}"
    );
    let till: Vec<DemoOrder> = shop.till_sales().collect();
    assert!(till.is_sorted_by_key(|order| order.placed_at) && till.iter().all(|order| order.customer.is_none() && order.placed_at < until));
    till.iter().for_each(|order| check_lines(&shop, order, 0));
    let percent = till.len() * 100 / usize::try_from(sales).unwrap();
    assert!((4..=6).contains(&percent), "{percent}");
}

fn check_lines(shop: &DemoShop, order: &DemoOrder, relations: usize) {
    assert!((1..=6).contains(&order.lines.len()));
    assert_eq!(order.store.is_some(), order.channel == OrderChannel::Store);
    for line in &order.lines {
        assert_eq!(line.unit_price, shop.catalogue().products[line.product].price);
        assert!(line.quantity > 0 && line.discount >= 0 && line.refunded >= 0 && line.net() >= 0 && line.paid() > 0, "{line:?}");
        assert!(line.beneficiary.is_none_or(|position| position < relations));
    }
}

/// Ten lines per customer in a shop of benchmark size; every fiftieth customer stands for the rest.
#[test]
fn a_hundred_thousand_customers_have_a_million_lines() {
    let shop = shop(42, 100_000);
    let lines: usize =
        (0..100_000).step_by(50).flat_map(|index| shop.orders_of(&shop.customer(index))).map(|order| order.lines.len()).sum();
    let till_orders = orders::till_sales_count(100_000) as usize;
    let per_thousand = (lines * 50 + till_orders * 2) / 100;
    assert!((9_300..=10_700).contains(&per_thousand), "{per_thousand} lines per thousand customers");
}

#[test]
fn few_customers_bring_most_of_the_trade() {
    let shop = shop(42, 2_000);
    let mut orders: Vec<usize> = shop.customers().map(|customer| shop.orders_of(&customer).len()).collect();
    orders.sort_unstable_by(|a, b| b.cmp(a));
    let all: usize = orders.iter().sum();
    let best_fifth: usize = orders[..400].iter().sum();
    assert!(best_fifth * 100 / all >= 60, "{best_fifth} of {all}");
    assert!(orders.iter().filter(|count| **count == 1).count() > 400);
}

#[test]
fn schoolbooks_sell_when_terms_start_and_children_get_those_of_their_year() {
    let shop = shop(42, 2_000);
    let (mut peak, mut all) = (0_usize, 0_usize);
    let mut for_pupils = 0_u32;
    for customer in shop.customers() {
        for order in shop.orders_of(&customer) {
            let date = seasons::local_date(order.placed_at);
            let in_peak = matches!((date.month(), date.day()), (2, 22..) | (3, ..=7) | (8, 25..) | (9, ..=7));
            for line in &order.lines {
                let product = &shop.catalogue().products[line.product];
                if product.department != Department::Textbooks {
                    continue;
                }
                all += 1;
                peak += usize::from(in_peak);
                let Some(position) = line.beneficiary.filter(|_| order.order_type == OrderType::Sale) else { continue };
                let person = &customer.relations[position];
                if person.kind == RelationKind::Student {
                    for_pupils += 1;
                    let grade = people::school_grade(person.birth_date.unwrap(), date).unwrap();
                    assert!(product.title.contains(shelves::GRADES[usize::from(grade) - 1]), "{} {date}", product.title);
                }
            }
        }
    }
    // Of 730 days, 28 + 28 lie in the peak weeks (7 + 7 in February and March, 7 + 7 in August and September, both years).
    let ratio = (peak as f64 / 56.0) / (all as f64 / 730.0);
    assert!(ratio > 3.0, "{peak} of {all}: {ratio}");
    assert!(for_pupils > 300, "{for_pupils}");
}

#[test]
fn trade_has_its_weekly_and_daily_rhythm() {
    let (mut weekday, mut weekend, mut evening, mut morning) = (0, 0, 0, 0);
    for order in shop(42, 1_000).orders().filter(|order| order.channel == OrderChannel::Store) {
        let local = order.placed_at.utc() + chrono::TimeDelta::hours(8);
        assert!((9..22).contains(&local.hour()), "{local}");
        if local.weekday().number_from_monday() > 5 {
            weekend += 1
        } else {
            weekday += 1
        }
        evening += u32::from((18..21).contains(&local.hour()));
        morning += u32::from((9..12).contains(&local.hour()));
    }
    assert!(weekend * 5 > weekday * 2 * 12 / 10, "{weekend} {weekday}");
    assert!(evening > 2 * morning, "{evening} {morning}");
}

#[test]
fn the_ledger_repeats_the_trade_in_any_order_of_rows() {
    let shop = shop(42, 400);
    let rows = |slices| {
        let mut file = Vec::new();
        let size = write_ledger(&shop, slices, &mut file).unwrap();
        let mut reader = csv::Reader::from_reader(file.as_slice());
        let header = reader.headers().unwrap().iter().collect::<Vec<_>>().join(",");
        assert_eq!(
            header,
            "customer_ref,card_kind,order_ref,placed_at,store,channel,sku,title,category,value_class,quantity,line_total,used_by,customer_name,email,phone"
        );
        let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        assert_eq!(u64::try_from(rows.len()).unwrap(), size.rows);
        rows
    };
    let (in_order, mut dealt) = (rows(1), rows(8));
    let neighbours = |rows: &[Vec<String>]| rows.windows(2).filter(|pair| pair[0][2] == pair[1][2]).count();
    assert!(neighbours(&in_order) > in_order.len() / 3 && neighbours(&dealt) < in_order.len() / 50);
    let mut sorted = in_order.clone();
    sorted.sort();
    dealt.sort();
    assert_eq!(sorted, dealt);

    let trade: Vec<DemoOrder> = shop.orders().chain(shop.till_sales()).filter(DemoOrder::took_place).collect();
    assert_eq!(in_order.len(), trade.iter().map(|order| order.lines.len()).sum::<usize>());
    let net: i64 = trade
        .iter()
        .map(|order| order.lines.iter().map(DemoLine::net).sum::<i64>() * if order.order_type == OrderType::Return { -1 } else { 1 })
        .sum();
    let written: i64 = in_order.iter().map(|row| row[11].replace('.', "").parse::<i64>().unwrap()).sum();
    assert_eq!(net, written);
    for row in &in_order {
        assert_eq!(row[10].starts_with('-'), row[2].starts_with("RT-"), "{row:?}");
        assert_eq!(row[0].is_empty(), row[2].starts_with("TS-"), "{row:?}");
    }
}

#[test]
fn a_ledger_of_no_customers_is_a_header() {
    let mut file = Vec::new();
    assert_eq!(write_ledger(&shop(1, 0), 4, &mut file).unwrap(), LedgerSize { rows: 0 });
}

#[test]
fn both_value_classes_are_bought() {
    let shop = shop(42, 1_000);
    let mut lines = HashMap::from([(ValueClass::High, 0_u32), (ValueClass::Everyday, 0)]);
    for line in shop.orders().flat_map(|order| order.lines) {
        let catalogue = shop.catalogue();
        let category = &catalogue.categories[catalogue.products[line.product].category];
        *lines.entry(catalogue.value_class(category)).or_default() += 1;
    }
    let (high, everyday) = (lines[&ValueClass::High], lines[&ValueClass::Everyday]);
    assert!(high > 100 && everyday > 10 * high, "{high} {everyday}");
}
