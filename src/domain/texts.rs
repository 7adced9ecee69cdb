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

/// What [`readable`] takes, as a pattern: `pattern = "readable"` in attributes.
pub const READABLE_PATTERN: &str = r"[^\s\u0000-\u001F\u007F\u0085\u00AD\u180E\u200B-\u200F\u2060\uFEFF]";

/// Any number of lines with something to see in them. Control characters are kept among it: they are harmless in JSON, which is how they are told.
///
/// # Errors
/// `blank`.
pub fn readable(text: &str) -> Result<(), ValidationError> {
    let is_control = |c| c <= '\u{1f}' || c == '\u{7f}';
    if text.split(is_control).all(is_blank) && !text.is_empty() { Err(fault("blank", "must not be blank")) } else { Ok(()) }
}

/// What [`web_address`] takes, as a pattern: `pattern = "web_address"` in attributes.
pub const WEB_ADDRESS_PATTERN: &str = r#"^https?://[^\s\u0000-\u0020\u007F"<>\\^`{|}]+$"#;

/// An address that a browser opens as a page or file, and nothing that it would run.
///
/// # Errors
/// `web_address`.
pub fn web_address(text: &str) -> Result<(), ValidationError> {
    let is_part = |c: char| !c.is_whitespace() && c != '\u{feff}' && is_plain(c.encode_utf8(&mut [0; 4])) && !r#""<>\^`{|}"#.contains(c);
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let holds = rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_part));
    if holds { Ok(()) } else { Err(fault("web_address", "must be an address that begins with https:// or http://")) }
}

/// A media type as RFC 6838 writes them, without parameters.
///
/// # Errors
/// `media_type`.
pub fn media_type(text: &str) -> Result<(), ValidationError> {
    let is_name = |name: &str| {
        name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let holds = text.split_once('/').is_some_and(|(kind, name)| is_name(kind) && is_name(name));
    if holds { Ok(()) } else { Err(fault("media_type", "must be a media type, such as image/jpeg")) }
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

/// The IANA name of a time zone.
///
/// # Errors
/// `time_zone`.
pub fn time_zone(text: &str) -> Result<(), ValidationError> {
    let holds = text.parse::<chrono_tz::Tz>().is_ok();
    if holds { Ok(()) } else { Err(fault("time_zone", "must be the IANA name of a time zone, such as Asia/Shanghai")) }
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
    fn a_text_of_several_lines_has_something_to_see() {
        for seen in ["a", "line\r\nline", "\u{7}x", "<script>alert(1)</script>", "👩\u{200d}🏫\t"] {
            assert!(readable(seen).is_ok(), "{seen:?}");
        }
        for blank in [" \n\t", "\u{1}", "\u{1b}\u{200b}\u{7f} "] {
            assert!(readable(blank).is_err_and(|fault| fault.code == "blank"), "{blank:?}");
        }
    }

    #[test]
    fn addresses_are_such_that_a_browser_only_opens() {
        for good in ["https://shop.example/a.jpg", "http://127.0.0.1:8080/x?y=1#z", "https://例子.公司/图.png"] {
            assert!(web_address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "https://",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://a b",
            "https://a\u{3000}b",
            "https://a\"onload=",
            "https://a<b",
            "ftp://a",
            " https://a",
        ] {
            assert!(web_address(bad).is_err(), "{bad}");
        }
        for (text, holds) in [
            ("image/jpeg", true),
            ("application/vnd.ms-excel", true),
            ("image", false),
            ("image/", false),
            ("text/html; charset=utf-8", false),
            ("a/b/c", false),
        ] {
            assert_eq!(media_type(text).is_ok(), holds, "{text}");
        }
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
