//! Bodies as forms (`application/x-www-form-urlencoded`), which OAuth 2 speaks; read as strictly as JSON.

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Bytes};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use validator::Validate;

use super::{body, extract::parse_pairs, problem::Problem};
use crate::error::{Code, Error};

/// A form that is read once it is known what it is.
#[derive(Debug)]
pub struct Form(Bytes);

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_form = is_form(request);
        let bytes = body::read(request, payload, 1);
        Box::pin(async move {
            if !is_form {
                let told = "Send a form with `Content-Type: application/x-www-form-urlencoded`.";
                return Err(Error::new(Code::UnsupportedMediaType, told).into());
            }
            Ok(Self(bytes.await?))
        })
    }
}

impl Form {
    /// The form as a `T`, its limits checked.
    ///
    /// # Errors
    /// `invalid` with `/name` of the field.
    pub fn read<T: DeserializeOwned + Validate>(&self) -> Result<T, Error> {
        parse_pairs(&self.0, "unknown_field")
    }

    /// The names of its fields.
    pub fn names(&self) -> Vec<String> {
        form_urlencoded::parse(&self.0).map(|(name, _)| name.into_owned()).collect()
    }
}

/// Whether the request says that it brings a form.
pub(super) fn is_form(request: &HttpRequest) -> bool {
    request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
