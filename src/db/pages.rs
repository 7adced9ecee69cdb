//! Pages of lists that are in the order of their ids, which are made in the order of creation: written once, for every table.

/// A boxed query as the page `$page` of a list in the order of the column `$id`: from where the page before ended, one row more than the page holds.
#[macro_export]
macro_rules! page_by_id {
    ($query:expr, $id:expr, $page:expr) => {{
        use $crate::domain::paging::{Direction, SortOrder as _};
        let (query, after) = ($query, $page.after.map(|after| $crate::domain::ids::Id::<()>::from(after.id)));
        let query = match ($page.sort.direction(), after) {
            (Direction::Ascending, None) => query.order($id.asc()),
            (Direction::Ascending, Some(after)) => query.filter($id.gt(after)).order($id.asc()),
            (Direction::Descending, None) => query.order($id.desc()),
            (Direction::Descending, Some(after)) => query.filter($id.lt(after)).order($id.desc()),
        };
        query.limit($page.rows())
    }};
}

/// A page of a list in the order of the column `$id`, and how many there are in all where that is asked for. `$query` is the boxed query, with its filters,
/// of what `$select` stands for: a `$row`, which becomes a `$item`, or their count.
#[macro_export]
macro_rules! list_by_id {
    ($conn:expr, $page:expr, $row:ty => $item:ty, $id:expr, |$select:ident| $query:expr) => {{
        let rows: Vec<$row> = $crate::on!(&mut *$conn, c => {
            let $select = <$row>::as_select();
            $crate::page_by_id!($query, $id, $page).load(c)
        })?;
        let total = if $page.with_total {
            Some($crate::on!($conn, c => {
                let $select = diesel::dsl::count_star();
                $query.first(c)
            })?)
        } else {
            None
        };
        let items = rows.into_iter().map(<$item>::from).collect();
        $crate::domain::paging::Page::from_rows(items, $page, total, |item: &$item| $crate::domain::paging::Position::of(item.id))
    }};
}
