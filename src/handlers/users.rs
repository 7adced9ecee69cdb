//! The shop's staff.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};

use crate::{
    domain::{
        TextEnum,
        ids::Id,
        staff::{User, UserDraft, UserPatch},
    },
    dto::users::{ListUsers, UserView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadUsers, WriteUsers},
        conditional::Known,
        extract::{Body, Params, Path},
        paging::{self, PageView},
        passwords,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::users,
};

/// List users
///
/// Everybody who can log in, and who could.
#[utoipa::path(
    tag = "Users", params(ListUsers), security(("bearer" = ["users:read"])),
    responses((status = 200, description = "A page of users.", body = PageView<UserView>))
)]
#[get("")]
pub async fn list_users(
    Allowed { actor, .. }: Allowed<ReadUsers>,
    request: HttpRequest,
    Params(params): Params<ListUsers>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, filter) = (params.page(&request)?, params.filter());
    let users = app.db.read(move |tx| users::list_users(tx, &actor, filter, &page)).await?;
    Ok(paging::answer(&request, users.map(UserView::from), params.sort()))
}

/// Add a user
///
/// The person can log in at once with the e-mail address and this password. Nobody can give a role that may do more than they may themselves.
/// (Of a request with `Idempotency-Key`, everything but the password is compared.)
#[utoipa::path(
    tag = "Users", request_body = UserDraft, security(("bearer" = ["users:write"])),
    responses((status = 201, description = "The user.", body = UserView))
)]
#[post("")]
pub async fn create_user(
    Allowed { actor, .. }: Allowed<WriteUsers>,
    request: WriteRequest,
    body: Body<UserDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let draft = body.value;
    let trace = body.trace.without_secret(&[&draft.email, draft.name.as_deref().unwrap_or_default(), draft.role.as_str()]);
    let hash = passwords::hash(&app, draft.password.clone()).await?;
    perform(&app, actor, request, trace, move |tx, context| {
        let user = users::create_user(tx, &context.actor, context.now, &draft, &hash)?;
        answer::created(format!("/v1/users/{}", user.id), user.version, &UserView::from(user))
    })
    .await
}

/// Read a user
///
/// Without the password, which nobody can read.
#[utoipa::path(
    tag = "Users", params(("id" = Uuid, Path, description = "The user.")), security(("bearer" = ["users:read"])),
    responses((status = 200, description = "The user.", body = UserView))
)]
#[get("/{id}")]
pub async fn get_user(
    Allowed { actor, .. }: Allowed<ReadUsers>,
    Path(id): Path<Id<User>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let user = app.db.read(move |tx| users::get_user(tx, &actor, id)).await?;
    Ok(known.answer(user.version, &UserView::from(user)))
}

/// Change a user
///
/// A new password and `disabled` end every refresh token of the person; access tokens end by themselves within 15 minutes, and for users and
/// clients they end at once. The last admin who can log in can be neither disabled nor given another role (409).
#[utoipa::path(
    tag = "Users", params(("id" = Uuid, Path, description = "The user.")), request_body = UserPatch, security(("bearer" = ["users:write"])),
    responses((status = 200, description = "The user as changed.", body = UserView))
)]
#[patch("/{id}")]
pub async fn update_user(
    Allowed { actor, .. }: Allowed<WriteUsers>,
    Path(id): Path<Id<User>>,
    request: WriteRequest,
    body: Body<UserPatch>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let patch = body.value;
    let hash = match patch.password.clone() {
        Some(password) => Some(passwords::hash(&app, password).await?),
        None => None,
    };
    perform(&app, actor, request, body.trace, move |tx, context| {
        let user = users::update_user(tx, (&context.actor, &context.precondition, context.now), id, &patch, hash.as_deref())?;
        answer::ok(user.version, &UserView::from(user))
    })
    .await
}
