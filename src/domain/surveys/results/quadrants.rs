//! What to change first: importance against satisfaction.

use super::Tally;

text_enum! {
    /// What a double rating says should be done.
    Quadrant {
        /// Important, and not satisfying.
        ConcentrateHere = "concentrate_here",
        /// Important and satisfying.
        KeepItUp = "keep_it_up",
        /// Neither important nor satisfying.
        LowPriority = "low_priority",
        /// Satisfying, and not important.
        PossibleOverkill = "possible_overkill",
    }
}

/// Where a question stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<'a> {
    /// The key of the question.
    pub key: &'a str,
    /// Mean importance, from 1 to 5.
    pub importance: f64,
    /// Mean satisfaction, from 1 to 5.
    pub satisfaction: f64,
    /// Its quadrant.
    pub quadrant: Quadrant,
}

/// Double ratings against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadrants<'a> {
    /// The mean of the importances: from here on a question is important.
    pub importance_threshold: f64,
    /// The mean of the satisfactions: from here on a question is satisfying.
    pub satisfaction_threshold: f64,
    /// Every double rating that was answered, the most important first.
    pub questions: Vec<Placed<'a>>,
}

/// Importance-performance analysis: each double rating stands at its mean importance and mean satisfaction, and the plane is parted at the means of
/// those means over all double ratings; what lies on a border counts as above. None where no double rating was answered.
///
/// (J. A. Martilla and J. C. James, "Importance-Performance Analysis", Journal of Marketing 41, 1977. They part at the middle of the scale or of what
/// was found; the latter, since customers call nearly everything important.)
pub fn quadrants(tally: &Tally) -> Option<Quadrants<'_>> {
    let mut found: Vec<(&str, f64, f64)> = tally
        .questions
        .iter()
        .filter_map(|question| Some((question.question.key.as_str(), question.importance()?.value, question.mean()?.value)))
        .collect();
    let count = f64::from(u32::try_from(found.len()).ok().filter(|count| *count > 0)?);
    let importance_threshold = found.iter().map(|(_, importance, _)| importance).sum::<f64>() / count;
    let satisfaction_threshold = found.iter().map(|(_, _, satisfaction)| satisfaction).sum::<f64>() / count;
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let questions = found.into_iter().map(|(key, importance, satisfaction)| {
        let quadrant = match (is_at_least(importance, importance_threshold), is_at_least(satisfaction, satisfaction_threshold)) {
            (true, false) => Quadrant::ConcentrateHere,
            (true, true) => Quadrant::KeepItUp,
            (false, false) => Quadrant::LowPriority,
            (false, true) => Quadrant::PossibleOverkill,
        };
        Placed { key, importance, satisfaction, quadrant }
    });
    Some(Quadrants { importance_threshold, satisfaction_threshold, questions: questions.collect() })
}

/// A mean of equal numbers may differ from them in its last digit.
fn is_at_least(number: f64, threshold: f64) -> bool {
    number >= threshold - 1e-9
}
