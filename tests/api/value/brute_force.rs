//! The value score of a plain [`Shop`], straight from the definition and with none of the program's code: the slow way, one customer after the other.

use std::collections::BTreeMap;

use patron::domain::instants::Instant;

use super::shop::{Line, Shop};

/// A customer's score as the definition has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub days: i64,
    pub frequency: i64,
    pub monetary: i64,
    pub bands: [i64; 3],
    pub product_type: i128,
    pub product_user: i128,
    pub score: i128,
    pub tier: &'static str,
    pub rank: i64,
    pub percentile: i128,
}

/// What a customer's purchases come to.
#[derive(Debug, Clone, Default)]
struct Measured {
    last: Option<Instant>,
    frequency: i64,
    purchased: i64,
    returned: i64,
    by_class: BTreeMap<&'static str, i64>,
    by_user: BTreeMap<&'static str, i64>,
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

fn counts(status: &str) -> bool {
    ["paid", "fulfilled", "completed"].contains(&status)
}

fn user_of(shop: &Shop, customer: usize, line: &Line) -> &'static str {
    let person = &shop.people[customer];
    let known = |user: &&'static str| *user != "unknown";
    let of_relation = |kind: &'static str| match kind {
        "friend" | "colleague" => "gift",
        other => other,
    };
    let card = person.cards.iter().find(|(_, status)| *status == "active").map(|(kind, _)| *kind);
    let of_card = card.filter(|kind| ["student", "senior"].contains(kind));
    let of_beneficiary = line.beneficiary.map(|place| of_relation(person.relations[place]));
    [line.used_by, of_beneficiary, shop.products[line.product].default_user, of_card].into_iter().flatten().find(known).unwrap_or("unknown")
}

fn measure(shop: &Shop, customer: usize, as_of: Instant, window_days: i64) -> Measured {
    let mut measured = Measured::default();
    let in_window = |at: Instant| at <= as_of && at.micros() > as_of.micros() - window_days * MICROS_PER_DAY;
    for order in shop.orders.iter().filter(|order| order.customer == Some(customer) && counts(order.status)) {
        match order.kind {
            "sale" if order.placed_at <= as_of => {
                measured.last = measured.last.max(Some(order.placed_at));
                if in_window(order.placed_at) {
                    measured.frequency += 1;
                    for line in &order.lines {
                        measured.purchased += line.net();
                        *measured.by_class.entry(shop.class_of(line.product)).or_default() += line.net();
                        *measured.by_user.entry(user_of(shop, customer, line)).or_default() += line.net();
                    }
                }
            }
            "return" if in_window(order.placed_at) => measured.returned += order.lines.iter().map(Line::net).sum::<i64>(),
            _ => {}
        }
    }
    measured
}

fn round(a: i128, b: i128) -> i128 {
    if b == 0 { 0 } else { (2 * a + b) / (2 * b) }
}

fn mean(amounts: &BTreeMap<&'static str, i64>, points: impl Fn(&str) -> i128) -> i128 {
    let weighted = amounts.iter().map(|(key, amount)| i128::from(*amount) * points(key)).sum();
    round(weighted, amounts.values().map(|amount| i128::from(*amount)).sum())
}

fn class_points(class: &str) -> i128 {
    if class == "high" { 10_000 } else { 4_000 }
}

fn user_points(user: &str) -> i128 {
    match user {
        "self" => 6_000,
        "student" => 10_000,
        "child" => 9_000,
        "organisation" => 8_000,
        "senior" | "unknown" => 5_000,
        "family" => 7_000,
        "gift" => 4_000,
        other => panic!("{other} is no user"),
    }
}

/// b_k = a[⌈k·N/n⌉ − 1] for the shares `k/n` given.
fn cuts<T: Ord + Copy>(values: &[T], shares: &[(usize, usize)]) -> Vec<T> {
    let mut sorted = values.to_vec();
    sorted.sort();
    shares.iter().map(|(k, n)| sorted[(k * sorted.len()).div_ceil(*n) - 1]).collect()
}

fn above<T: Ord>(cuts: &[T], value: &T) -> i64 {
    i64::try_from(cuts.iter().filter(|cut| *cut < value).count()).unwrap()
}

/// Goodness, bands, points for what was bought and for whom, and the score.
type Scored = ([i64; 3], [i64; 3], i128, i128, i128);

/// Everybody's score by the default model, by the customer's place; those without a score are absent.
pub fn score_everybody(shop: &Shop, as_of: Instant, window_days: i64) -> BTreeMap<usize, Expected> {
    let measured: BTreeMap<usize, Measured> = (0..shop.people.len())
        .filter(|place| !shop.people[*place].opted_out)
        .map(|place| (place, measure(shop, place, as_of, window_days)))
        .filter(|(_, measured)| measured.last.is_some())
        .collect();
    if measured.is_empty() {
        return BTreeMap::new();
    }
    let goodness = |m: &Measured| {
        let days = (as_of.micros() - m.last.unwrap().micros()) / MICROS_PER_DAY;
        [-days, m.frequency, (m.purchased - m.returned).max(0)]
    };
    let fifths = [(1, 5), (2, 5), (3, 5), (4, 5)];
    let all: Vec<[i64; 3]> = measured.values().map(goodness).collect();
    let factor_cuts: Vec<Vec<i64>> = (0..3).map(|factor| cuts(&all.iter().map(|g| g[factor]).collect::<Vec<_>>(), &fifths)).collect();
    let scored: BTreeMap<usize, Scored> = measured
        .iter()
        .map(|(place, m)| {
            let g = goodness(m);
            let bands = [0, 1, 2].map(|factor| 1 + above(&factor_cuts[factor], &g[factor]));
            let [recency, frequency, monetary] = bands.map(|band| round(10_000 * i128::from(band), 5));
            let (product_type, product_user) = (mean(&m.by_class, class_points), mean(&m.by_user, user_points));
            let sum = 1_000 * recency + 1_000 * frequency + 3_500 * monetary + 2_500 * product_type + 2_000 * product_user;
            (*place, (g, bands, product_type, product_user, round(sum, 10_000)))
        })
        .collect();
    let scores: Vec<i128> = scored.values().map(|(.., score)| *score).collect();
    let tiers = cuts(&scores, &[(1, 2), (4, 5)]);
    let n = i128::try_from(scores.len()).unwrap();
    let count = |test: &dyn Fn(i128) -> bool| i64::try_from(scores.iter().filter(|score| test(**score)).count()).unwrap();
    scored
        .into_iter()
        .map(|(place, (g, bands, product_type, product_user, score))| {
            let tier = ["ordinary", "growth", "most_valuable"][usize::try_from(above(&tiers, &score)).unwrap()];
            let rank = 1 + count(&|other| other > score);
            let percentile = round(10_000 * i128::from(count(&|other| other < score)), n);
            let [recency, frequency, monetary] = g;
            (place, Expected { days: -recency, frequency, monetary, bands, product_type, product_user, score, tier, rank, percentile })
        })
        .collect()
}
