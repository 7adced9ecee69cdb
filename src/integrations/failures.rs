//! What went wrong out there, in words that can be kept.

/// The longest explanation that is kept.
pub const MAX_WORDS: usize = 500;

/// A carrier can not be talked to: no fault of any message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{carrier} can not be reached: {words}")]
pub struct Unreachable {
    carrier: &'static str,
    words: String,
}

impl Unreachable {
    /// `carrier` as a sentence begins with it, and why.
    pub const fn new(carrier: &'static str, words: String) -> Self {
        Self { carrier, words }
    }
}

/// What went wrong and why, as one short line.
pub fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_told = cause.to_string();
        if !told.contains(&cause_told) {
            told = format!("{told}: {cause_told}");
        }
        source = cause.source();
    }
    one_short_line(&told)
}

/// A text as one line of at most [`MAX_WORDS`] characters.
pub fn one_short_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_WORDS).collect()
}
