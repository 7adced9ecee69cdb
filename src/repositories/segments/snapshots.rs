//! Snapshots: who was a member when, and what changed between two.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{Bind, Statement},
        schema::{customers, segment_members, segment_snapshots},
        segments::{self as statements, Dialect},
        sql_types::{Bool, Uuid},
    },
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest, Position},
        segments::{Member, MemberChange, MemberSort, Plan, Segment, SegmentSnapshot, SnapshotSort},
    },
    list_by_id, on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = segment_snapshots)]
struct SnapshotRow {
    id: Id<SegmentSnapshot>,
    segment_id: Id<Segment>,
    segment_version: i64,
    member_count: i64,
    taken_at: Instant,
}

impl From<SnapshotRow> for SegmentSnapshot {
    fn from(row: SnapshotRow) -> Self {
        let SnapshotRow { id, segment_id, segment_version, member_count, taken_at } = row;
        Self { id, segment_id, segment_version, member_count, taken_at }
    }
}

/// Stores a snapshot of everybody who is a member now, and counts them.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, plan: &Plan, snapshot: SegmentSnapshot) -> DbResult<SegmentSnapshot> {
    let SegmentSnapshot { id, segment_id, segment_version, taken_at, .. } = snapshot;
    let row = SnapshotRow { id, segment_id, segment_version, member_count: 0, taken_at };
    on!(&mut *conn, c => diesel::insert_into(segment_snapshots::table).values(&row).execute(c))?;
    let freezing = statements::freeze(Dialect::of(conn), plan, id);
    let frozen = on!(&mut *conn, c => freezing.execute(c))?;
    let member_count = i64::try_from(frozen).unwrap_or(i64::MAX);
    let counted = segment_snapshots::member_count.eq(member_count);
    on!(conn, c => diesel::update(segment_snapshots::table.find(id)).set(counted).execute(c))?;
    Ok(SegmentSnapshot { member_count, ..snapshot })
}

/// A snapshot of a segment.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, segment: Id<Segment>, id: Id<SegmentSnapshot>) -> DbResult<Option<SegmentSnapshot>> {
    let own = segment_snapshots::table.find(id).filter(segment_snapshots::segment_id.eq(segment));
    let found: Option<SnapshotRow> = on!(conn, c => own.select(SnapshotRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// The snapshot of the same segment that was taken last before this one.
///
/// # Errors
/// The database's.
pub fn find_before(conn: &mut DbConnection, snapshot: &SegmentSnapshot) -> DbResult<Option<Id<SegmentSnapshot>>> {
    let earlier = segment_snapshots::table
        .filter(segment_snapshots::segment_id.eq(snapshot.segment_id).and(segment_snapshots::id.lt(snapshot.id)))
        .order(segment_snapshots::id.desc())
        .select(segment_snapshots::id);
    Ok(on!(conn, c => earlier.first(c).optional())?)
}

/// A page of a segment's snapshots.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, segment: Id<Segment>, page: &PageRequest<SnapshotSort>) -> DbResult<Page<SegmentSnapshot>> {
    Ok(
        list_by_id!(conn, page, SnapshotRow => SegmentSnapshot, segment_snapshots::id, |select| segment_snapshots::table.filter(segment_snapshots::segment_id.eq(segment)).select(select).into_boxed()),
    )
}

/// Deletes a snapshot.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, id: Id<SegmentSnapshot>) -> DbResult<()> {
    on!(conn, c => diesel::delete(segment_snapshots::table.find(id)).execute(c))?;
    Ok(())
}

/// A page of those who were members, by their ids.
///
/// # Errors
/// The database's.
pub fn members(conn: &mut DbConnection, snapshot: &SegmentSnapshot, page: &PageRequest<MemberSort>) -> DbResult<Page<Member>> {
    let rows: Vec<(Id<Customer>, String)> = on!(conn, c => {
        let mut query = segment_members::table
            .inner_join(customers::table.on(customers::id.eq(segment_members::customer_id)))
            .filter(segment_members::snapshot_id.eq(snapshot.id))
            .select((customers::id, customers::name))
            .into_boxed();
        if let Some(after) = page.after {
            query = query.filter(segment_members::customer_id.gt(Id::<Customer>::from(after.id)));
        }
        query.order(segment_members::customer_id).limit(page.rows()).load(c)
    })?;
    let items = rows.into_iter().map(|(customer_id, name)| Member { customer_id, name }).collect();
    let total = page.with_total.then_some(snapshot.member_count);
    Ok(Page::from_rows(items, page, total, |member: &Member| Position { key: 0, id: member.customer_id.uuid() }))
}

/// A page of those who are members in one snapshot and not in the other, by their ids.
///
/// # Errors
/// The database's.
pub fn changes(
    conn: &mut DbConnection,
    earlier: Id<SegmentSnapshot>,
    later: Id<SegmentSnapshot>,
    page: &PageRequest<MemberSort>,
) -> DbResult<Page<(Id<Customer>, MemberChange)>> {
    // Each side is a range of the index; who is in both has two rows.
    const CHANGED: &str = "SELECT segment_members.customer_id, MAX(CASE WHEN segment_members.snapshot_id = ? THEN 1 ELSE 0 END) = 1 \
         FROM segment_members WHERE segment_members.snapshot_id IN (?, ?) AND segment_members.customer_id > ? \
         GROUP BY segment_members.customer_id HAVING COUNT(*) = 1 ORDER BY segment_members.customer_id LIMIT ?";
    const COUNT: &str = "SELECT COUNT(*) FROM (SELECT segment_members.customer_id FROM segment_members \
         WHERE segment_members.snapshot_id IN (?, ?) GROUP BY segment_members.customer_id HAVING COUNT(*) = 1) AS changed";
    let after = page.after.map_or_else(uuid::Uuid::nil, |after| after.id);
    let binds: Vec<Bind> = vec![later.into(), earlier.into(), later.into(), Id::<Customer>::from(after).into(), page.rows().into()];
    let statement = Statement::<(Uuid, Bool)>::new(CHANGED, binds);
    let rows: Vec<(Id<Customer>, bool)> = on!(&mut *conn, c => statement.load(c))?;
    let total = if page.with_total {
        let counting = Statement::<diesel::sql_types::BigInt>::new(COUNT, vec![earlier.into(), later.into()]);
        Some(on!(conn, c => counting.get_result(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(|(id, is_new)| (id, if is_new { MemberChange::Entered } else { MemberChange::Left })).collect();
    Ok(Page::from_rows(items, page, total, |(id, _): &(Id<Customer>, _)| Position { key: 0, id: id.uuid() }))
}
