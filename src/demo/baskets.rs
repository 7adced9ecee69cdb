//! What goes into a basket: which goods, how many, at what price, and for whom.

use chrono::{Datelike, NaiveDate};

use super::{
    catalogue::{Catalogue, DemoProduct},
    people::{DemoRelation, school_grade},
    personas::Persona,
    random::Random,
    seasons::Season,
    shelves::Department,
};
use crate::domain::{
    catalogue::ProductUser,
    customers::{CardKind, RelationKind},
    orders::PurchaseNeed,
};

/// How many baskets of a hundred are drawn with 1, 2, … 6 lines: 2.02 on average, a little less where an article comes twice.
const BASKET_SIZES: [u32; 6] = [45, 27, 15, 7, 4, 2];

/// A line of an order. All amounts are in fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLine {
    /// Position in [`Catalogue::products`].
    pub product: usize,
    /// Positive, in returns too.
    pub quantity: i64,
    pub unit_price: i64,
    /// On the whole line.
    pub discount: i64,
    /// At most what the line cost after its discount.
    pub refunded: i64,
    pub used_by: Option<ProductUser>,
    /// Position in the customer's relations.
    pub beneficiary: Option<usize>,
    pub need: Option<PurchaseNeed>,
}

impl DemoLine {
    /// What was paid for the line: never below 0.
    pub const fn paid(&self) -> i64 {
        self.quantity * self.unit_price - self.discount
    }

    /// What remains after refunds: never below 0.
    pub const fn net(&self) -> i64 {
        self.paid() - self.refunded
    }
}

/// Somebody at the shelves.
#[derive(Debug)]
pub struct Visit<'a> {
    pub catalogue: &'a Catalogue,
    pub persona: Persona,
    pub card: Option<CardKind>,
    pub birth_date: Option<NaiveDate>,
    pub relations: &'a [DemoRelation],
    pub date: NaiveDate,
}

impl Visit<'_> {
    /// One to six lines, each of another product.
    pub fn fill_basket(&self, random: &mut Random) -> Vec<DemoLine> {
        let mut lines: Vec<DemoLine> = Vec::new();
        for _ in 0..=random.weighted(&BASKET_SIZES) {
            let department = self.persona.pick_department(random, Season::of(self.date));
            let pupil = if department == Department::Textbooks { self.pick_pupil(random) } else { None };
            let product = self.pick_product(random, department, pupil);
            if lines.iter().any(|line| line.product == product) {
                continue;
            }
            if let Some(found) = self.catalogue.products.get(product) {
                lines.push(self.line(random, product, found, pupil));
            }
        }
        lines
    }

    fn line(&self, random: &mut Random, product: usize, found: &DemoProduct, pupil: Option<(usize, u8)>) -> DemoLine {
        let quantity = self.pick_quantity(random, found);
        let promotion = if random.chance(8) { 15 } else { 0 };
        let percent = match (found.department, self.card) {
            (Department::Textbooks, _) | (_, None) => promotion,
            (_, Some(CardKind::Regular)) => promotion.max(2),
            (_, Some(CardKind::Student | CardKind::Senior)) => promotion.max(5),
            (_, Some(CardKind::Vip)) => promotion.max(10),
        };
        let (used_by, beneficiary) = match pupil {
            Some((position, _)) => (None, Some(position)),
            None => self.pick_user(random, found.department),
        };
        DemoLine {
            product,
            quantity,
            unit_price: found.price,
            discount: quantity * found.price * percent / 100,
            refunded: 0,
            used_by,
            beneficiary,
            need: pick_need(random, found.department),
        }
    }

    /// A related person who goes to school on this day, with the school year.
    fn pick_pupil(&self, random: &mut Random) -> Option<(usize, u8)> {
        let pupils: Vec<(usize, u8)> = self
            .relations
            .iter()
            .enumerate()
            .filter_map(|(position, relation)| Some((position, school_grade(relation.birth_date?, self.date)?)))
            .collect();
        (!pupils.is_empty()).then(|| random.pick(&pupils))
    }

    /// Schoolbooks of the right year and term for pupils; students who have left school buy for the university.
    fn pick_product(&self, random: &mut Random, department: Department, pupil: Option<(usize, u8)>) -> usize {
        let catalogue = self.catalogue;
        if department != Department::Textbooks {
            return random.pick_popular(catalogue.on_sale(department));
        }
        let is_student = self.persona == Persona::Student;
        let own_grade = self.birth_date.filter(|_| is_student).and_then(|born| school_grade(born, self.date));
        let second_term = (2..=7).contains(&self.date.month());
        match pupil.map(|(_, grade)| grade).or(own_grade) {
            Some(grade) => random.pick(catalogue.schoolbooks(grade, second_term)),
            None if is_student => random.pick_popular(catalogue.university_books()),
            None => random.pick(catalogue.on_sale(department)),
        }
    }

    fn pick_quantity(&self, random: &mut Random, found: &DemoProduct) -> i64 {
        let many = self.persona == Persona::Organisation && found.price < 20_000 && random.chance(60);
        match random.below(100) {
            _ if many => i64::from(random.between(3, 30)),
            97.. if found.price < 20_000 => 3,
            88.. if found.price < 20_000 => 2,
            _ => 1,
        }
    }

    /// For whom the goods are, as far as the till was told.
    fn pick_user(&self, random: &mut Random, department: Department) -> (Option<ProductUser>, Option<usize>) {
        if self.persona == Persona::Organisation {
            return (random.chance(70).then_some(ProductUser::Organisation), None);
        }
        if random.chance(if Season::of(self.date) == Season::YearEnd { 25 } else { 4 }) {
            return (Some(ProductUser::Gift), self.relation(|kind| kind == RelationKind::Friend));
        }
        let (percent, somebody) = match department {
            Department::ChildrensBooks | Department::Toys | Department::Accessories | Department::Instruments | Department::Digital => {
                (55, self.relation(|kind| matches!(kind, RelationKind::Child | RelationKind::Student)))
            }
            Department::Stationery | Department::Sports => (35, self.relation(|kind| kind == RelationKind::Student)),
            Department::Humanities | Department::AudioVideo => (20, self.relation(|kind| kind == RelationKind::Senior)),
            _ => (8, self.relation(|kind| kind == RelationKind::Family)),
        };
        if somebody.is_some() && random.chance(percent) {
            return (None, somebody);
        }
        (random.chance(15).then_some(ProductUser::Self_), None)
    }

    fn relation(&self, is_meant: impl Fn(RelationKind) -> bool) -> Option<usize> {
        self.relations.iter().position(|relation| is_meant(relation.kind))
    }
}

fn pick_need(random: &mut Random, department: Department) -> Option<PurchaseNeed> {
    if !random.chance(40) {
        return None;
    }
    let weights = match department {
        Department::Textbooks | Department::Stationery | Department::Accessories => [85, 5, 5, 5],
        Department::Toys | Department::AudioVideo | Department::Sports => [10, 35, 20, 35],
        Department::Digital | Department::Instruments | Department::Artworks | Department::RareBooks => [20, 55, 20, 5],
        _ => [20, 25, 40, 15],
    };
    [PurchaseNeed::Need, PurchaseNeed::Desire, PurchaseNeed::Preference, PurchaseNeed::Impulse].get(random.weighted(&weights)).copied()
}
