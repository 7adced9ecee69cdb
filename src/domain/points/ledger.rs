//! How the entries of one customer's points follow one another: first in, first out.
//!
//! What always holds, and is proved below against a ledger that counts every point by itself:
//! - the balance is the sum of the posted entries, `pending` that of the pending ones;
//! - what remains of the posted earnings adds up to the balance, or to nothing while there is a debt;
//! - nobody spends more than they have. Only what is taken back makes a debt, and what is earned next pays it first.

use chrono::TimeDelta;

use super::{EarningTerms, PointAccount, PointEntry, PointKind, PointSource, PointStatus};
use crate::domain::{ids::Id, instants::Instant, orders::Order, permissions::Actor};

/// Why an entry can not be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PointsFault {
    /// There are fewer points than are to be spent or taken.
    #[error("The customer has {balance} points.")]
    Insufficient {
        /// How many there are.
        balance: i64,
    },
    /// The sum can not be held.
    #[error("There are more points than can be held.")]
    Overflow,
}

/// A customer's account with those of its entries that are needed: what remains, and all of the order that it is about.
#[derive(Debug, Clone)]
pub struct Ledger {
    account: PointAccount,
    entries: Vec<PointEntry>,
    changed: Vec<Id<PointEntry>>,
}

impl Ledger {
    /// The ledger of `account`: `entries` are those of which something remains, and those of the order that [`Ledger::settle`] is asked for.
    pub const fn new(account: PointAccount, entries: Vec<PointEntry>) -> Self {
        Self { account, entries, changed: Vec::new() }
    }

    /// The account as it is now.
    pub const fn account(&self) -> &PointAccount {
        &self.account
    }

    /// What must be stored: the account at its next version and the entries that are new or changed. Nothing when nothing has changed.
    pub fn into_changes(self, now: Instant) -> Option<(PointAccount, Vec<PointEntry>)> {
        let Self { account, entries, changed } = self;
        let changed: Vec<PointEntry> = entries.into_iter().filter(|entry| changed.contains(&entry.id)).collect();
        if changed.is_empty() { None } else { Some((PointAccount { version: account.version + 1, updated_at: now, ..account }, changed)) }
    }

    /// Of the entries that `source` made for `order_id`, those that count.
    fn own(&self, source: PointSource, order_id: Option<Id<Order>>) -> impl Iterator<Item = &PointEntry> {
        self.entries.iter().filter(move |entry| is_of(entry, source, order_id) && entry.status != PointStatus::Cancelled)
    }

    /// The first entry by which `source` earned something for an order.
    pub fn first_earned(&self, source: PointSource, order_id: Id<Order>) -> Option<&PointEntry> {
        self.own(source, Some(order_id)).filter(|entry| entry.kind == PointKind::Earn).min_by_key(|entry| entry.id)
    }

    /// The terms by which an order earns what it does: the last that were kept, also where nothing of it counts any more.
    pub fn terms(&self, order_id: Id<Order>) -> Option<&EarningTerms> {
        let of_order = self.entries.iter().filter(|entry| is_of(entry, PointSource::Order, Some(order_id)) && entry.terms.is_some());
        of_order.max_by_key(|entry| entry.id).and_then(|entry| entry.terms.as_ref())
    }

    /// Takes what remains of entries whose time is over.
    ///
    /// # Errors
    /// [`PointsFault::Overflow`].
    pub fn expire(&mut self, now: Instant) -> Result<(), PointsFault> {
        let is_over = |lot: &&PointEntry| lot.remaining > 0 && lot.expires_at.is_some_and(|at| at <= now);
        let over: Vec<PointEntry> = self.entries.iter().filter(is_over).cloned().collect();
        for lot in over {
            let new = PointEntry::new(Id::generate(), lot.customer_id, &Actor::system(), now, PointKind::Expire, -lot.remaining);
            self.post(now, PointEntry { source: lot.source, order_id: lot.order_id, about_id: Some(lot.id.cast()), ..new })?;
        }
        Ok(())
    }

    /// Adds an entry that counts from now on. What goes down takes of what came first; an expiry of the entry that it is about, and what is taken back
    /// of what the same order had earned, as far as that reaches.
    ///
    /// # Errors
    /// [`PointsFault::Insufficient`] for spending and adjustments below zero, [`PointsFault::Overflow`].
    pub fn post(&mut self, now: Instant, entry: PointEntry) -> Result<(), PointsFault> {
        let balance = self.account.balance.checked_add(entry.points).ok_or(PointsFault::Overflow)?;
        let is_choice = matches!(entry.kind, PointKind::Spend | PointKind::Adjust);
        if is_choice && entry.points < 0 && balance < 0 {
            return Err(PointsFault::Insufficient { balance: self.account.balance });
        }
        if matches!(entry.kind, PointKind::Earn | PointKind::Reverse) {
            self.account.lifetime_earned = self.account.lifetime_earned.checked_add(entry.points).ok_or(PointsFault::Overflow)?;
        }
        let is_more = entry.points > 0;
        if !is_more {
            self.take(&entry);
        }
        self.account.balance = balance;
        let lasts = |days: i64| now.checked_add(TimeDelta::try_days(days)?);
        self.put(PointEntry {
            status: PointStatus::Posted,
            // A debt is paid first.
            remaining: if is_more { balance.clamp(0, entry.points) } else { 0 },
            expires_at: entry.expires_after_days.filter(|_| is_more).and_then(lasts),
            balance_after: Some(balance),
            posted_at: Some(now),
            ..entry
        });
        Ok(())
    }

    /// Takes what `entry` takes of what remains.
    fn take(&mut self, entry: &PointEntry) {
        let comes_first = |lot: &PointEntry| match entry.kind {
            PointKind::Expire => entry.about_id == Some(lot.id.cast()),
            PointKind::Reverse => is_of(lot, entry.source, entry.order_id),
            PointKind::Earn | PointKind::Spend | PointKind::Adjust => false,
        };
        let mut lots: Vec<&mut PointEntry> = self.entries.iter_mut().filter(|lot| lot.remaining > 0).collect();
        lots.sort_by_key(|lot| (!comes_first(lot), lot.posted_at, lot.id));
        let mut left = entry.points.saturating_neg();
        for lot in lots {
            if left <= 0 {
                break;
            }
            let taken = left.min(lot.remaining);
            lot.remaining -= taken;
            left -= taken;
            self.changed.push(lot.id);
        }
    }

    fn put(&mut self, entry: PointEntry) {
        self.changed.push(entry.id);
        self.entries.retain(|known| known.id != entry.id);
        self.entries.push(entry);
    }

    /// Makes what `new.source` has earned by `new.order_id` come to `due` points, pending until `is_final`, by adding the difference to what it came to before.
    ///
    /// `new` is the entry that is added where there is a difference; kind and points are filled in. Once posted, entries stay posted; what is due no longer
    /// before it was posted is cancelled. What has expired meanwhile is not taken back a second time: with `granted` the sum of what was earned and taken back
    /// and `expired` what of it expired, `max(0, granted − due − expired)` is taken back. Settling for the same again changes nothing.
    ///
    /// # Errors
    /// [`PointsFault::Overflow`].
    pub fn settle(&mut self, now: Instant, due: i64, is_final: bool, new: PointEntry) -> Result<(), PointsFault> {
        let (source, order_id) = (new.source, new.order_id);
        let sum = |kinds: &[PointKind]| -> i64 {
            self.own(source, order_id).filter(|entry| kinds.contains(&entry.kind)).map(|entry| entry.points).sum()
        };
        let (granted, expired) = (sum(&[PointKind::Earn, PointKind::Reverse]), -sum(&[PointKind::Expire]));
        let is_posted = self.own(source, order_id).any(|entry| entry.status == PointStatus::Posted);
        if due == 0 && !is_posted {
            self.cancel(source, order_id);
            return Ok(());
        }
        let (kind, points) = match due - granted {
            more if more > 0 => (PointKind::Earn, more),
            less => (PointKind::Reverse, less.saturating_add(expired).min(0)),
        };
        if points != 0 {
            self.account.pending = self.account.pending.checked_add(points).ok_or(PointsFault::Overflow)?;
            self.put(PointEntry { kind, points, status: PointStatus::Pending, ..new });
        }
        if is_posted || is_final { self.post_pending(now, source, order_id) } else { Ok(()) }
    }

    fn pending(&self, source: PointSource, order_id: Option<Id<Order>>) -> Vec<PointEntry> {
        let mut pending: Vec<PointEntry> =
            self.own(source, order_id).filter(|entry| entry.status == PointStatus::Pending).cloned().collect();
        pending.sort_by_key(|entry| entry.id);
        pending
    }

    fn post_pending(&mut self, now: Instant, source: PointSource, order_id: Option<Id<Order>>) -> Result<(), PointsFault> {
        for entry in self.pending(source, order_id) {
            self.account.pending -= entry.points;
            self.post(now, entry)?;
        }
        Ok(())
    }

    fn cancel(&mut self, source: PointSource, order_id: Option<Id<Order>>) {
        for entry in self.pending(source, order_id) {
            self.account.pending -= entry.points;
            self.put(PointEntry { status: PointStatus::Cancelled, ..entry });
        }
    }
}

fn is_of(entry: &PointEntry, source: PointSource, order_id: Option<Id<Order>>) -> bool {
    entry.source == source && entry.order_id == order_id
}

#[cfg(test)]
mod tests;
