//! Reports of rejected rows.

use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    db::{DbConnection, DbResult, schema::import_rejects},
    domain::{
        ids::Id,
        imports::{Import, ImportReject, RejectSort},
        ledger::RowReject,
        paging::{Page, PageRequest, Position},
    },
    on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = import_rejects, treat_none_as_default_value = false)]
struct RejectRow {
    import_id: Id<Import>,
    line: i64,
    column_name: Option<String>,
    code: String,
    value: String,
    message: String,
}

/// Adds to an import's report; of a line that is in it already nothing more is kept.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, import_id: Id<Import>, rejects: &[RowReject]) -> DbResult<()> {
    for chunk in rejects.chunks(1000) {
        let rows: Vec<RejectRow> = chunk
            .iter()
            .map(|reject| RejectRow {
                import_id,
                line: i64::try_from(reject.line).unwrap_or(i64::MAX),
                column_name: reject.column.clone(),
                code: reject.code.to_owned(),
                value: reject.value.clone(),
                message: reject.message.clone(),
            })
            .collect();
        on!(&mut *conn, c => diesel::insert_into(import_rejects::table).values(&rows).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}

/// A page of an import's report, in the order of the file.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, import_id: Id<Import>, page: &PageRequest<RejectSort>) -> DbResult<Page<ImportReject>> {
    let after = page.after.map_or(i64::MIN, |after| after.key);
    let own = || import_rejects::table.filter(import_rejects::import_id.eq(import_id));
    let next = own().filter(import_rejects::line.gt(after)).order(import_rejects::line).limit(page.rows());
    let rows: Vec<RejectRow> = on!(&mut *conn, c => next.select(RejectRow::as_select()).load(c))?;
    let total = if page.with_total { Some(on!(conn, c => own().count().get_result(c))?) } else { None };
    let rejects = rows.into_iter().map(|row| {
        let RejectRow { line, column_name: column, code, value, message, .. } = row;
        ImportReject { line, column, code, value, message }
    });
    Ok(Page::from_rows(rejects.collect(), page, total, |reject: &ImportReject| Position { key: reject.line, id: Uuid::nil() }))
}

/// Forgets up to `count` entries of an import's report, from the first on; answers how many.
///
/// # Errors
/// The database's.
pub fn delete_first(conn: &mut DbConnection, import_id: Id<Import>, count: i64) -> DbResult<usize> {
    let own = || import_rejects::table.filter(import_rejects::import_id.eq(import_id));
    let last = on!(&mut *conn, c => {
        own().order(import_rejects::line).offset(count - 1).limit(1).select(import_rejects::line).first::<i64>(c).optional()
    })?;
    Ok(on!(conn, c => diesel::delete(own().filter(import_rejects::line.le(last.unwrap_or(i64::MAX)))).execute(c))?)
}
