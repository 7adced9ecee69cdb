//! Reports on feedback.

use crate::{
    db::DbConnection,
    domain::feedback_reports::{FeedbackReport, GroupKey, ReportGroup, ReportRequest},
    error::Error,
    repositories::feedback_reports as repository,
};

/// The report that is asked for, of feedback as it is now.
///
/// # Errors
/// `invalid` for a period that ends before it begins.
pub fn report(tx: &mut DbConnection, request: &ReportRequest) -> Result<FeedbackReport, Error> {
    if request.to <= request.from {
        return Err(Error::invalid_field("/to", "not_ascending", "must be later than from"));
    }
    let (total, mut groups) = repository::tally(tx, request)?.figures();
    let group_count = groups.len();
    groups.truncate(request.limit);
    let ids: Vec<_> = groups.iter().filter_map(|(key, _)| if let Some(GroupKey::Id(id)) = key { Some(*id) } else { None }).collect();
    let mut labels = repository::labels(tx, request.grouping, &ids)?;
    let named = |(key, figures)| {
        let label = if let Some(GroupKey::Id(id)) = key { labels.remove(&id) } else { None };
        ReportGroup { key, label, figures }
    };
    Ok(FeedbackReport { request: *request, total, groups: groups.into_iter().map(named).collect(), group_count })
}
