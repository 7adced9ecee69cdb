//! The forms of texts, each with the pattern that the spec gives for it.

use std::borrow::Cow;

use validator::ValidationError;

/// Whether `text` is one line without control characters.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c <= '\u{1f}' || c == '\u{7f}')
}

/// Whether there is nothing to see in `text`: blanks, and characters that take no room. The spec's patterns list the same.
fn is_blank(text: &str) -> bool {
    let takes_no_room = |c| matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    text.chars().all(|c| c.is_whitespace() || takes_no_room(c))
}

/// What [`plain`] takes, as a pattern. Attributes of schemas can not name a constant: they say `pattern = "plain"`, and the spec puts this there.
pub const PLAIN_PATTERN: &str =
    r"^[^\u0000-\u001F\u007F]*[^\s\u0000-\u001F\u007F\u0085\u00AD\u180E\u200B-\u200F\u2060\uFEFF][^\u0000-\u001F\u007F]*$";

/// One line without control characters, with something to see in it. (That an empty one is too short, its length says.)
///
/// # Errors
/// `control_character`, `blank`.
pub fn plain(text: &str) -> Result<(), ValidationError> {
    if is_plain(text) { visible(text) } else { Err(fault("control_character", "must not contain control characters")) }
}

/// Something to see, or nothing at all.
///
/// # Errors
/// `blank`.
pub fn visible(text: &str) -> Result<(), ValidationError> {
    if text.is_empty() || !is_blank(text) { Ok(()) } else { Err(fault("blank", "must not be blank")) }
}

/// An e-mail address as far as its form goes: one `@`, a local part of at most 64 characters, a domain with a dot.
///
/// # Errors
/// `email`.
pub fn email(text: &str) -> Result<(), ValidationError> {
    let is_word = |word: &str| !word.is_empty() && is_plain(word) && !word.contains(char::is_whitespace);
    let holds = text.split_once('@').is_some_and(|(local, domain)| {
        is_word(local) && local.chars().count() <= 64 && domain.contains('.') && !domain.contains('@') && domain.split('.').all(is_word)
    });
    if holds { Ok(()) } else { Err(fault("email", "must be an e-mail address, such as mei@example.com")) }
}

/// A telephone number in E.164.
///
/// # Errors
/// `phone`.
pub fn phone(text: &str) -> Result<(), ValidationError> {
    let holds = text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
    });
    if holds { Ok(()) } else { Err(fault("phone", "must be a telephone number in E.164 form, such as +8613800000000")) }
}

/// The name of another system.
///
/// # Errors
/// `system`.
pub fn system(text: &str) -> Result<(), ValidationError> {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let holds = (1..=50).contains(&text.len())
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || b"_.-".contains(&byte));
    if holds { Ok(()) } else { Err(fault("system", "must be a name of lower-case letters, digits, _, . and -, such as erp")) }
}

/// A language tag.
///
/// # Errors
/// `locale`.
pub fn locale(text: &str) -> Result<(), ValidationError> {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let holds = (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if holds { Ok(()) } else { Err(fault("locale", "must be a language tag, such as zh-CN")) }
}

/// A country of ISO 3166-1, as far as its form goes.
///
/// # Errors
/// `country`.
pub fn country(text: &str) -> Result<(), ValidationError> {
    let holds = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if holds { Ok(()) } else { Err(fault("country", "must be the two capitals of a country, such as CN")) }
}

/// A word that can stand in a path: letters, digits, `_`, `.` and `-`, the first one a letter or digit.
///
/// # Errors
/// `token`.
pub fn token(text: &str) -> Result<(), ValidationError> {
    let holds = text.bytes().next().is_none_or(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if holds { Ok(()) } else { Err(fault("token", "must consist of letters, digits, _, . and -, and begin with a letter or digit")) }
}

/// Each text of a list is one line of 1 to 50 characters, and none stands twice.
///
/// # Errors
/// `length`, `control_character` or `duplicate`.
pub fn labels(texts: &[String]) -> Result<(), ValidationError> {
    for (index, text) in texts.iter().enumerate() {
        if !(1..=50).contains(&text.chars().count()) {
            return Err(fault("length", "each must have 1 to 50 characters"));
        }
        plain(text)?;
        if texts.iter().take(index).any(|earlier| earlier == text) {
            return Err(fault("duplicate", "must not name anything twice"));
        }
    }
    Ok(())
}

/// A fault with its words.
pub fn fault(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError { code: Cow::Borrowed(code), message: Some(Cow::Borrowed(message)), params: std::collections::HashMap::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_see_is_blank() {
        for blank in [" ", "\u{3000}\u{a0}", "\u{200b}", "\u{feff}\u{2060} \u{200d}", "\u{ad}"] {
            assert!(plain(blank).is_err_and(|fault| fault.code == "blank"), "{blank:?}");
        }
        for seen in ["", "a", " 王 ", "\u{200b}a", "👩\u{200d}🏫"] {
            assert!(plain(seen).is_ok(), "{seen:?}");
        }
        assert!(plain(" \n").is_err_and(|fault| fault.code == "control_character"));
    }

    #[test]
    fn forms_are_told_apart() {
        for good in ["mei@example.com", "o'brien+till@shop.example.cn", "王小明@例子.公司"] {
            assert!(email(good).is_ok(), "{good}");
        }
        for bad in
            ["", "mei", "mei@", "@example.com", "mei@example", "mei@example.", "mei@@example.com", "m ei@example.com", "mei@exam ple.com"]
        {
            assert!(email(bad).is_err(), "{bad}");
        }
        for (text, holds) in
            [("+8613800000000", true), ("+1234567", true), ("+123456", false), ("+0234567", false), ("8613800000000", false)]
        {
            assert_eq!(phone(text).is_ok(), holds, "{text}");
        }
        for (text, holds) in [("erp", true), ("sap.r3-1", true), ("", false), ("-erp", false), ("ERP", false)] {
            assert_eq!(system(text).is_ok(), holds, "{text}");
        }
        for (text, holds) in [("zh-CN", true), ("en", true), ("zh-Hans-CN", true), ("ZH", false), ("e", false), ("en-", false)] {
            assert_eq!(locale(text).is_ok(), holds, "{text}");
        }
    }
}
