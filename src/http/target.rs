//! What a request is aimed at: a path and a query that are text, and no parameter that the operation does not know.

use actix_web::{HttpRequest, http::Uri};
use percent_encoding::percent_decode;

use super::app::AppData;
use crate::{
    domain::field_error::FieldError,
    error::{Code, Error},
};

/// Whether path and query are UTF-8. What is not would be read as U+FFFD, and two references as one.
///
/// # Errors
/// `malformed_request` naming the place.
pub fn check_text(uri: &Uri) -> Result<(), Error> {
    if !is_text(uri.path().as_bytes()) {
        return Err(Error::new(Code::MalformedRequest, "The path is not UTF-8 once it is percent-decoded."));
    }
    check_pairs(uri.query().unwrap_or_default().as_bytes())
}

/// Whether the names and values of `name=value&…` are UTF-8.
///
/// # Errors
/// `malformed_request` naming the parameter or field.
pub fn check_pairs(text: &[u8]) -> Result<(), Error> {
    let Some(pair) = text.split(|byte| *byte == b'&').find(|pair| !is_text(pair)) else { return Ok(()) };
    let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
    let told = match percent_decode(name).decode_utf8() {
        Ok(name) => format!("The value of {name} is not UTF-8 once it is percent-decoded."),
        Err(_) => "The name of a parameter or field is not UTF-8 once it is percent-decoded.".to_owned(),
    };
    Err(Error::new(Code::MalformedRequest, told))
}

/// Whether a database column can hold the names and values of `name=value&…`.
///
/// # Errors
/// `malformed_request` where there is U+0000.
pub fn check_storable(text: &[u8]) -> Result<(), Error> {
    if form_urlencoded::parse(text).any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(Error::new(Code::MalformedRequest, "The character U+0000 is part of no text that is kept."));
    }
    Ok(())
}

/// `%` without two digits behind it stands for itself.
fn is_text(part: &[u8]) -> bool {
    percent_decode(part).decode_utf8().is_ok()
}

/// Links that people follow: mail programs and networks put parameters of their own behind them, and the page behind is asked for all the same.
const FOLLOWED: &str = "/v1/public/";

/// Whether the operation that the request is aimed at knows all of its query parameters: a misspelt filter shall not list everything.
///
/// # Errors
/// `invalid` with `unknown_parameter` at each that it does not know.
pub fn check_parameters(request: &HttpRequest) -> Result<(), Error> {
    let query = request.query_string();
    if query.is_empty() || request.path().starts_with(FOLLOWED) {
        return Ok(());
    }
    let (Some(app), Some(pattern)) = (request.app_data::<AppData>(), request.match_pattern()) else { return Ok(()) };
    let Some(known) = app.spec.index().parameters_of(request.method().as_str(), &pattern) else { return Ok(()) };
    let told = if known.is_empty() { "no parameter is taken here".to_owned() } else { format!("parameters here are {}", known.join(", ")) };
    let unknown: Vec<FieldError> = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !known.iter().any(|known| known == name))
        .map(|(name, _)| FieldError::new(format!("/{}", super::validation::escaped(&name)), "unknown_parameter", told.clone()))
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(Error::invalid(unknown)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: &str) -> Result<(), String> {
        check_text(&target.parse().unwrap()).map_err(|error| format!("{} {}", error.code().as_str(), error.detail()))
    }

    #[test]
    fn bytes_that_are_no_text_are_told_with_their_place() {
        for fine in ["/", "/v1/customers/by-ref/erp/%E6%9D%8E", "/a?q=%E6%9D%8E+%E5%A8%9C&tag=%", "/a?q=%zz&%41=1", "/a?"] {
            assert_eq!(check(fine), Ok(()), "{fine}");
        }
        for (target, place) in [
            ("/v1/customers/by-ref/erp/%ff1", "The path is"),
            ("/v1/customers/by-ref/%FE/1", "The path is"),
            ("/a?q=%ff", "The value of q is"),
            ("/a?tag=b&q=%e6%9d&limit=1", "The value of q is"),
            ("/a?%ff=1", "The name of a parameter"),
            ("/a?%C0%80", "The name of a parameter"),
        ] {
            let told = check(target).unwrap_err();
            assert!(told.starts_with("malformed_request") && told.contains(place), "{target}: {told}");
        }
    }
}
