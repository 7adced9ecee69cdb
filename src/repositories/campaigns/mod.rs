//! Campaigns and their audiences.

use diesel::prelude::*;
use serde::Deserialize;

use crate::{
    db::{DbConnection, DbResult, schema::campaigns, sql_types::Json},
    domain::{
        TextEnum,
        campaigns::{Audience, Campaign, CampaignDraft, CampaignSearch, CampaignSort, CampaignStatus},
        consents::{ContactChannel, ContactPurpose},
        coupons::CouponBatch,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
    },
    list_by_id, on, on_locked, on_shared,
};

pub mod contacts;
pub mod recipients;
pub mod report;
pub mod tracking;
pub mod worklist;

/// `name`, `purpose`, `channel` and `coupon_batch_id` stand in the definition too: they are what other tables and reports join on.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = campaigns, treat_none_as_default_value = false, treat_none_as_null = true)]
struct CampaignRow {
    id: Id<Campaign>,
    name: String,
    purpose: ContactPurpose,
    channel: ContactChannel,
    status: CampaignStatus,
    definition: Json<CampaignDraft>,
    coupon_batch_id: Option<Id<CouponBatch>>,
    starts_at: Option<Instant>,
    launched_at: Option<Instant>,
    ended_at: Option<Instant>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<CampaignRow> for Campaign {
    fn from(row: CampaignRow) -> Self {
        let CampaignRow { id, status, definition, starts_at, launched_at, ended_at, version, created_at, updated_at, .. } = row;
        Self { id, draft: definition.0, status, starts_at, launched_at, ended_at, version, created_at, updated_at }
    }
}

impl From<&Campaign> for CampaignRow {
    fn from(campaign: &Campaign) -> Self {
        let Campaign { id, draft, status, starts_at, launched_at, ended_at, version, created_at, updated_at } = campaign.clone();
        let (name, purpose, channel, coupon_batch_id) = (draft.name.clone(), draft.purpose, draft.channel, draft.coupon_batch_id);
        let definition = Json(draft);
        Self {
            id,
            name,
            purpose,
            channel,
            status,
            definition,
            coupon_batch_id,
            starts_at,
            launched_at,
            ended_at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// A campaign.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Campaign>) -> DbResult<Option<Campaign>> {
    Ok(on!(conn, c => campaigns::table.find(id).select(CampaignRow::as_select()).first(c).optional())?.map(CampaignRow::into))
}

/// The campaigns with these ids.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, ids: &[Id<Campaign>]) -> DbResult<Vec<Campaign>> {
    let found: Vec<CampaignRow> =
        on!(conn, c => campaigns::table.filter(campaigns::id.eq_any(ids)).select(CampaignRow::as_select()).load(c))?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// A campaign whose row stays locked until the transaction ends: nothing of it is written into the outbox, and none of its messages leaves, meanwhile.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Campaign>) -> DbResult<Option<Campaign>> {
    let wanted = campaigns::table.filter(campaigns::id.eq(id));
    let found: Option<CampaignRow> = on_locked!(conn, c, wanted.select(CampaignRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// A campaign that stays as it is until the transaction ends; others may look at it in the same way meanwhile.
///
/// # Errors
/// The database's.
pub fn find_shared(conn: &mut DbConnection, id: Id<Campaign>) -> DbResult<Option<Campaign>> {
    let wanted = campaigns::table.filter(campaigns::id.eq(id));
    let found: Option<CampaignRow> = on_shared!(conn, c, wanted.select(CampaignRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// The campaigns that run, or are to run by `now`.
///
/// # Errors
/// The database's.
pub fn live(conn: &mut DbConnection, now: Instant) -> DbResult<Vec<Id<Campaign>>> {
    let is_due = campaigns::status.eq(CampaignStatus::Scheduled).and(campaigns::starts_at.le(now));
    let live = campaigns::table.filter(campaigns::status.eq(CampaignStatus::Running).or(is_due.assume_not_null()));
    Ok(on!(conn, c => live.select(campaigns::id).order(campaigns::id).load(c))?)
}

/// Of a definition the audience alone: templates are long, and not needed to tell whom they are for.
#[derive(Debug, Deserialize)]
struct Addressed {
    audience: Audience,
}

/// The campaigns that have not ended, with their names and audiences.
///
/// # Errors
/// The database's.
pub fn open_audiences(conn: &mut DbConnection) -> DbResult<Vec<(Id<Campaign>, String, Audience)>> {
    let open: Vec<CampaignStatus> = CampaignStatus::ALL.iter().copied().filter(|status| !status.has_ended()).collect();
    let wanted = campaigns::table.filter(campaigns::status.eq_any(open)).select((campaigns::id, campaigns::name, campaigns::definition));
    let rows: Vec<(Id<Campaign>, String, Json<Addressed>)> = on!(conn, c => wanted.order(campaigns::id).load(c))?;
    Ok(rows.into_iter().map(|(id, name, addressed)| (id, name, addressed.0.audience)).collect())
}

/// Stores a new campaign.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, campaign: &Campaign) -> DbResult<()> {
    let row = CampaignRow::from(campaign);
    on!(conn, c => diesel::insert_into(campaigns::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores a campaign that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, campaign: &Campaign) -> DbResult<()> {
    let row = CampaignRow::from(campaign);
    on!(conn, c => diesel::update(campaigns::table.find(campaign.id)).set(&row).execute(c))?;
    Ok(())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(status) = $search.status {
            query = query.filter(campaigns::status.eq(status));
        }
        if let Some(channel) = $search.channel {
            query = query.filter(campaigns::channel.eq(channel));
        }
        query
    }};
}

/// A page of campaigns.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &CampaignSearch, page: &PageRequest<CampaignSort>) -> DbResult<Page<Campaign>> {
    Ok(list_by_id!(conn, page, CampaignRow => Campaign, campaigns::id, |select| filtered!(campaigns::table.select(select), search)))
}
