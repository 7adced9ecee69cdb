//! Codes of coupons: such that nobody guesses one, that are read out and typed without mistaking a character, and that tell when they are mistyped.
//!
//! A code of ours is `PC-XXXXX-XXXXX-XXXXX`: fourteen random characters of Crockford's base 32 (70 bits) and a check character. The check is a
//! linear code over GF(32) (MacWilliams and Sloane, *The Theory of Error-Correcting Codes*, chapter 10: one parity symbol of a Reed-Solomon code): with
//! α a root of x⁵ + x² + 1 and characters c₁ … c₁₅ as elements of the field, Σ cᵢ·α^(15−i) = 0. As every αʲ differs from 0 and from each other up to j = 30,
//! it finds every single wrong character and every swap of two different ones, wherever they stand. (Of the same kind as Damm's totally
//! anti-symmetric quasigroups, *Total anti-symmetrische Quasigruppen*, Marburg 2004, with x ∗ y = α·x + y.)

use std::fmt;

use validator::ValidationError;

use crate::domain::{
    secrets::{SecretFault, random_bytes},
    texts::{self, fault},
};

/// Crockford's base 32: no letter that can be mistaken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What every code of ours begins with.
const PREFIX: &str = "PC";

/// Random characters of a code, of 5 bits each.
const RANDOM: usize = 14;

/// A code in the one form in which it is compared: capitals, without hyphens and blanks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponCode(String);

/// A code of ours that was mistyped: a character is wrong, missing, one too many, or two have changed places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The coupon code is mistyped: it has the form of one of ours, and its check character does not fit. Compare it character by character."
)]
pub struct Mistyped;

impl CouponCode {
    /// A new code that nobody can guess.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, SecretFault> {
        // A byte a character: 256 is a multiple of 32, so each is as likely as the other.
        let values = random_bytes::<RANDOM>()?.map(|byte| byte & 31);
        let check = values.iter().fold(0, |sum, value| times_alpha(sum) ^ value);
        let characters = values.into_iter().chain([times_alpha(check)]).map(character_of);
        Ok(Self(PREFIX.chars().chain(characters).collect()))
    }

    /// Reads a code as somebody has typed it: case, hyphens and blanks make no difference, and in codes of ours O is read as 0, I and L as 1.
    /// What does not have the form of ours may be a code that the shop has chosen, or another system's.
    ///
    /// # Errors
    /// [`Mistyped`].
    pub fn read(text: &str) -> Result<Self, Mistyped> {
        let typed = compact(text);
        if !is_alike(&typed) {
            return Ok(Self(typed));
        }
        let values: Option<Vec<u8>> = typed.bytes().skip(PREFIX.len()).map(value_of).collect();
        match values {
            Some(values) if values.len() == RANDOM + 1 && values.iter().fold(0, |sum, value| times_alpha(sum) ^ value) == 0 => {
                Ok(Self(PREFIX.chars().chain(values.into_iter().map(character_of)).collect()))
            }
            _ => Err(Mistyped),
        }
    }

    /// Whether it has the form of a code of ours.
    pub fn is_ours(&self) -> bool {
        is_alike(&self.0)
    }

    /// The form in which it is compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As it is printed: in groups of five.
impl fmt::Display for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_ours() {
            return f.write_str(&self.0);
        }
        for (index, character) in self.0.chars().enumerate() {
            if index >= PREFIX.len() && (index - PREFIX.len()).is_multiple_of(5) {
                f.write_str("-")?;
            }
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

/// A code that the shop chooses itself, such as `TERM-START`: something to type that can not be mistaken for a code of ours.
///
/// # Errors
/// `coupon_code`.
pub fn chosen(text: &str) -> Result<(), ValidationError> {
    texts::plain(text)?;
    let typed = compact(text);
    let holds = (3..=40).contains(&typed.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.starts_with(|c: char| c != '-')
        && !is_alike(&typed);
    let told = "must have 3 to 40 letters and digits, and hyphens among them; what has the form PC-XXXXX-XXXXX-XXXXX is not to be chosen";
    if holds { Ok(()) } else { Err(fault("coupon_code", told)) }
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| *c != '-' && !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Whether this is meant to be a code of ours, at most one character too long or too short.
fn is_alike(typed: &str) -> bool {
    let length = PREFIX.len() + RANDOM + 1;
    typed.starts_with(PREFIX) && (length - 1..=length + 1).contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// α·x in GF(32), modulo x⁵ + x² + 1.
const fn times_alpha(x: u8) -> u8 {
    let shifted = x << 1;
    if shifted & 32 == 0 { shifted } else { shifted ^ 0b10_0101 }
}

fn character_of(value: u8) -> char {
    ALPHABET.get(usize::from(value)).map_or('0', |&byte| char::from(byte))
}

fn value_of(character: u8) -> Option<u8> {
    let read = match character {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|&known| known == read).and_then(|place| u8::try_from(place).ok())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Multiplication in GF(32) by the schoolbook: polynomials over GF(2), reduced by x⁵ + x² + 1.
    fn product(a: u8, b: u8) -> u8 {
        let long = (0..5).filter(|bit| b >> bit & 1 == 1).fold(0_u16, |sum, bit| sum ^ (u16::from(a) << bit));
        let reduced = (5..10).rev().fold(long, |rest, bit| if rest >> bit & 1 == 1 { rest ^ (0b10_0101 << (bit - 5)) } else { rest });
        u8::try_from(reduced).unwrap()
    }

    fn symbols(code: &CouponCode) -> Vec<u8> {
        code.as_str().bytes().skip(2).map(|c| u8::try_from(ALPHABET.iter().position(|&a| a == c).unwrap()).unwrap()).collect()
    }

    #[test]
    fn alpha_has_31_different_powers() {
        let powers: HashSet<u8> = std::iter::successors(Some(1_u8), |x| Some(times_alpha(*x))).take(31).collect();
        assert_eq!(powers.len(), 31);
        assert!(!powers.contains(&0));
        assert!((0..32).all(|x| times_alpha(x) == product(x, 2)));
    }

    /// The sum of the definition, worked out by hand for a code of one 1 and zeros: α¹⁴ = α⁴·α¹⁰, and α⁵ = α² + 1, so α¹⁰ = α⁴ + 1 and
    /// α¹⁴ = α⁸ + α⁴ = (α³ + α² + 1) + α⁴ = 0b11101 = 29, the character X.
    #[test]
    fn a_check_character_worked_out_by_hand() {
        assert_eq!(character_of(29), 'X');
        assert!(CouponCode::read("PC-10000-00000-0000X").is_ok());
        assert_eq!(CouponCode::read("PC-10000-00000-0000W"), Err(Mistyped));
    }

    #[test]
    fn codes_are_alike_in_form_and_differ() {
        let codes: HashSet<String> = (0..1000).map(|_| CouponCode::generate().unwrap().to_string()).collect();
        assert_eq!(codes.len(), 1000);
        for code in &codes {
            assert_eq!(code.len(), "PC-XXXXX-XXXXX-XXXXX".len(), "{code}");
            assert!(code.bytes().all(|c| c == b'-' || ALPHABET.contains(&c)), "{code}");
            let read = CouponCode::read(code).unwrap();
            assert_eq!(read.to_string(), *code);
            let sum =
                symbols(&read).iter().rev().zip(0..).fold(0, |sum, (&symbol, power)| sum ^ (0..power).fold(symbol, |x, _| product(x, 2)));
            assert_eq!(sum, 0, "{code}");
        }
    }

    #[test]
    fn is_read_however_it_was_typed() {
        let printed = "PC-10000-00000-0000X";
        for typed in ["pc-10000-00000-0000x", "PC 10000 00000 0000X", "PC100000000000OOX", "pc-Ioooo-ooooo-oooox", " PC-L0000-00000-0000X "]
        {
            let length = typed.chars().filter(char::is_ascii_alphanumeric).count();
            let read = CouponCode::read(typed);
            if length == 17 {
                assert_eq!(read.unwrap().to_string(), printed, "{typed}");
            } else {
                assert_eq!(read, Err(Mistyped), "{typed}");
            }
        }
        assert_eq!(CouponCode::read("PC-10000-00000-0000U"), Err(Mistyped), "U is in no code");
    }

    #[test]
    fn other_codes_are_left_to_others() {
        for (typed, read) in [("Term-Start", "TERMSTART"), ("welcome 10", "WELCOME10"), ("PC-1", "PC1"), ("优惠", "优惠"), ("", "")] {
            let code = CouponCode::read(typed).unwrap();
            assert_eq!((code.as_str(), code.is_ours()), (read, false));
        }
        for (text, holds) in [
            ("TERM-START", true),
            ("welcome10", true),
            ("PC1", true),
            ("ab", false),
            ("-ab-c", false),
            ("a b c", false),
            ("优惠优惠", false),
            ("PC-12345-12345-12345", false),
            ("PC-12345-12345-1234", false),
            ("PC-12345-12345-123456", false),
            ("12345678901234567890123456789012345678901", false),
        ] {
            assert_eq!(chosen(text).is_ok(), holds, "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_found(place in 0_usize..15, wrong in 0_usize..32) {
            let code = CouponCode::generate().unwrap();
            let mut typed: Vec<u8> = code.as_str().bytes().collect();
            let right = typed[2 + place];
            typed[2 + place] = ALPHABET[wrong];
            let read = CouponCode::read(std::str::from_utf8(&typed).unwrap());
            prop_assert_eq!(read.is_ok(), right == ALPHABET[wrong]);
        }

        #[test]
        fn two_that_changed_places_are_found(one in 0_usize..15, other in 0_usize..15) {
            let code = CouponCode::generate().unwrap();
            let mut typed: Vec<u8> = code.as_str().bytes().collect();
            typed.swap(2 + one, 2 + other);
            let read = CouponCode::read(std::str::from_utf8(&typed).unwrap());
            prop_assert_eq!(read.is_ok(), typed[2 + one] == typed[2 + other]);
        }

        #[test]
        fn one_missing_or_one_too_many_is_found(place in 0_usize..15, extra in 0_usize..32) {
            let code = CouponCode::generate().unwrap();
            let typed: Vec<char> = code.as_str().chars().collect();
            let mut short = typed.clone();
            short.remove(2 + place);
            let mut long = typed;
            long.insert(2 + place, char::from(ALPHABET[extra]));
            prop_assert_eq!(CouponCode::read(&short.iter().collect::<String>()), Err(Mistyped));
            prop_assert_eq!(CouponCode::read(&long.iter().collect::<String>()), Err(Mistyped));
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,40}") {
            if let Ok(code) = CouponCode::read(&text) {
                prop_assert_eq!(CouponCode::read(&code.to_string()), Ok(code));
            }
        }
    }
}
