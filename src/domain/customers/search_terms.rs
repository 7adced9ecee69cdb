//! What a customer is found by: terms that a search word must be the beginning of.
//!
//! Latin words are terms as they stand; of Chinese, Japanese and Korean text every suffix is a term, so that any run of characters within a
//! name is the beginning of one. Tags stand behind a `#`, which no other term begins with.

use std::collections::BTreeSet;

use super::CustomerDraft;

/// Characters of a term that are kept; longer ones are found by their beginning.
const MAX_CHARS: usize = 64;
/// Words of a search; more only narrow what five have found.
const MAX_WORDS: usize = 5;

/// The terms of a customer and the numbers of the customer's cards, sorted and each once.
pub fn terms_of<'a>(draft: &CustomerDraft, cards: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut terms = BTreeSet::new();
    for text in [Some(&draft.name), draft.nickname.as_ref()].into_iter().flatten() {
        add_words(text, &mut terms);
    }
    if let Some(email) = &draft.email {
        add(email, &mut terms);
    }
    if let Some(phone) = &draft.phone {
        let digits = phone.trim_start_matches('+');
        // The whole number, without the country's code as people say it, and its last digits as a till asks for them.
        for length in [digits.len(), 11, 8, 4] {
            if let Some(suffix) = digits.len().checked_sub(length).and_then(|start| digits.get(start..)) {
                add(suffix, &mut terms);
            }
        }
    }
    for number in cards {
        add(number, &mut terms);
    }
    terms.extend(draft.tags.iter().map(|tag| tag_term(tag)));
    terms.into_iter().collect()
}

/// The term of a tag; matched whole, letter by letter.
pub fn tag_term(tag: &str) -> String {
    format!("#{tag}")
}

/// The words of a search, folded as terms are.
pub fn words_of(query: &str) -> Vec<String> {
    let words = query.split_whitespace().map(|word| fold(word.trim_start_matches(['+', '#'])));
    words.filter(|word| !word.is_empty()).take(MAX_WORDS).collect()
}

fn add_words(text: &str, terms: &mut BTreeSet<String>) {
    for word in text.split_whitespace() {
        add(word, terms);
        for part in word.split(|c: char| !c.is_alphanumeric()) {
            add(part, terms);
        }
        for (start, c) in word.char_indices() {
            if is_ideographic(c)
                && let Some(suffix) = word.get(start..)
            {
                add(suffix, terms);
            }
        }
    }
}

fn add(text: &str, terms: &mut BTreeSet<String>) {
    let term = fold(text);
    if !term.is_empty() && !term.starts_with('#') {
        terms.insert(term);
    }
}

fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).take(MAX_CHARS).collect()
}

/// Scripts written without spaces between words: kana, Han, Hangul.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(draft: &CustomerDraft, query: &str) -> bool {
        let terms = terms_of(draft, ["6000-1234"]);
        words_of(query).iter().all(|word| terms.iter().any(|term| term.starts_with(word)))
    }

    #[test]
    fn people_are_found_the_way_they_are_asked_for() {
        let draft: CustomerDraft = serde_json::from_value(serde_json::json!({
            "name": "欧阳小明 Jean-Luc O'Brien", "nickname": "Ming", "email": "Jean.Luc@Example.com", "phone": "+8613912345678", "tags": ["VIP guest"],
        }))
        .unwrap();
        for query in
            ["欧阳", "小明", "阳小", "jean", "LUC", "brien", "o'br", "ming jean", "jean.luc@ex", "+86139", "13912345678", "5678", "6000-12"]
        {
            assert!(is_found(&draft, query), "{query}");
        }
        for query in ["明小", "rien", "vip", "39123", "ming 欧阴"] {
            assert!(!is_found(&draft, query), "{query}");
        }
        assert!(terms_of(&draft, []).contains(&tag_term("VIP guest")));
    }
}
