//! Codes of coupons: ours, such as `PC-7Q3M0-ZK4TD-8WXYP`, and those that the shop chooses itself.

use std::fmt;

use validator::ValidationError;

use crate::domain::{
    secrets::SecretFault,
    texts::{self, fault},
    typed_codes::{self, Mistyped, compact, is_alike},
};

/// What every code of ours begins with.
const PREFIX: &str = "PC";

/// What a code of ours looks like, for who is shown one before there is one.
pub const SAMPLE_CODE: &str = "PC-7Q3M0-ZK4TD-8WXYP";

/// A code in the one form in which it is compared: capitals, without hyphens and blanks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponCode(String);

impl CouponCode {
    /// A new code that nobody can guess.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, SecretFault> {
        typed_codes::generate(PREFIX).map(Self)
    }

    /// Reads a code as somebody has typed it. What does not have the form of ours may be a code that the shop has chosen, or another system's.
    ///
    /// # Errors
    /// [`Mistyped`].
    pub fn read(text: &str) -> Result<Self, Mistyped> {
        typed_codes::read(PREFIX, text).map(Self)
    }

    /// Whether it has the form of a code of ours.
    pub fn is_ours(&self) -> bool {
        is_alike(PREFIX, &self.0)
    }

    /// The form in which it is compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As it is printed.
impl fmt::Display for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ours() { f.write_str(&typed_codes::grouped(PREFIX, &self.0)) } else { f.write_str(&self.0) }
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
        && !is_alike(PREFIX, &typed);
    let told = "must have 3 to 40 letters and digits, and hyphens among them; what has the form PC-XXXXX-XXXXX-XXXXX is not to be chosen";
    if holds { Ok(()) } else { Err(fault("coupon_code", told)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_codes_are_left_to_others() {
        for (typed, read) in [("Term-Start", "TERMSTART"), ("welcome 10", "WELCOME10"), ("PC-1", "PC1"), ("优惠", "优惠"), ("", "")] {
            let code = CouponCode::read(typed).unwrap();
            assert_eq!((code.as_str(), code.is_ours()), (read, false));
        }
        for (typed, printed) in [("pc-10000-00000-0000x", "PC-10000-00000-0000X"), (SAMPLE_CODE, SAMPLE_CODE)] {
            let ours = CouponCode::read(typed).unwrap();
            assert_eq!((ours.to_string().as_str(), ours.is_ours()), (printed, true));
        }
    }

    #[test]
    fn a_chosen_code_can_not_be_mistaken_for_ours() {
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
}
