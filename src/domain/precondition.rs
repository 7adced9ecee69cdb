//! `If-Match`: a write that holds only for the version its caller has seen.

/// The versions a write may start from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precondition {
    /// Any.
    #[default]
    None,
    /// One of these.
    Versions(Vec<i64>),
}

impl Precondition {
    /// Whether a resource at `version` may be written.
    pub fn holds_for(&self, version: i64) -> bool {
        match self {
            Self::None => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}
