//! Segments, who is a member, and who was.

use diesel::{dsl::exists, prelude::*};

use crate::{
    db::{DbConnection, DbResult, schema::segments, sql_types::Json},
    domain::{
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        segments::{Definition, Segment, SegmentDraft, SegmentSearch, SegmentSort},
    },
    list_by_id, on, on_locked, on_shared,
};

pub mod members;
pub mod snapshots;

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = segments, treat_none_as_default_value = false, treat_none_as_null = true)]
struct SegmentRow {
    id: Id<Segment>,
    name: String,
    description: Option<String>,
    definition: Json<Definition>,
    is_built_in: bool,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<SegmentRow> for Segment {
    fn from(row: SegmentRow) -> Self {
        Self {
            id: row.id,
            draft: SegmentDraft { name: row.name, description: row.description, definition: row.definition.0 },
            is_built_in: row.is_built_in,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Segment> for SegmentRow {
    fn from(segment: &Segment) -> Self {
        let SegmentDraft { name, description, definition } = segment.draft.clone();
        Self {
            id: segment.id,
            name,
            description,
            definition: Json(definition),
            is_built_in: segment.is_built_in,
            version: segment.version,
            created_at: segment.created_at,
            updated_at: segment.updated_at,
        }
    }
}

/// A segment.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Segment>) -> DbResult<Option<Segment>> {
    let found = on!(conn, c => segments::table.find(id).select(SegmentRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// A segment whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Segment>) -> DbResult<Option<Segment>> {
    let wanted = segments::table.filter(segments::id.eq(id));
    let found: Option<SegmentRow> = on_locked!(conn, c, wanted.select(SegmentRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// Which of `ids` are no segments; until the transaction ends the others are neither changed nor deleted.
///
/// # Errors
/// The database's.
pub fn unknown_among_held(conn: &mut DbConnection, ids: &[Id<Segment>]) -> DbResult<Vec<Id<Segment>>> {
    let wanted = segments::table.select(segments::id).filter(segments::id.eq_any(ids)).order(segments::id);
    let held: Vec<Id<Segment>> = on_shared!(conn, c, wanted => load)?;
    Ok(ids.iter().filter(|id| !held.contains(id)).copied().collect())
}

/// Whether there is such a segment.
///
/// # Errors
/// The database's.
pub fn is_there(conn: &mut DbConnection, id: Id<Segment>) -> DbResult<bool> {
    Ok(on!(conn, c => diesel::select(exists(segments::table.find(id))).get_result(c))?)
}

/// Every segment's definition.
///
/// # Errors
/// The database's.
pub fn definitions(conn: &mut DbConnection) -> DbResult<Vec<(Id<Segment>, Definition)>> {
    let all = segments::table.select((segments::id, segments::definition));
    let rows: Vec<(Id<Segment>, Json<Definition>)> = on!(conn, c => all.load(c))?;
    Ok(rows.into_iter().map(|(id, definition)| (id, definition.0)).collect())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(is_built_in) = $search.is_built_in {
            query = query.filter(segments::is_built_in.eq(is_built_in));
        }
        query
    }};
}

/// A page of segments.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &SegmentSearch, page: &PageRequest<SegmentSort>) -> DbResult<Page<Segment>> {
    Ok(list_by_id!(conn, page, SegmentRow => Segment, segments::id, |select| filtered!(segments::table.select(select), search)))
}

/// Stores a new segment.
///
/// # Errors
/// `segments_name_key`.
pub fn insert(conn: &mut DbConnection, segment: &Segment) -> DbResult<()> {
    let row = SegmentRow::from(segment);
    on!(conn, c => diesel::insert_into(segments::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores those of these segments that are not there, and whose names nobody has taken.
///
/// # Errors
/// The database's.
pub fn insert_absent(conn: &mut DbConnection, new: &[Segment]) -> DbResult<()> {
    let rows: Vec<SegmentRow> = new.iter().map(SegmentRow::from).collect();
    on!(conn, c => diesel::insert_into(segments::table).values(&rows).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Stores a segment that was there before.
///
/// # Errors
/// `segments_name_key`.
pub fn update(conn: &mut DbConnection, segment: &Segment) -> DbResult<()> {
    let row = SegmentRow::from(segment);
    on!(conn, c => diesel::update(segments::table.find(segment.id)).set(&row).execute(c))?;
    Ok(())
}

/// Deletes a segment with its snapshots.
///
/// # Errors
/// The database's, such as a foreign key of something that names it.
pub fn delete(conn: &mut DbConnection, id: Id<Segment>) -> DbResult<()> {
    on!(conn, c => diesel::delete(segments::table.find(id)).execute(c))?;
    Ok(())
}
