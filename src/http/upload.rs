//! Files that are sent as a body of any length: they go into the database piece by piece as they arrive, so that memory stays flat.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::header,
    web::{self, Bytes},
};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use super::{app::AppData, body, extract::BodyTrace, problem::Problem};
use crate::{
    db::WriteMode,
    domain::{
        ids::Id,
        imports::{Import, ImportKind},
        ledger::{LedgerFormat, RawLedgerOptions},
    },
    error::{Code, Error},
    services::imports,
};

/// The size of a piece.
const PIECE: usize = 256 * 1024;

/// What the headers say of a file. gzip is seen by its first bytes, whether the headers tell of it or not.
#[derive(Debug, Clone)]
pub struct FileHeaders {
    /// How it is written, where the content type says so.
    pub format: Option<LedgerFormat>,
    length: Option<u64>,
    about: String,
}

impl FromRequest for FileHeaders {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_headers(request).map_err(Into::into))
    }
}

fn read_headers(request: &HttpRequest) -> Result<FileHeaders, Error> {
    let content_type = request.content_type().to_ascii_lowercase();
    let format = match content_type.as_str() {
        "text/csv" => Some(LedgerFormat::Csv),
        "application/x-ndjson" => Some(LedgerFormat::Ndjson),
        "application/gzip" | "application/octet-stream" => None,
        _ => {
            return Err(Error::new(
                Code::UnsupportedMediaType,
                "Send the file as text/csv, application/x-ndjson, application/gzip or application/octet-stream.",
            ));
        }
    };
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    body::check_encoding(request)?;
    let encoding = text(header::CONTENT_ENCODING).unwrap_or_default().to_ascii_lowercase();
    let length = text(header::CONTENT_LENGTH).and_then(|value| value.parse().ok());
    Ok(FileHeaders { format, length, about: format!("{}\n{content_type}\n{encoding}\n", request.query_string()) })
}

/// A file that has arrived and belongs to an import that nobody sees yet. Dropped without [`Upload::keep`] it is forgotten.
pub struct Upload {
    app: AppData,
    /// The import.
    pub id: Id<Import>,
    /// Its length.
    pub byte_count: i64,
    hash: Sha256,
    pieces: i64,
    is_kept: bool,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("id", &self.id).field("byte_count", &self.byte_count).finish_non_exhaustive()
    }
}

impl Upload {
    /// Takes a file in to its end.
    ///
    /// # Errors
    /// `body_too_large`, `malformed_body` when it breaks off, `request_timeout` when it stands still, `invalid` when there is nothing in it, and the database's. Nothing is left of it then.
    pub async fn receive(
        app: &AppData,
        kind: ImportKind,
        options: &RawLedgerOptions,
        headers: &FileHeaders,
        mut arriving: web::Payload,
    ) -> Result<Self, Error> {
        let limit = app.import_limit;
        if headers.length.is_some_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        let hash = Sha256::new_with_prefix(&headers.about);
        let mut upload = Self { app: app.clone(), id: Id::generate(), byte_count: 0, hash, pieces: 0, is_kept: false };
        let mut piece = Vec::with_capacity(PIECE);
        let mut arrived = 0_u64;
        while let Some(bytes) = arriving.next().await {
            let mut bytes: Bytes = bytes.map_err(|error| body::fault(&error))?;
            arrived = arrived.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            if arrived > limit {
                return Err(too_large(limit));
            }
            while piece.len() + bytes.len() >= PIECE {
                piece.extend_from_slice(&bytes.split_to(PIECE - piece.len()));
                upload.store(kind, options, std::mem::replace(&mut piece, Vec::with_capacity(PIECE))).await?;
            }
            piece.extend_from_slice(&bytes);
        }
        if !piece.is_empty() {
            upload.store(kind, options, piece).await?;
        }
        if upload.byte_count == 0 {
            return Err(Error::new(Code::Invalid, "The body is empty: send the file."));
        }
        Ok(upload)
    }

    async fn store(&mut self, kind: ImportKind, options: &RawLedgerOptions, piece: Vec<u8>) -> Result<(), Error> {
        self.hash.update(&piece);
        self.byte_count = self.byte_count.saturating_add(i64::try_from(piece.len()).unwrap_or(i64::MAX));
        let (now, id, seq, byte_count) = (self.app.clock.now(), self.id, self.pieces, self.byte_count);
        self.pieces += 1;
        let first = (seq == 0).then(|| options.clone());
        let write = move |tx: &mut crate::db::DbConnection| {
            if let Some(options) = first {
                imports::begin_upload(tx, now, id, kind, &options)?;
            }
            imports::take_chunk(tx, now, id, seq, byte_count, &piece)
        };
        self.app.db.write(WriteMode::Commit, write).await
    }

    /// What the write wrapper keeps of the request: the same file with the same options is the same request.
    pub fn trace(&self) -> BodyTrace {
        BodyTrace { digest: self.hash.clone().finalize().into(), fields: Vec::new() }
    }

    /// Keeps the file when the answer tells of it, and not of one that was sent before with the same key.
    pub fn keep(mut self, answer: &HttpResponse) {
        self.is_kept = !answer.headers().contains_key("idempotent-replayed");
    }
}

fn too_large(limit: u64) -> Error {
    Error::new(Code::BodyTooLarge, format!("A file of at most {limit} bytes is taken here; larger ones go in with `patron import ledger`."))
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.is_kept || self.pieces == 0 {
            return;
        }
        let (db, id) = (self.app.db.clone(), self.id);
        // Whatever fails here is forgotten by a chore later.
        actix_web::rt::spawn(async move {
            while let Ok(true) = db.write(WriteMode::Commit, move |tx| imports::abandon_upload(tx, id)).await {}
        });
    }
}
