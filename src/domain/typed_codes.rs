//! Codes that people read out and type: such that nobody guesses one, that no character is mistaken for another, and that tell when they are mistyped.
//!
//! A code is a prefix of two letters, fourteen random characters of Crockford's base 32 (70 bits) and a check character: `PC-XXXXX-XXXXX-XXXXX`. The check is a
//! linear code over GF(32) (MacWilliams and Sloane, *The Theory of Error-Correcting Codes*, chapter 10: one parity symbol of a Reed-Solomon code): with
//! α a root of x⁵ + x² + 1 and characters c₁ … c₁₅ as elements of the field, Σ cᵢ·α^(15−i) = 0. As every αʲ differs from 0 and from each other up to j = 30,
//! it finds every single wrong character and every swap of two different ones, wherever they stand. (Of the same kind as Damm's totally
//! anti-symmetric quasigroups, *Total anti-symmetrische Quasigruppen*, Marburg 2004, with x ∗ y = α·x + y.)

use super::secrets::{SecretFault, random_bytes};

/// Crockford's base 32: no letter that can be mistaken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Random characters of a code, of 5 bits each.
const RANDOM: usize = 14;

/// A code that was mistyped: a character is wrong, missing, one too many, or two have changed places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The code is mistyped: it has the form of one of ours, and its check character does not fit. Compare it character by character.")]
pub struct Mistyped;

/// A new code that nobody can guess, without hyphens.
///
/// # Errors
/// When the system gives no random bytes.
pub fn generate(prefix: &str) -> Result<String, SecretFault> {
    // A byte a character: 256 is a multiple of 32, so each is as likely as the other.
    let values = random_bytes::<RANDOM>()?.map(|byte| byte & 31);
    let check = values.iter().fold(0, |sum, value| times_alpha(sum) ^ value);
    let characters = values.into_iter().chain([times_alpha(check)]).map(character_of);
    Ok(prefix.chars().chain(characters).collect())
}

/// What was typed, in capitals, without hyphens and blanks: the form in which codes are compared. In codes with this prefix O is read as 0, I and L as 1.
///
/// # Errors
/// [`Mistyped`] for what is meant to be a code with this prefix, and is none.
pub fn read(prefix: &str, text: &str) -> Result<String, Mistyped> {
    let typed = compact(text);
    if !is_alike(prefix, &typed) {
        return Ok(typed);
    }
    let values: Option<Vec<u8>> = typed.bytes().skip(prefix.len()).map(value_of).collect();
    match values {
        Some(values) if values.len() == RANDOM + 1 && values.iter().fold(0, |sum, value| times_alpha(sum) ^ value) == 0 => {
            Ok(prefix.chars().chain(values.into_iter().map(character_of)).collect())
        }
        _ => Err(Mistyped),
    }
}

/// A code as it is printed: in groups of five after the prefix.
pub fn grouped(prefix: &str, code: &str) -> String {
    let mut printed = String::with_capacity(code.len() + 3);
    for (index, character) in code.chars().enumerate() {
        if index >= prefix.len() && (index - prefix.len()).is_multiple_of(5) {
            printed.push('-');
        }
        printed.push(character);
    }
    printed
}

/// What was typed, in capitals, without hyphens and blanks.
pub fn compact(text: &str) -> String {
    text.chars().filter(|c| *c != '-' && !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Whether this is meant to be a code with the prefix, at most one character too long or too short. `typed` is in the form in which codes are compared.
pub fn is_alike(prefix: &str, typed: &str) -> bool {
    let length = prefix.len() + RANDOM + 1;
    typed.starts_with(prefix) && (length - 1..=length + 1).contains(&typed.len()) && typed.bytes().all(|byte| byte.is_ascii_alphanumeric())
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

    fn symbols(code: &str) -> Vec<u8> {
        code.bytes().skip(2).map(|c| u8::try_from(ALPHABET.iter().position(|&a| a == c).unwrap()).unwrap()).collect()
    }

    fn new_code() -> String {
        generate("PC").unwrap()
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
        assert_eq!(read("PC", "PC-10000-00000-0000X"), Ok("PC10000000000000X".to_owned()));
        assert_eq!(read("PC", "PC-10000-00000-0000W"), Err(Mistyped));
    }

    #[test]
    fn codes_are_alike_in_form_and_differ() {
        let codes: HashSet<String> = (0..1000).map(|_| new_code()).collect();
        assert_eq!(codes.len(), 1000);
        for code in &codes {
            let printed = grouped("PC", code);
            assert_eq!(printed.len(), "PC-XXXXX-XXXXX-XXXXX".len(), "{printed}");
            assert!(printed.bytes().all(|c| c == b'-' || ALPHABET.contains(&c)), "{printed}");
            assert_eq!(read("PC", &printed).as_ref(), Ok(code));
            let terms = symbols(code).into_iter().rev().zip(0..);
            let sum = terms.fold(0, |sum, (symbol, power)| sum ^ (0..power).fold(symbol, |x, _| product(x, 2)));
            assert_eq!(sum, 0, "{code}");
        }
    }

    #[test]
    fn is_read_however_it_was_typed() {
        for typed in ["pc-10000-00000-0000x", "PC 10000 00000 0000X", "PC1000000000000OX", "pc-Ioooo-ooooo-oooox", " PC-L0000-00000-0000X "]
        {
            assert_eq!(read("PC", typed).as_deref(), Ok("PC10000000000000X"), "{typed}");
        }
        for slip in ["PC-10000-00000-0000U", "PC-10000-00000-000X", "PC-10000-00000-00000X"] {
            assert_eq!(read("PC", slip), Err(Mistyped), "{slip}");
        }
        for (other, as_is) in
            [("PR-10000-00000-0000W", "PR10000000000000W"), ("Term-Start", "TERMSTART"), ("PC-1", "PC1"), ("优惠", "优惠"), ("", "")]
        {
            assert!(read("PC", other).unwrap().starts_with(as_is), "{other}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_found(place in 0_usize..15, wrong in 0_usize..32) {
            let mut typed = new_code().into_bytes();
            let right = typed[2 + place];
            typed[2 + place] = ALPHABET[wrong];
            prop_assert_eq!(read("PC", std::str::from_utf8(&typed).unwrap()).is_ok(), right == ALPHABET[wrong]);
        }

        #[test]
        fn two_that_changed_places_are_found(one in 0_usize..15, other in 0_usize..15) {
            let mut typed = new_code().into_bytes();
            typed.swap(2 + one, 2 + other);
            prop_assert_eq!(read("PC", std::str::from_utf8(&typed).unwrap()).is_ok(), typed[2 + one] == typed[2 + other]);
        }

        #[test]
        fn one_missing_or_one_too_many_is_found(place in 0_usize..15, extra in 0_usize..32) {
            let code = new_code();
            let (mut short, mut long) = (code.clone(), code);
            short.remove(2 + place);
            long.insert(2 + place, char::from(ALPHABET[extra]));
            prop_assert_eq!(read("PC", &short), Err(Mistyped));
            prop_assert_eq!(read("PC", &long), Err(Mistyped));
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,40}") {
            if let Ok(code) = read("PC", &text) {
                prop_assert_eq!(read("PC", &code), Ok(code.clone()));
            }
        }
    }
}
