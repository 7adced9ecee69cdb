//! Bodies on their way in: no larger than is taken, unpacked, and not waited for without end.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpMessage, HttpRequest,
    dev::{Decompress, Payload, ServiceRequest},
    error::PayloadError,
    http::header,
    web::Bytes,
};
use futures_util::{Stream, StreamExt};
use tokio::time::{Sleep, sleep};

use super::app::AppData;
use crate::error::{Code, Error};

/// From now on no more than `pause` is waited for the next piece of the request's body.
pub fn hurry(request: &mut ServiceRequest, pause: Duration) {
    let arriving = request.take_payload();
    if !matches!(arriving, Payload::None) {
        request.set_payload(Payload::Stream { payload: Box::pin(Hurried { arriving, pause, waiting: None }) });
    }
}

struct Hurried {
    arriving: Payload,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Stream for Hurried {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(piece) = self.arriving.poll_next_unpin(cx) {
            self.waiting = None;
            return Poll::Ready(piece);
        }
        let pause = self.pause;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(pause)));
        waiting.as_mut().poll(cx).map(|()| Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

/// Reads a body of at most `limits` times the usual limit to its end.
///
/// # Errors
/// `body_too_large`, `unsupported_media_type` for an encoding that is not unpacked here, `request_timeout`, `malformed_body` when it breaks off.
pub fn read(request: &HttpRequest, payload: &mut Payload, limits: usize) -> impl Future<Output = Result<Bytes, Error>> + use<> {
    let limit = request.app_data::<AppData>().map_or(0, |app| app.body_limit.saturating_mul(limits));
    let is_encoded_well = check_encoding(request);
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut pieces = Decompress::from_headers(payload.take(), request.headers());
    async move {
        is_encoded_well?;
        if length.is_some_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        let mut body = Vec::with_capacity(length.unwrap_or(0).min(64 * 1024));
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| fault(&error))?;
            if body.len() + piece.len() > limit {
                return Err(too_large(limit));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.into())
    }
}

fn too_large(limit: usize) -> Error {
    let told = format!("At most {limit} bytes are taken here; ledgers of any length stream through POST /v1/imports.");
    Error::new(Code::BodyTooLarge, told)
}

/// What became of a body that did not arrive.
pub fn fault(error: &PayloadError) -> Error {
    match error {
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            Error::new(Code::RequestTimeout, "The body stood still for too long on its way in.")
        }
        _ => Error::new(Code::MalformedBody, "The body could not be read to its end."),
    }
}

/// Whether the body is packed as it can be unpacked here, and its text, if it says so, in UTF-8.
///
/// # Errors
/// `unsupported_media_type`.
pub fn check_encoding(request: &HttpRequest) -> Result<(), Error> {
    for encoding in request.headers().get_all(header::CONTENT_ENCODING) {
        let encoding = encoding.to_str().unwrap_or("?").trim();
        if !["", "identity", "gzip"].iter().any(|known| encoding.eq_ignore_ascii_case(known)) {
            return Err(Error::new(Code::UnsupportedMediaType, "The only content encoding that is read here is gzip."));
        }
    }
    let content_type = request.mime_type().ok().flatten();
    let charset = content_type.as_ref().and_then(|content_type| content_type.get_param("charset"));
    if charset.is_some_and(|charset| !charset.as_str().eq_ignore_ascii_case("utf-8")) {
        return Err(Error::new(Code::UnsupportedMediaType, "The only charset that is read here is utf-8."));
    }
    Ok(())
}
