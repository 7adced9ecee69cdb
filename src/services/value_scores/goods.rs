//! What is known of the goods of recent live scores, kept in memory.

use std::sync::{PoisonError, RwLock};

use crate::{
    db::DbConnection,
    domain::{ids::Id, value_score::Measures},
    error::Error,
    repositories::views::{
        goods::{self, GoodsById},
        purchases::Purchases,
    },
};

/// Products that are remembered, in about 4 MiB. When there are more, remembering begins anew.
const REMEMBERED: usize = 65_536;

/// Remembers goods. Shared by all threads; instances learn of each other's changes by the revision in the database.
#[derive(Debug, Default)]
pub struct GoodsCache(RwLock<Known>);

/// All of one revision.
#[derive(Debug, Default)]
struct Known {
    revision: Option<String>,
    goods: GoodsById,
}

impl GoodsCache {
    /// The measures of what was bought. Only when something of it is not remembered, or no longer right, is the database asked.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn measures(&self, conn: &mut DbConnection, bought: &Purchases) -> Result<Measures, Error> {
        let products = bought.products();
        {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if known.revision == bought.goods_revision && products.iter().all(|product| known.goods.contains_key(product)) {
                return Ok(bought.measures(|product| known.goods.get(&product).copied())?);
            }
        }
        let (revision, found) = goods::find_many(conn, &products)?;
        let measures = bought.measures(|product| found.get(&product).copied())?;
        self.remember(revision, found);
        Ok(measures)
    }

    fn remember(&self, revision: Option<String>, found: GoodsById) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.revision != revision || known.goods.len() + found.len() > REMEMBERED {
            *known = Known { revision, goods: GoodsById::new() };
        }
        known.goods.extend(found);
    }
}

/// Notes that goods which were sold before are others now: to be called last in the transaction that changes them, because everybody else who changes
/// goods waits for it from here on.
///
/// # Errors
/// The database's.
pub fn note_changed_goods(tx: &mut DbConnection) -> Result<(), Error> {
    Ok(goods::set_revision(tx, &Id::<()>::generate().to_string())?)
}
