//! Customers: who they are, their card, and the people they buy for.

use chrono::{Datelike, NaiveDate};

use super::{
    DemoShop,
    names::{
        LATIN_MENS_GIVEN, LATIN_ORGANISATIONS, LATIN_SURNAMES, LATIN_WOMENS_GIVEN, MENS_GIVEN, Name, ORGANISATIONS, PLACES, SURNAMES,
        WOMENS_GIVEN,
    },
    personas::{Persona, Profile},
    random::{Random, Stream},
    shelves::GRADES,
};
use crate::domain::{
    customers::{CardKind, CustomerKind, Gender, Lifecycle, RelationKind},
    instants::Instant,
};

/// A customer. E-mail addresses, phone numbers and card numbers belong to one customer only.
#[derive(Debug, Clone)]
pub struct DemoCustomer {
    /// From 0.
    pub index: u32,
    /// `C000001` for the first.
    pub reference: String,
    pub kind: CustomerKind,
    pub name: String,
    pub nickname: Option<String>,
    pub email: Option<String>,
    /// E.164. The numbers begin with prefixes that China has given to nobody.
    pub phone: Option<String>,
    pub gender: Option<Gender>,
    pub birth_date: Option<NaiveDate>,
    pub locale: &'static str,
    pub tags: Vec<&'static str>,
    pub acquisition_channel: &'static str,
    pub lifecycle: Lifecycle,
    /// Said of every former customer.
    pub stopped_reason: Option<&'static str>,
    /// Line of business, of organisations.
    pub industry: Option<&'static str>,
    /// When the customer became known: before the first order, often long before the two years.
    pub joined_at: Instant,
    pub card: Option<DemoCard>,
    pub relations: Vec<DemoRelation>,
    pub(super) profile: Profile,
}

/// A membership card.
#[derive(Debug, Clone)]
pub struct DemoCard {
    /// 14 digits, the last one a check digit (Luhn, ISO/IEC 7812-1).
    pub number: String,
    pub kind: CardKind,
    pub issued_at: Instant,
}

/// Somebody whom a customer buys for. Order lines name them by their position in the customer's list.
#[derive(Debug, Clone)]
pub struct DemoRelation {
    pub name: String,
    pub kind: RelationKind,
    pub birth_date: Option<NaiveDate>,
    pub school_grade: Option<&'static str>,
}

/// The customer at `index`.
pub fn customer(shop: &DemoShop, index: u32) -> DemoCustomer {
    let profile = Profile::of(shop.seed, shop.customers, index);
    let random = &mut Random::of(shop.seed, Stream::Person, index);
    let latin = random.chance(20);
    let joined_at = shop.calendar.start_of(profile.joined_day);
    let card = profile.card.map(|kind| DemoCard { number: card_number(shop.seed, index), kind, issued_at: joined_at });
    let lifecycle = match (profile.sales, profile.left_day < super::seasons::DAYS) {
        (0, _) => Lifecycle::Potential,
        (_, true) => Lifecycle::Former,
        (_, false) => Lifecycle::Active,
    };
    let stopped_reason =
        (lifecycle == Lifecycle::Former).then(|| random.pick(&["moved away", "buys elsewhere", "dissatisfied", "no longer needed"]));
    let mut customer = DemoCustomer {
        index,
        reference: format!("C{:06}", u64::from(index) + 1),
        kind: CustomerKind::Individual,
        name: String::new(),
        nickname: None,
        email: None,
        phone: random.chance(94).then(|| phone_number(shop.seed, index)),
        gender: None,
        birth_date: None,
        locale: if latin { "en" } else { "zh-CN" },
        tags: tags(random, profile.persona),
        acquisition_channel: random.pick(&["store", "store", "store", "web", "mobile", "referral", "school_event", "book_fair"]),
        lifecycle,
        stopped_reason,
        industry: None,
        joined_at,
        card,
        relations: Vec::new(),
        profile,
    };
    if customer.profile.persona == Persona::Organisation {
        describe_organisation(&mut customer, random, latin);
    } else {
        describe_person(&mut customer, shop, random, latin);
    }
    customer
}

/// The school year (1-12) of somebody born on `birth_date`, on the day `on`: children start school in the September
/// after they turn six, and the shop thinks of the coming school year from August. `None` before and after school.
pub fn school_grade(birth_date: NaiveDate, on: NaiveDate) -> Option<u8> {
    let year_began = if on.month() >= 8 { on.year() } else { on.year() - 1 };
    let started = birth_date.year() + if birth_date.month() >= 9 { 7 } else { 6 };
    u8::try_from(year_began - started + 1).ok().filter(|grade| (1..=12).contains(grade))
}

fn describe_organisation(customer: &mut DemoCustomer, random: &mut Random, latin: bool) {
    let (place, spelling) = random.pick(PLACES);
    let (form, industry) = random.pick(if latin { LATIN_ORGANISATIONS } else { ORGANISATIONS });
    let (initial, rest) = spelling.split_at_checked(1).unwrap_or_default();
    customer.name = if latin { format!("{}{rest} {form}", initial.to_uppercase()) } else { format!("{place}{form}") };
    customer.kind = CustomerKind::Organisation;
    customer.email = Some(format!("{spelling}{}@example.org", u64::from(customer.index) + 1));
    customer.industry = Some(industry);
}

fn describe_person(customer: &mut DemoCustomer, shop: &DemoShop, random: &mut Random, latin: bool) {
    let age = customer.profile.age;
    let woman = random.chance(54);
    let surname = random.pick_popular(if latin { LATIN_SURNAMES } else { SURNAMES });
    let given = given_name(random, latin, woman);
    customer.name = full_name(given, surname, latin);
    if random.chance(25) {
        let last = given.0.chars().last().unwrap_or_default();
        customer.nickname = Some(if latin { given.0.chars().take(3).collect() } else { format!("{}{last}", random.pick(&["阿", "小"])) });
    }
    if random.chance(88) {
        let domain = random.pick(&["example.com", "mail.example.com", "example.net"]);
        customer.email = Some(format!("{}.{}{}@{domain}", given.1, surname.1, u64::from(customer.index) + 1));
    }
    customer.gender = match random.below(100) {
        0..=5 => None,
        6 => Some(Gender::Other),
        _ if woman => Some(Gender::Female),
        _ => Some(Gender::Male),
    };
    customer.birth_date = Some(born(shop, random, age));
    customer.relations = relations(shop, random, &customer.profile, surname, latin);
}

fn relations(shop: &DemoShop, random: &mut Random, profile: &Profile, surname: Name, latin: bool) -> Vec<DemoRelation> {
    // How many people, of 0 to 3; and of which kind: young, senior, family, friend.
    let (counts, kinds) = match profile.persona {
        Persona::Parent => ([0, 50, 38, 12], [60, 15, 15, 10]),
        Persona::Senior => ([45, 32, 18, 5], [60, 10, 25, 5]),
        Persona::Collector => ([62, 26, 10, 2], [25, 15, 30, 30]),
        Persona::Reader => ([70, 22, 7, 1], [10, 25, 40, 25]),
        Persona::Student | Persona::Organisation => ([85, 13, 2, 0], [0, 10, 30, 60]),
    };
    (0..random.weighted(&counts))
        .map(|position| {
            let own_child = position == 0 && profile.persona == Persona::Parent;
            match if own_child { 0 } else { random.weighted(&kinds) } {
                0 => {
                    let age = random.between(3, profile.age.saturating_sub(22).clamp(3, 16));
                    young_relation(shop, random, age, surname, latin)
                }
                1 => {
                    let age = random.between((profile.age + 20).clamp(60, 88), 90);
                    grown_relation(shop, random, (RelationKind::Senior, Some(age)), surname, latin)
                }
                2 => {
                    let age = random.chance(60).then(|| random.between(24, 60));
                    grown_relation(shop, random, (RelationKind::Family, age), surname, latin)
                }
                _ => {
                    let surname = random.pick(if latin { LATIN_SURNAMES } else { SURNAMES });
                    grown_relation(shop, random, (RelationKind::Friend, None), surname, latin)
                }
            }
        })
        .collect()
}

fn young_relation(shop: &DemoShop, random: &mut Random, age: u32, surname: Name, latin: bool) -> DemoRelation {
    let birth_date = born(shop, random, age);
    let grade = school_grade(birth_date, shop.calendar.today());
    let kind = if grade.is_some() { RelationKind::Student } else { RelationKind::Child };
    let school_grade = grade.and_then(|grade| GRADES.get(usize::from(grade) - 1)).copied();
    let girl = random.chance(50);
    let name = full_name(given_name(random, latin, girl), surname, latin);
    DemoRelation { name, kind, birth_date: Some(birth_date), school_grade }
}

fn grown_relation(
    shop: &DemoShop,
    random: &mut Random,
    kind_and_age: (RelationKind, Option<u32>),
    surname: Name,
    latin: bool,
) -> DemoRelation {
    let (kind, age) = kind_and_age;
    let woman = random.chance(55);
    let name = full_name(given_name(random, latin, woman), surname, latin);
    DemoRelation { name, kind, birth_date: age.map(|age| born(shop, random, age)), school_grade: None }
}

fn given_name(random: &mut Random, latin: bool, woman: bool) -> Name {
    random.pick(match (latin, woman) {
        (false, true) => WOMENS_GIVEN,
        (false, false) => MENS_GIVEN,
        (true, true) => LATIN_WOMENS_GIVEN,
        (true, false) => LATIN_MENS_GIVEN,
    })
}

fn full_name((given, _): Name, (surname, _): Name, latin: bool) -> String {
    if latin { format!("{given} {surname}") } else { format!("{surname}{given}") }
}

/// A date of birth for somebody who is `age` whole years old at the end of the two years.
fn born(shop: &DemoShop, random: &mut Random, age: u32) -> NaiveDate {
    // 1,461 days are four years; one day more, since the quarter days are cut off.
    shop.calendar.days_ago(age * 1_461 / 4 + 1 + random.below(363))
}

fn tags(random: &mut Random, persona: Persona) -> Vec<&'static str> {
    let interests: &[&str] = match persona {
        Persona::Reader => &["reading-club", "classics", "travel"],
        Persona::Student => &["campus", "exam-preparation", "manga"],
        Persona::Parent => &["parent", "story-hour", "music-school"],
        Persona::Senior => &["calligraphy", "cantonese-opera", "tai-chi"],
        Persona::Collector => &["collector", "signed-editions", "vinyl"],
        Persona::Organisation => &["invoice", "wholesale", "school-library"],
    };
    let interest = random.chance(45).then(|| random.pick(interests));
    let newsletter = random.chance(30).then_some("newsletter");
    interest.into_iter().chain(newsletter).collect()
}

/// Numbers with 154 and 194, which no operator in China holds: they look like mobile numbers and ring nowhere.
fn phone_number(seed: u64, index: u32) -> String {
    let spread = spread(seed, index, 200_000_000);
    let prefix = if spread < 100_000_000 { 154 } else { 194 };
    format!("+86{prefix}{:08}", spread % 100_000_000)
}

/// 9 (national use) and 156 (China), as ISO/IEC 7812-1 has it for national numbers, nine digits and the check digit.
fn card_number(seed: u64, index: u32) -> String {
    let payload = format!("9156{:09}", spread(seed, index, 1_000_000_000));
    let check = luhn_check_digit(&payload);
    format!("{payload}{check}")
}

fn luhn_check_digit(payload: &str) -> u32 {
    let digits = payload.chars().rev().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits.zip([2, 1].into_iter().cycle()).map(|(digit, weight)| (digit * weight) / 10 + (digit * weight) % 10).sum();
    (10 - sum % 10) % 10
}

/// A number below `bound` that no other index below `bound` gets: `bound` is a product of twos and fives, which the
/// multiplier shares no factor with.
fn spread(seed: u64, index: u32, bound: u64) -> u64 {
    (u64::from(index) * 73_939_133 + Random::new(seed).next_u64() % bound) % bound
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of ISO/IEC 7812-1's algorithm as commonly printed: 7992739871 has check digit 3.
    #[test]
    fn luhn_matches_the_published_example() {
        assert_eq!(luhn_check_digit("7992739871"), 3);
    }

    #[test]
    fn school_years_follow_the_september_rule() {
        let grade = |born: &str, on: &str| school_grade(born.parse().unwrap(), on.parse().unwrap());
        assert_eq!(grade("2018-08-31", "2024-09-01"), Some(1));
        assert_eq!(grade("2018-09-01", "2024-09-01"), None);
        assert_eq!(grade("2018-09-01", "2025-08-20"), Some(1));
        assert_eq!(grade("2018-08-31", "2025-03-01"), Some(1));
        assert_eq!(grade("2007-03-15", "2025-06-07"), Some(12));
        assert_eq!(grade("2007-03-15", "2025-08-25"), None);
    }
}
