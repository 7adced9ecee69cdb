//! What kind of customer somebody is and how much they buy: decided first, so that person, card and orders agree.

use super::{
    random::{Random, Stream},
    seasons::{DAYS, Season},
    shelves::{DEPARTMENTS, Department},
};
use crate::domain::customers::CardKind;

/// The regulars that every book city lives on: a few hundred, however many customers it has (but never more than 15 in 100).
const PATRONS: u32 = 300;
const PATRON_PERCENT: u32 = 15;

/// How many sales a customer has in two years: share in percent, least, most. A long tail buys once, some never, few buy often.
/// Its mean of 4.7 sales and the basket sizes of `baskets.rs` give the ratio of ten order lines per customer.
const ACTIVITY: [(u32, u32, u32); 8] = [(10, 0, 0), (28, 1, 1), (15, 2, 2), (10, 3, 3), (12, 4, 5), (12, 6, 9), (9, 10, 18), (4, 19, 38)];
const PATRON_ACTIVITY: [(u32, u32, u32); 4] = [(50, 16, 24), (30, 25, 32), (15, 33, 48), (5, 49, 80)];

/// A kind of customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persona {
    Reader,
    Student,
    Parent,
    Senior,
    Collector,
    Organisation,
}

impl Persona {
    const SHARES: [(Self, u32); 6] =
        [(Self::Reader, 34), (Self::Student, 18), (Self::Parent, 24), (Self::Senior, 12), (Self::Collector, 9), (Self::Organisation, 3)];

    /// How likely a line is from each department, in the order of [`Department`]'s declaration.
    #[rustfmt::skip]
    const fn appetite(self) -> [u32; DEPARTMENTS] {
        match self {
            //                     Text Chil Lite Huma Fore Scie  Art Rare Stat Audi Toys Spor Digi Inst Acce Artw
            Self::Reader =>       [  2,   4,  34,  18,  10,  12,   6,   0,   8,   5,   2,   3,   2,   1,   1,   1],
            Self::Student =>      [ 12,   0,  20,   6,  14,  12,   4,   0,  18,   4,   1,   5,   3,   1,   2,   0],
            Self::Parent =>       [ 10,  28,   8,   4,   5,   4,   3,   0,  12,   4,  12,   5,   2,   1,   1,   0],
            Self::Senior =>       [  1,   8,  26,  22,   2,   4,  12,   1,   6,   8,   3,   2,   1,   1,   1,   2],
            Self::Collector =>    [  1,   3,  18,  12,   6,   6,  16,   5,   4,   8,   1,   1,   4,   5,   4,   6],
            Self::Organisation => [ 14,  14,  12,   8,   6,  10,   4,   0,  20,   3,   3,   3,   4,   1,   0,   1],
        }
    }

    /// The department of a line bought in `season`.
    pub fn pick_department(self, random: &mut Random, season: Season) -> Department {
        let weights = self.appetite();
        let mut seasonal = [0; DEPARTMENTS];
        for ((slot, weight), department) in seasonal.iter_mut().zip(weights).zip(Department::ALL) {
            *slot = weight * season_factor(season, department);
        }
        let position = random.weighted(&seasonal);
        Department::ALL.get(position).copied().unwrap_or(Department::Literature)
    }

    /// The age in years of customers of this kind; organisations have none.
    fn pick_age(self, random: &mut Random) -> u32 {
        match self {
            Self::Reader => random.between(22, 58),
            Self::Student => random.between(14, 24),
            Self::Parent => random.between(28, 48),
            Self::Senior => random.between(65, 86),
            Self::Collector => random.between(32, 64),
            Self::Organisation => 0,
        }
    }

    /// The age from which somebody may hold the card of this kind of customer.
    const fn card_age(self) -> u32 {
        match self {
            Self::Student => 12,
            Self::Senior => 60,
            _ => 18,
        }
    }
}

const fn season_factor(season: Season, department: Department) -> u32 {
    match (season, department) {
        (Season::TermStart, Department::Textbooks) => 8,
        (Season::TermStart | Season::ChildrensDay, Department::Stationery) | (Season::ChildrensDay, Department::ChildrensBooks) => 3,
        (Season::ChildrensDay, Department::Toys) => 5,
        (Season::YearEnd, Department::Toys | Department::Instruments | Department::Artworks | Department::Digital) => 3,
        (Season::YearEnd, Department::Art | Department::AudioVideo | Department::RareBooks) => 2,
        _ => 1,
    }
}

/// What is known of a customer before name and orders.
#[derive(Debug, Clone)]
pub struct Profile {
    pub persona: Persona,
    /// In whole years at the end of the two years.
    pub age: u32,
    pub card: Option<CardKind>,
    /// The day on which the customer became known, of [`super::seasons::Calendar`]; negative when that was before the two years.
    pub joined_day: i32,
    /// The day after which the customer stays away; [`DAYS`] for those who are still there.
    pub left_day: i32,
    /// How many sales the customer has in the two years.
    pub sales: u32,
}

impl Profile {
    /// How many sales a shop with `customers` customers has to them, on average over all seeds.
    pub fn expected_sales(customers: u32) -> u64 {
        let per_ten_thousand = |activity: &[(u32, u32, u32)]| -> u64 {
            activity.iter().map(|&(share, least, most)| u64::from(share) * u64::from(least + most) * 50).sum()
        };
        let patrons = u64::from(patrons(customers));
        (patrons * per_ten_thousand(&PATRON_ACTIVITY) + (u64::from(customers) - patrons) * per_ten_thousand(&ACTIVITY)) / 10_000
    }

    pub fn of(seed: u64, customers: u32, index: u32) -> Self {
        let random = &mut Random::of(seed, Stream::Profile, index);
        let (persona, _) = pick_share(random, &Persona::SHARES, |(_, share)| share).unwrap_or((Persona::Reader, 0));
        let patron = random.below(customers) < patrons(customers);
        let activity: &[(u32, u32, u32)] = if patron { &PATRON_ACTIVITY } else { &ACTIVITY };
        let (_, least, most) = pick_share(random, activity, |(share, ..)| share).unwrap_or((0, 0, 0));
        let sales = random.between(least, most);
        let age = persona.pick_age(random);
        let joined_day = pick_joined_day(random, persona, age, sales);
        let leaves = !patron && sales > 0 && joined_day < DAYS / 3 && random.chance(8);
        let left_day = if leaves { DAYS - i32::try_from(random.between(200, 440)).unwrap_or_default() } else { DAYS };
        let card = pick_card(random, persona, patron, sales);
        Self { persona, age, card, joined_day, left_day, sales }
    }
}

fn patrons(customers: u32) -> u32 {
    PATRONS.min(u32::try_from(u64::from(customers) * u64::from(PATRON_PERCENT) / 100).unwrap_or(PATRONS))
}

/// Who buys often has been known for long; card holders were old enough when they joined.
fn pick_joined_day(random: &mut Random, persona: Persona, age: u32, sales: u32) -> i32 {
    let known_before = if sales > 5 { 80 } else { 45 };
    let days = if random.chance(known_before) {
        -random.between(1, 1_400).cast_signed()
    } else if sales > 5 {
        random.between(0, 240).cast_signed()
    } else {
        random.between(0, 725).cast_signed()
    };
    if persona == Persona::Organisation {
        return days;
    }
    // 365 days a year err on the late side, towards older.
    let old_enough = DAYS - age.saturating_sub(persona.card_age()).cast_signed() * 365;
    days.max(old_enough.min(DAYS - 5))
}

fn pick_card(random: &mut Random, persona: Persona, patron: bool, sales: u32) -> Option<CardKind> {
    let holds_one = random.chance(if patron { 97 } else { 54 + sales.min(8) * 4 });
    let valued = random.chance(if patron { 55 } else { 2 });
    match persona {
        _ if !holds_one => None,
        Persona::Student => Some(CardKind::Student),
        Persona::Senior => Some(CardKind::Senior),
        _ if valued => Some(CardKind::Vip),
        _ => Some(CardKind::Regular),
    }
}

fn pick_share<T: Copy>(random: &mut Random, from: &[T], share: impl Fn(T) -> u32) -> Option<T> {
    let shares: Vec<u32> = from.iter().map(|entry| share(*entry)).collect();
    from.get(random.weighted(&shares)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages() {
        assert_eq!(Persona::SHARES.iter().map(|(_, share)| share).sum::<u32>(), 100);
        assert_eq!(ACTIVITY.iter().map(|(share, ..)| share).sum::<u32>(), 100);
        assert_eq!(PATRON_ACTIVITY.iter().map(|(share, ..)| share).sum::<u32>(), 100);
    }
}
