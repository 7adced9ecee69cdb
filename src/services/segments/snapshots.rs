//! Snapshots: members frozen as they are, to be compared later.

use super::{get_segment, members::plan_of};
use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        segments::{Member, MemberChange, MemberSort, Segment, SegmentSnapshot, SnapshotSort},
    },
    error::{Code, Error},
    repositories::segments::{self as segments, snapshots as repository},
};

/// Freezes who is a member now.
///
/// # Errors
/// `not_found`.
pub fn take_snapshot(tx: &mut DbConnection, now: Instant, id: Id<Segment>) -> Result<SegmentSnapshot, Error> {
    let segment = get_segment(tx, id)?;
    let plan = plan_of(tx, now, id)?;
    let new = SegmentSnapshot { id: Id::generate(), segment_id: id, segment_version: segment.version, member_count: 0, taken_at: now };
    Ok(repository::insert(tx, &plan, new)?)
}

/// A page of a segment's snapshots.
///
/// # Errors
/// `not_found`.
pub fn list_snapshots(tx: &mut DbConnection, id: Id<Segment>, page: &PageRequest<SnapshotSort>) -> Result<Page<SegmentSnapshot>, Error> {
    if !segments::is_there(tx, id)? {
        return Err(Error::not_found("segment"));
    }
    Ok(repository::list(tx, id, page)?)
}

/// A snapshot.
///
/// # Errors
/// `not_found`.
pub fn get_snapshot(tx: &mut DbConnection, segment: Id<Segment>, id: Id<SegmentSnapshot>) -> Result<SegmentSnapshot, Error> {
    repository::find(tx, segment, id)?.ok_or_else(|| Error::not_found("snapshot"))
}

/// Deletes a snapshot.
///
/// # Errors
/// `not_found`.
pub fn delete_snapshot(tx: &mut DbConnection, segment: Id<Segment>, id: Id<SegmentSnapshot>) -> Result<(), Error> {
    get_snapshot(tx, segment, id)?;
    Ok(repository::delete(tx, id)?)
}

/// A page of those who were members.
///
/// # Errors
/// `not_found`.
pub fn list_snapshot_members(
    tx: &mut DbConnection,
    segment: Id<Segment>,
    id: Id<SegmentSnapshot>,
    page: &PageRequest<MemberSort>,
) -> Result<Page<Member>, Error> {
    let snapshot = get_snapshot(tx, segment, id)?;
    Ok(repository::members(tx, &snapshot, page)?)
}

/// A page of those who have entered or left between the snapshot `since`, or the one before, and this one. Into the first one everybody has entered.
///
/// # Errors
/// `not_found`, `unknown_reference` when `since` is no snapshot of this segment, `invalid` when it was taken later.
pub fn list_changes(
    tx: &mut DbConnection,
    segment: Id<Segment>,
    id: Id<SegmentSnapshot>,
    since: Option<Id<SegmentSnapshot>>,
    page: &PageRequest<MemberSort>,
) -> Result<Page<(Id<Customer>, MemberChange)>, Error> {
    let later = get_snapshot(tx, segment, id)?;
    let earlier = match since {
        None => repository::find_before(tx, &later)?.unwrap_or_else(|| uuid::Uuid::nil().into()),
        Some(id) => {
            let unknown = || Error::new(Code::UnknownReference, "There is no such snapshot of this segment.").at("/since");
            let earlier = repository::find(tx, segment, id)?.ok_or_else(unknown)?;
            if earlier.taken_at > later.taken_at {
                return Err(Error::invalid_field("/since", "not_ascending", "must have been taken before the other one"));
            }
            earlier.id
        }
    };
    Ok(repository::changes(tx, earlier, later.id, page)?)
}
