//! `/v1/customers/{id}/relations`.

use actix_web::{HttpResponse, delete, get, patch, post};

use crate::{
    domain::{
        customers::{Customer, Relation, RelationDraft},
        ids::Id,
    },
    dto::customers::RelationView,
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCustomers, WriteCustomers},
        conditional::Known,
        extract::{Body, BodyTrace, Path},
        paging::{PageView, whole},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::customers::relations,
};

/// List the people whom a customer buys for
///
/// All of them in one page, in the order they were named: a customer has at most 100.
#[utoipa::path(tag = "Relations", params(("id" = Uuid, Path, description = "The customer's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The people.", body = PageView<RelationView>)))]
#[get("/{id}/relations")]
pub async fn list_relations(_auth: Allowed<ReadCustomers>, id: Path<Id<Customer>>, app: AppData) -> Result<HttpResponse, Problem> {
    let people = app.db.read(move |tx| relations::list_relations(tx, id.0)).await?;
    Ok(whole(people.into_iter().map(RelationView::from).collect()))
}

/// Name a person whom a customer buys for
///
/// Order lines name the person by `beneficiary_id`, so that the value score knows who uses the goods.
#[utoipa::path(tag = "Relations", params(("id" = Uuid, Path, description = "The customer's id.")), request_body = RelationDraft,
    security(("bearer" = ["customers:write"])), responses((status = 201, description = "The person.", body = RelationView)))]
#[post("/{id}/relations")]
pub async fn create_relation(
    auth: Allowed<WriteCustomers>,
    id: Path<Id<Customer>>,
    write: WriteRequest,
    body: Body<RelationDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let relation = relations::create_relation(tx, context.now, id.0, body.value)?;
        answer::created(
            format!("/v1/customers/{}/relations/{}", relation.owner_id, relation.id),
            relation.version,
            &RelationView::from(relation),
        )
    })
    .await
}

/// Read a person whom a customer buys for
///
/// By the relation's id.
#[utoipa::path(tag = "Relations", params(("id" = Uuid, Path, description = "The customer's id."), ("relation_id" = Uuid, Path, description = "The relation's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The person.", body = RelationView)))]
#[get("/{id}/relations/{relation_id}")]
pub async fn get_relation(
    _auth: Allowed<ReadCustomers>,
    path: Path<(Id<Customer>, Id<Relation>)>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (owner_id, id) = path.0;
    let relation = app.db.query(move |conn| relations::get_relation(conn, owner_id, id)).await?;
    Ok(known.answer(relation.version, &RelationView::from(relation)))
}

/// Change what is known of a person whom a customer buys for
///
/// JSON Merge Patch: what is absent stays, null clears.
#[utoipa::path(tag = "Relations", params(("id" = Uuid, Path, description = "The customer's id."), ("relation_id" = Uuid, Path, description = "The relation's id.")), request_body = MergePatch<RelationDraft>, security(("bearer" = ["customers:write"])),
    responses((status = 200, description = "The person as known now.", body = RelationView)))]
#[patch("/{id}/relations/{relation_id}")]
pub async fn update_relation(
    auth: Allowed<WriteCustomers>,
    path: Path<(Id<Customer>, Id<Relation>)>,
    write: WriteRequest,
    body: Body<MergePatch<RelationDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (owner_id, id) = path.0;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let relation = relations::update_relation(tx, context.now, owner_id, id, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(relation.version, &RelationView::from(relation))
    })
    .await
}

/// Forget a person whom a customer bought for
///
/// Order lines that name the person keep the id and say no more of it.
#[utoipa::path(tag = "Relations", params(("id" = Uuid, Path, description = "The customer's id."), ("relation_id" = Uuid, Path, description = "The relation's id.")), security(("bearer" = ["customers:write"])), responses((status = 204, description = "Forgotten.")))]
#[delete("/{id}/relations/{relation_id}")]
pub async fn delete_relation(
    auth: Allowed<WriteCustomers>,
    path: Path<(Id<Customer>, Id<Relation>)>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (owner_id, id) = path.0;
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        relations::delete_relation(tx, owner_id, id, &context.precondition)?;
        Ok(answer::no_content())
    })
    .await
}
