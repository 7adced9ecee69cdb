//! `If-Match` and `If-None-Match`: a write that holds only for what its caller has seen.

/// What a write may start from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precondition {
    /// Anything.
    #[default]
    None,
    /// A resource that is there, at any version.
    Present,
    /// No resource yet.
    Absent,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl Precondition {
    /// Whether a resource at `version` may be written.
    pub fn holds_for(&self, version: i64) -> bool {
        match self {
            Self::None | Self::Present => true,
            Self::Absent => false,
            Self::Versions(versions) => versions.contains(&version),
        }
    }

    /// Whether a resource that is not there may be made.
    pub const fn holds_for_none(&self) -> bool {
        matches!(self, Self::None | Self::Absent)
    }
}

#[cfg(test)]
mod tests {
    use super::Precondition;

    #[test]
    fn each_holds_for_what_its_caller_has_seen() {
        let holds = |precondition: Precondition| (precondition.holds_for(3), precondition.holds_for_none());
        assert_eq!(holds(Precondition::None), (true, true));
        assert_eq!(holds(Precondition::Present), (true, false));
        assert_eq!(holds(Precondition::Absent), (false, true));
        assert_eq!(holds(Precondition::Versions(vec![2, 3])), (true, false));
        assert_eq!(holds(Precondition::Versions(vec![])), (false, false));
    }
}
