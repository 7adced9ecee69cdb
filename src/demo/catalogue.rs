//! The catalogue: categories as a tree, products with their codes, and what a basket needs to find them by.

use super::shelves::{CATEGORIES, DEPARTMENTS, Department, GRADES, SCHOOLBOOKS, SHELVES, SUBJECTS, WORKBOOKS};
use crate::domain::catalogue::{ProductUser, ValueClass};

/// The currency of every price and amount.
pub const CURRENCY: &str = "CNY";

/// Chinese books are numbered 978-7. The shop numbers its other goods with prefix 2, which the EAN system leaves to shops, so
/// that no barcode is somebody's.
const BOOK_PREFIX: u64 = 978_750_000_000;
const SHOP_PREFIX: u64 = 210_000_000_000;

/// A category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoCategory {
    /// The names from the root down to this category.
    pub path: &'static [&'static str],
    /// The class that the category states itself; `None` inherits its parent's.
    pub value_class: Option<ValueClass>,
}

impl DemoCategory {
    /// The category's own name.
    pub fn name(&self) -> &'static str {
        self.path.last().copied().unwrap_or_default()
    }

    /// The path as ledgers write it, which also serves as the reference.
    pub fn joined_path(&self) -> String {
        self.path.join(" / ")
    }
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoProduct {
    pub sku: String,
    pub title: String,
    /// Position in [`Catalogue::categories`].
    pub category: usize,
    pub department: Department,
    /// In fen.
    pub price: i64,
    pub default_user: Option<ProductUser>,
    /// ISBN-13 of books, without hyphens.
    pub isbn: Option<String>,
    /// EAN-13 of all other goods.
    pub barcode: Option<String>,
}

/// Everything that the shop sells.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Parents stand before their children.
    pub categories: Vec<DemoCategory>,
    /// Orders name products by their position here.
    pub products: Vec<DemoProduct>,
    by_department: [Vec<usize>; DEPARTMENTS],
    by_term: [Vec<usize>; 24],
    university_books: Vec<usize>,
}

impl Catalogue {
    pub fn new() -> Self {
        let categories = CATEGORIES.iter().map(|&(path, value_class)| DemoCategory { path, value_class }).collect();
        let mut catalogue = Self {
            categories,
            products: Vec::new(),
            by_department: Default::default(),
            by_term: Default::default(),
            university_books: Vec::new(),
        };
        for shelf in SHELVES {
            for &(title, price) in shelf.goods {
                catalogue.add(shelf.department, shelf.path, shelf.default_user, title.to_owned(), price);
            }
        }
        catalogue.university_books = catalogue.on_sale(Department::Textbooks).to_vec();
        catalogue.add_schoolbooks();
        catalogue
    }

    /// The position of the parent of `category`; `None` for a root.
    pub fn parent(&self, category: &DemoCategory) -> Option<usize> {
        let (_, parent_path) = category.path.split_last()?;
        self.categories.iter().position(|candidate| candidate.path == parent_path)
    }

    /// The class that counts for a category: its own or that of the nearest ancestor that states one.
    pub fn value_class(&self, category: &DemoCategory) -> ValueClass {
        let inherited = || self.parent(category).and_then(|parent| self.categories.get(parent)).map(|parent| self.value_class(parent));
        category.value_class.or_else(inherited).unwrap_or(ValueClass::Everyday)
    }

    /// The products of a department, popular ones first.
    pub fn on_sale(&self, department: Department) -> &[usize] {
        self.by_department.get(department as usize).map_or(&[], Vec::as_slice)
    }

    /// The schoolbooks of a school year (1-12) for its first or second term.
    pub fn schoolbooks(&self, grade: u8, second_term: bool) -> &[usize] {
        self.by_term.get(term_position(grade, second_term)).map_or(&[], Vec::as_slice)
    }

    /// The textbooks that are for no school year.
    pub fn university_books(&self) -> &[usize] {
        &self.university_books
    }

    fn add_schoolbooks(&mut self) {
        for &(subject, first, last) in SUBJECTS {
            for grade in first..=last {
                let year = GRADES.get(usize::from(grade) - 1).copied().unwrap_or_default();
                for (second_term, volume) in [(false, "上册"), (true, "下册")] {
                    let price = 1_080 + 90 * i64::from(grade);
                    let title = format!("{subject} {year}{volume}");
                    let book = self.add(Department::Textbooks, SCHOOLBOOKS, Some(ProductUser::Student), title, price);
                    self.list_for_term(grade, second_term, book);
                }
                if subject != "科学" {
                    let price = 2_280 + 150 * i64::from(grade);
                    let title = format!("{subject}同步练习 {year}");
                    let book = self.add(Department::Textbooks, WORKBOOKS, Some(ProductUser::Student), title, price);
                    self.list_for_term(grade, false, book);
                    self.list_for_term(grade, true, book);
                }
            }
        }
    }

    fn list_for_term(&mut self, grade: u8, second_term: bool, book: usize) {
        if let Some(books) = self.by_term.get_mut(term_position(grade, second_term)) {
            books.push(book);
        }
    }

    fn add(&mut self, department: Department, path: &[&str], default_user: Option<ProductUser>, title: String, price: i64) -> usize {
        let position = self.products.len();
        let serial = u64::try_from(position).unwrap_or_default() + 1;
        // Spread, as real numbers are; 7,919 shares no factor with the range, so none comes twice.
        let code = |prefix: u64| ean13(prefix + serial * 7_919 % 10_000_000);
        let (isbn, barcode) = if department.sells_books() { (Some(code(BOOK_PREFIX)), None) } else { (None, Some(code(SHOP_PREFIX))) };
        let category = self.categories.iter().position(|category| category.path == path).unwrap_or_default();
        let sku = format!("{}-{serial:04}", department.code());
        self.products.push(DemoProduct { sku, title, category, department, price, default_user, isbn, barcode });
        if let Some(products) = self.by_department.get_mut(department as usize) {
            products.push(position);
        }
        position
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::new()
    }
}

fn term_position(grade: u8, second_term: bool) -> usize {
    usize::from(grade).saturating_sub(1) * 2 + usize::from(second_term)
}

/// Twelve digits and their check digit (GS1 General Specifications, 7.9; the same for ISBN-13).
fn ean13(twelve_digits: u64) -> String {
    let text = format!("{twelve_digits:012}");
    let sum: u32 =
        text.chars().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit.to_digit(10).unwrap_or_default() * weight).sum();
    format!("{text}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The examples of the ISBN and EAN specifications.
    #[test]
    fn check_digits_match_published_numbers() {
        assert_eq!(ean13(978_030_640_615), "9780306406157");
        assert_eq!(ean13(400_638_133_393), "4006381333931");
        assert_eq!(ean13(978_316_148_410), "9783161484100");
    }

    #[test]
    fn every_product_has_its_own_codes_and_a_known_category() {
        let catalogue = Catalogue::new();
        assert!((380..=450).contains(&catalogue.products.len()), "{}", catalogue.products.len());
        let skus: HashSet<&str> = catalogue.products.iter().map(|product| product.sku.as_str()).collect();
        let titles: HashSet<&str> = catalogue.products.iter().map(|product| product.title.as_str()).collect();
        let codes: HashSet<&String> =
            catalogue.products.iter().filter_map(|product| product.isbn.as_ref().xor(product.barcode.as_ref())).collect();
        assert_eq!([skus.len(), titles.len(), codes.len()], [catalogue.products.len(); 3]);
        for product in &catalogue.products {
            let code = product.isbn.as_ref().or(product.barcode.as_ref()).unwrap();
            let digits: Vec<u32> = code.chars().map(|digit| digit.to_digit(10).unwrap()).collect();
            let odd: u32 = digits.iter().step_by(2).sum();
            let even: u32 = digits.iter().skip(1).step_by(2).sum();
            assert_eq!((digits.len(), (odd + 3 * even) % 10), (13, 0), "{code}");
            assert!(product.price > 0);
            assert_eq!(catalogue.categories[product.category].path[0] == "Books", product.isbn.is_some(), "{}", product.title);
        }
        for shelf in SHELVES {
            assert!(CATEGORIES.iter().any(|(path, _)| *path == shelf.path), "{:?}", shelf.path);
        }
    }

    #[test]
    fn value_classes_are_inherited_up_the_tree() {
        let catalogue = Catalogue::new();
        let class_of = |path: &str| catalogue.value_class(catalogue.categories.iter().find(|c| c.joined_path() == path).unwrap());
        assert_eq!(class_of("Books / 文学 / 中国文学"), ValueClass::Everyday);
        assert_eq!(class_of("Books / 珍本与签名本"), ValueClass::High);
        assert_eq!(class_of("Musical Instruments / 民族乐器"), ValueClass::High);
        assert_eq!(class_of("Musical Instruments / Accessories"), ValueClass::Everyday);
        assert_eq!(class_of("Stationery / 书写工具"), ValueClass::Everyday);
        for (position, category) in catalogue.categories.iter().enumerate() {
            assert_eq!(catalogue.parent(category).is_some(), category.path.len() > 1);
            assert!(catalogue.parent(category).is_none_or(|parent| parent < position));
        }
    }

    #[test]
    fn every_school_year_has_its_books() {
        let catalogue = Catalogue::new();
        for grade in 1..=12 {
            for second_term in [false, true] {
                assert!(catalogue.schoolbooks(grade, second_term).len() >= 3, "{grade}");
            }
        }
    }
}
