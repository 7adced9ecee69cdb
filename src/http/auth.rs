//! Who asks. The edge reads the token and stores what it found; [`Allowed`] turns that into a right to go on.

use std::{
    cell::RefCell,
    collections::HashMap,
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header};

use super::{app::App, problem::Problem, target::check_parameters};
use crate::{
    domain::{
        access_tokens::{Claims, TokenError},
        permissions::{Actor, Permission},
    },
    error::{Code, Error},
};

/// What the edge found out about the caller.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// No token.
    Anonymous,
    /// A good one.
    Known(Actor),
    /// A bad one.
    Refused(TokenError),
}

/// Tokens verified lately on this thread, because checking a signature costs more than a point read.
const REMEMBERED_TOKENS: usize = 4096;

thread_local! {
    static VERIFIED: RefCell<HashMap<Box<str>, Claims>> = RefCell::default();
}

/// Reads the `Authorization` header.
pub fn authenticate(app: &App, request: &actix_web::dev::ServiceRequest) -> Authentication {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Authentication::Anonymous };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let Some(token) = token else { return Authentication::Refused(TokenError::Invalid) };
    match verify(app, token) {
        Ok(actor) => Authentication::Known(actor),
        Err(error) => Authentication::Refused(error),
    }
}

fn verify(app: &App, token: &str) -> Result<Actor, TokenError> {
    let now = app.clock.now();
    if let Some(actor) = VERIFIED.with_borrow(|verified| verified.get(token).map(|claims| claims.actor(now))) {
        return actor;
    }
    let claims = app.tokens.verify(token)?;
    let actor = claims.actor(now)?;
    VERIFIED.with_borrow_mut(|verified| {
        if verified.len() >= REMEMBERED_TOKENS {
            verified.clear();
        }
        verified.insert(token.into(), claims);
    });
    Ok(actor)
}

/// A permission as a type, so that a handler's signature says what it needs.
pub trait Needs: 'static {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($name:ident),+ $(,)?) => { $(
        /// As [`Permission`]'s value of the same name.
        #[derive(Debug)]
        pub enum $name {}
        impl Needs for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )+ };
}

needs! {
    ReadCustomers, WriteCustomers, ReadCatalogue, WriteCatalogue, ReadOrders, WriteOrders, WritePayments, ReadScores, WriteScores,
    ReadMessages, WriteMessages,
    ReadFeedback, WriteFeedback, ManageFeedback,
    ReadImports, WriteImports, ReadUsers, WriteUsers, ReadClients, WriteClients, ReadAuditLog,
    ReadSurveys, WriteSurveys,
    ReadSegments, WriteSegments,
    ReadCampaigns, WriteCampaigns, WorkCampaigns,
    ReadPoints, WritePoints, ManagePoints,
    ReadCoupons, WriteCoupons, RedeemCoupons,
}

/// A caller who has the permission. The first argument of every handler, so that it is decided before parameters and body are looked at.
#[derive(Debug)]
pub struct Allowed<P: Needs> {
    /// The caller.
    pub actor: Actor,
    permission: PhantomData<P>,
}

impl<P: Needs> FromRequest for Allowed<P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(known(request).and_then(|actor| {
            if !actor.permissions.contains(P::PERMISSION) {
                return Err(Error::new(Code::PermissionDenied, format!("This needs the permission {}.", P::PERMISSION)).into());
            }
            check_parameters(request)?;
            Ok(Self { actor, permission: PhantomData })
        }))
    }
}

fn known(request: &HttpRequest) -> Result<Actor, Problem> {
    match request.extensions().get::<Authentication>() {
        Some(Authentication::Known(actor)) => Ok(*actor),
        Some(Authentication::Refused(error)) => Err(Error::new(Code::Unauthenticated, error.to_string()).into()),
        Some(Authentication::Anonymous) | None => {
            Err(Error::new(Code::Unauthenticated, "Send an access token: `Authorization: Bearer …`, from POST /v1/auth/token.").into())
        }
    }
}
