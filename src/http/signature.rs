//! Bodies that are signed instead of sent with a token.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use validator::Validate;

use super::{
    app::AppData,
    body,
    extract::{Body, BodyTrace, is_json},
    problem::Problem,
    validation::parse_json,
};
use crate::{
    domain::orders::payments::{SignatureFault, verify},
    error::{Code, Error},
};

/// The header that holds the signature.
const HEADER: &str = "patron-signature";

/// A JSON body whose signature was that of the payments' secret. Nothing of it is read before.
#[derive(Debug)]
pub struct Signed<T>(pub Body<T>);

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Signed<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<AppData>().cloned();
        let signature = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let is_json = is_json(request);
        let bytes = body::read(request, payload, 1);
        Box::pin(async move {
            let app = app.ok_or_else(|| Error::internal("the app is not configured"))?;
            let secret = app.payment_secret.as_ref().ok_or_else(|| Error::not_found("resource"))?;
            let signature = signature.ok_or_else(|| refused(SignatureFault::Malformed))?;
            let bytes = bytes.await?;
            verify(secret.reveal(), &signature, &bytes, app.clock.now()).map_err(refused)?;
            is_json?;
            Ok(Self(Body { value: parse_json(&bytes)?, trace: BodyTrace::of(&bytes) }))
        })
    }
}

fn refused(fault: SignatureFault) -> Error {
    Error::new(Code::Unauthenticated, fault.to_string())
}
