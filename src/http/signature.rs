//! Bodies that are signed instead of sent with a token.

use std::marker::PhantomData;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use validator::Validate;

use super::{
    app::{App, AppData},
    body,
    extract::{Body, BodyTrace, is_json},
    problem::Problem,
    validation::parse_json,
};
use crate::{
    config::Secret,
    domain::signatures::{HEADER, SignatureFault, verify},
    error::{Code, Error},
};

/// Who shares a secret with us.
pub trait Signer: 'static {
    /// The secret; without it there is no such resource.
    fn secret(app: &App) -> Option<&Secret>;
}

/// A provider of payments.
#[derive(Debug)]
pub enum PaymentProvider {}

impl Signer for PaymentProvider {
    fn secret(app: &App) -> Option<&Secret> {
        app.payment_secret.as_ref()
    }
}

/// The shop's gateway of messages.
#[derive(Debug)]
pub enum MessageGateway {}

impl Signer for MessageGateway {
    fn secret(app: &App) -> Option<&Secret> {
        app.gateway_secret.as_ref()
    }
}

/// A JSON body whose signature was made with the secret of `S`. Nothing of it is read before.
#[derive(Debug)]
pub struct Signed<S, T> {
    /// The body.
    pub body: Body<T>,
    signer: PhantomData<S>,
}

impl<S: Signer, T: DeserializeOwned + Validate + 'static> FromRequest for Signed<S, T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<AppData>().cloned();
        let signature = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let is_json = is_json(request);
        let bytes = body::read(request, payload, 1);
        Box::pin(async move {
            let app = app.ok_or_else(|| Error::internal("the app is not configured"))?;
            let secret = S::secret(&app).ok_or_else(|| Error::not_found("resource"))?;
            let signature = signature.ok_or_else(|| refused(SignatureFault::Malformed))?;
            let bytes = bytes.await?;
            verify(secret.reveal(), &signature, &bytes, app.clock.now()).map_err(refused)?;
            is_json?;
            Ok(Self { body: Body { value: parse_json(&bytes)?, trace: BodyTrace::of(&bytes) }, signer: PhantomData })
        })
    }
}

fn refused(fault: SignatureFault) -> Error {
    Error::new(Code::Unauthenticated, fault.to_string())
}
