//! The ledger against one that counts every point by itself.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{customers::Customer, permissions::Actor};

fn id<T>(number: u64) -> Id<T> {
    Id::from(uuid::Uuid::from_u128(u128::from(number)))
}

fn day(number: i64) -> Instant {
    Instant::from_micros(number * 86_400_000_000).unwrap()
}

/// A ledger, and the numbers that its entries and days have.
struct Book {
    ledger: Ledger,
    next: u64,
    today: i64,
}

impl Book {
    fn new() -> Self {
        let customer: Id<Customer> = id(1);
        Self { ledger: Ledger::new(PointAccount::empty(customer, day(0)), Vec::new()), next: 100, today: 0 }
    }

    /// Later with every entry, on the same day.
    fn now(&self) -> Instant {
        Instant::from_micros(day(self.today).micros() + i64::try_from(self.next).unwrap()).unwrap()
    }

    fn entry(&mut self, kind: PointKind, points: i64) -> PointEntry {
        self.next += 1;
        PointEntry { expires_after_days: Some(10), ..PointEntry::new(id(self.next), id(1), &Actor::system(), self.now(), kind, points) }
    }

    fn post(&mut self, kind: PointKind, points: i64) -> Result<(), PointsFault> {
        let entry = self.entry(kind, points);
        self.ledger.post(self.now(), entry)
    }

    fn settle(&mut self, order: u64, due: i64, is_final: bool) {
        let blank = self.entry(PointKind::Earn, 0);
        let new = PointEntry { source: PointSource::Order, order_id: Some(id(order)), ..blank };
        self.ledger.settle(self.now(), due, is_final, new).unwrap();
    }

    fn expire(&mut self) {
        let now = self.now();
        let is_over = |lot: &&PointEntry| lot.remaining > 0 && lot.expires_at.is_some_and(|at| at <= now);
        let over: Vec<PointEntry> = self.ledger.entries.iter().filter(is_over).cloned().collect();
        for lot in over {
            let blank = self.entry(PointKind::Expire, -lot.remaining);
            let entry = PointEntry { source: lot.source, order_id: lot.order_id, about_id: Some(lot.id.cast()), ..blank };
            self.ledger.post(now, entry).unwrap();
        }
    }

    fn balance(&self) -> i64 {
        self.ledger.account.balance
    }

    fn remaining(&self) -> Vec<i64> {
        let mut lots: Vec<&PointEntry> = self.ledger.entries.iter().filter(|entry| entry.remaining > 0).collect();
        lots.sort_by_key(|lot| lot.id);
        lots.into_iter().map(|lot| lot.remaining).collect()
    }
}

#[test]
fn what_came_first_is_spent_first_and_expires_first() {
    let mut book = Book::new();
    book.settle(1, 100, true);
    book.today = 5;
    book.post(PointKind::Adjust, 50).unwrap();
    book.post(PointKind::Spend, -60).unwrap();
    assert_eq!((book.balance(), book.remaining()), (90, vec![40, 50]));
    assert_eq!(book.post(PointKind::Spend, -91), Err(PointsFault::Insufficient { balance: 90 }));
    assert_eq!(book.post(PointKind::Adjust, -91), Err(PointsFault::Insufficient { balance: 90 }));
    book.today = 10;
    book.expire();
    assert_eq!((book.balance(), book.remaining()), (50, vec![50]));
    book.expire();
    assert_eq!(book.balance(), 50, "once");
    book.today = 15;
    book.expire();
    assert_eq!((book.balance(), book.remaining()), (0, vec![]));
    assert_eq!(book.ledger.account.lifetime_earned, 100);
}

#[test]
fn pending_points_wait_for_their_order() {
    let mut book = Book::new();
    book.settle(1, 100, false);
    assert_eq!((book.balance(), book.ledger.account.pending), (0, 100));
    assert_eq!(book.post(PointKind::Spend, -1), Err(PointsFault::Insufficient { balance: 0 }));
    book.settle(1, 70, false);
    assert_eq!((book.balance(), book.ledger.account.pending), (0, 70));
    book.settle(1, 70, true);
    assert_eq!((book.balance(), book.ledger.account.pending, book.remaining()), (70, 0, vec![70]));
    book.settle(2, 40, false);
    book.settle(2, 0, false);
    assert_eq!((book.balance(), book.ledger.account.pending), (70, 0));
    let statuses: Vec<_> = book.ledger.entries.iter().map(|entry| (entry.points, entry.status)).collect();
    assert_eq!(statuses, [(100, PointStatus::Posted), (-30, PointStatus::Posted), (40, PointStatus::Cancelled)]);
}

#[test]
fn what_is_taken_back_makes_a_debt_that_is_paid_first() {
    let mut book = Book::new();
    book.settle(1, 100, true);
    book.post(PointKind::Spend, -80).unwrap();
    book.settle(1, 0, true);
    assert_eq!((book.balance(), book.remaining(), book.ledger.account.lifetime_earned), (-80, vec![], 0));
    book.settle(2, 30, true);
    assert_eq!((book.balance(), book.remaining()), (-50, vec![]));
    book.settle(3, 70, true);
    assert_eq!((book.balance(), book.remaining()), (20, vec![20]));
}

#[test]
fn an_order_takes_back_its_own_points_first() {
    let mut book = Book::new();
    book.settle(1, 100, true);
    book.settle(2, 100, true);
    book.settle(2, 60, true);
    assert_eq!(book.remaining(), [100, 60]);
    book.post(PointKind::Spend, -130).unwrap();
    assert_eq!(book.remaining(), [30]);
    book.settle(2, 0, true);
    assert_eq!((book.balance(), book.remaining()), (-30, vec![]));
}

#[test]
fn what_expired_is_not_taken_back_again() {
    let mut book = Book::new();
    book.settle(1, 100, true);
    book.post(PointKind::Spend, -60).unwrap();
    book.today = 10;
    book.expire();
    assert_eq!(book.balance(), 0);
    // 40 expired: a refund of 30 takes nothing more, one of all takes the 60 that were spent.
    book.settle(1, 70, true);
    assert_eq!(book.balance(), 0);
    book.settle(1, 0, true);
    assert_eq!(book.balance(), -60);
    book.settle(1, 0, true);
    assert_eq!(book.balance(), -60, "once");
}

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
enum Event {
    Settle { order: u64, due: i64, is_final: bool },
    Spend(i64),
    Adjust(i64),
    Pass(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (1_u64..5, 0_i64..40, any::<bool>()).prop_map(|(order, due, is_final)| Event::Settle { order, due, is_final }),
        2 => (1_i64..40).prop_map(Event::Spend),
        1 => (-20_i64..20).prop_filter("moves something", |points| *points != 0).prop_map(Event::Adjust),
        1 => (1_i64..6).prop_map(Event::Pass),
    ];
    prop::collection::vec(event, 1..60)
}

/// Every point by itself: which order made it (0 for none) and on which day it was had, the oldest first.
#[derive(Default)]
struct Coins {
    held: Vec<(u64, i64)>,
    debt: i64,
    orders: BTreeMap<u64, Told>,
}

/// What is known of an order.
#[derive(Default, Clone, Copy)]
struct Told {
    granted: i64,
    expired: i64,
    is_posted: bool,
}

impl Coins {
    fn balance(&self) -> i64 {
        i64::try_from(self.held.len()).unwrap() - self.debt
    }

    fn gain(&mut self, order: u64, today: i64, points: i64) {
        for _ in 0..points {
            if self.debt > 0 {
                self.debt -= 1;
            } else {
                self.held.push((order, today));
            }
        }
    }

    /// Takes one point: of the order first, then the oldest, then as a debt.
    fn lose_one(&mut self, order: Option<u64>) {
        let own = order.and_then(|order| self.held.iter().position(|coin| coin.0 == order));
        match own.or(if self.held.is_empty() { None } else { Some(0) }) {
            Some(place) => drop(self.held.remove(place)),
            None => self.debt += 1,
        }
    }

    fn settle(&mut self, order: u64, today: i64, due: i64, is_final: bool) {
        let mut told = self.orders.get(&order).copied().unwrap_or_default();
        if !told.is_posted && (due == 0 || !is_final) {
            // Nothing of it counts yet.
            self.orders.insert(order, Told { granted: due, ..told });
            return;
        }
        if !told.is_posted {
            // What was granted and taken back before comes to `due`, all at once.
            self.gain(order, today, due);
            self.orders.insert(order, Told { granted: due, is_posted: true, ..told });
            return;
        }
        while told.granted < due {
            self.gain(order, today, 1);
            told.granted += 1;
        }
        while told.granted > due + told.expired {
            self.lose_one(Some(order));
            told.granted -= 1;
        }
        self.orders.insert(order, told);
    }

    fn expire(&mut self, today: i64) {
        let (over, held) = self.held.iter().copied().partition(|coin| coin.1 + 10 <= today);
        self.held = held;
        let over: Vec<(u64, i64)> = over;
        for (order, _) in over {
            if let Some(told) = self.orders.get_mut(&order) {
                told.expired += 1;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever happens in whatever order, the ledger holds what counting every single point gives.
    #[test]
    fn it_is_as_if_every_point_were_counted(events in events()) {
        let (mut book, mut coins) = (Book::new(), Coins::default());
        for event in events {
            match event {
                Event::Settle { order, due, is_final } => {
                    book.settle(order, due, is_final);
                    coins.settle(order, book.today, due, is_final);
                }
                Event::Spend(points) => {
                    let done = book.post(PointKind::Spend, -points).is_ok();
                    prop_assert_eq!(done, points <= coins.balance());
                    (0..if done { points } else { 0 }).for_each(|_| coins.lose_one(None));
                }
                Event::Adjust(points) => {
                    let done = book.post(PointKind::Adjust, points).is_ok();
                    prop_assert_eq!(done, points > 0 || -points <= coins.balance());
                    if done && points > 0 {
                        coins.gain(0, book.today, points);
                    }
                    (0..if done { -points } else { 0 }).for_each(|_| coins.lose_one(None));
                }
                Event::Pass(days) => {
                    book.today += days;
                    book.expire();
                    coins.expire(book.today);
                }
            }
            let (account, entries) = (book.ledger.account, &book.ledger.entries);
            let sum = |status| entries.iter().filter(|entry| entry.status == status).map(|entry| entry.points).sum::<i64>();
            prop_assert_eq!(account.balance, coins.balance());
            prop_assert_eq!((account.balance, account.pending), (sum(PointStatus::Posted), sum(PointStatus::Pending)));
            prop_assert_eq!(entries.iter().map(|entry| entry.remaining).sum::<i64>(), account.balance.max(0));
            let spent_below_zero = |entry: &PointEntry| entry.kind == PointKind::Spend && entry.balance_after.is_some_and(|after| after < 0);
            prop_assert!(!entries.iter().any(spent_below_zero));
            for order in 1..5 {
                let left: i64 = entries.iter().filter(|entry| entry.order_id == Some(id(order))).map(|entry| entry.remaining).sum();
                prop_assert_eq!(left, i64::try_from(coins.held.iter().filter(|coin| coin.0 == order).count()).unwrap());
            }
        }
    }

    /// Refunds in any steps come to what one refund of the same comes to.
    #[test]
    fn many_refunds_are_as_one(earned in 1_i64..1000, spent in 0_i64..1000, mut steps in prop::collection::vec(0_i64..1000, 1..8)) {
        let begin = || {
            let mut book = Book::new();
            book.settle(1, earned, true);
            book.post(PointKind::Adjust, 50).unwrap();
            let _ = book.post(PointKind::Spend, -spent.max(1));
            book
        };
        steps.sort_unstable();
        let (mut many, mut one) = (begin(), begin());
        for due in steps.iter().rev() {
            many.settle(1, (*due).min(earned), true);
        }
        one.settle(1, steps.first().copied().unwrap().min(earned), true);
        prop_assert_eq!(many.balance(), one.balance());
        prop_assert_eq!(many.remaining(), one.remaining());
    }

    /// What is settled again for the same changes nothing.
    #[test]
    fn settling_again_changes_nothing(events in events(), due in 0_i64..40, is_final in any::<bool>()) {
        let mut book = Book::new();
        for event in events {
            match event {
                Event::Settle { order, due, is_final } => book.settle(order, due, is_final),
                Event::Spend(points) => drop(book.post(PointKind::Spend, -points)),
                Event::Adjust(points) => drop(book.post(PointKind::Adjust, points)),
                Event::Pass(days) => {
                    book.today += days;
                    book.expire();
                }
            }
        }
        book.settle(1, due, is_final);
        let before = (book.ledger.account, book.ledger.entries.clone());
        book.ledger.changed.clear();
        book.settle(1, due, is_final);
        prop_assert_eq!(before, (book.ledger.account, book.ledger.entries.clone()));
        prop_assert!(book.ledger.into_changes(day(book.today)).is_none());
    }
}
