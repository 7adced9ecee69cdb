//! Lists on the wire: `limit`, `cursor`, `sort`, `include=total` in, `{"data": […], "next_cursor": …}` and a `Link` header out.

use actix_web::{HttpRequest, HttpResponse, http::header};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::paging::{DEFAULT_LIMIT, Include, Page, PageRequest, Position, SortOrder},
    error::{Code, Error},
};

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageView<T: ToSchema> {
    /// The items in the order asked for.
    pub data: Vec<T>,
    /// Send it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many items match in all, with `include=total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total: Option<i64>,
}

/// The parameters that every list shares, as they come.
#[derive(Debug)]
pub struct PageParams<'a, S> {
    /// At most so many items.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<&'a str>,
    /// The order.
    pub sort: S,
    /// What to add.
    pub include: Option<Include>,
}

impl<S: SortOrder> PageParams<'_, S> {
    /// The page that is asked for.
    ///
    /// # Errors
    /// `invalid_cursor` for a cursor that is not ours or belongs to another list or order.
    pub fn request(&self, request: &HttpRequest) -> Result<PageRequest<S>, Error> {
        Ok(PageRequest {
            sort: self.sort,
            after: self.cursor.map(|cursor| decode(cursor, request.path(), self.sort.as_str())).transpose()?,
            limit: self.limit.unwrap_or(DEFAULT_LIMIT),
            with_total: self.include == Some(Include::Total),
        })
    }
}

/// Key, id, the list and its order, opaque to callers.
fn encode(position: Position, path: &str, sort: &str) -> String {
    let mut bytes = position.key.to_be_bytes().to_vec();
    bytes.extend_from_slice(position.id.as_bytes());
    bytes.extend_from_slice(&mark(path));
    bytes.extend_from_slice(sort.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Tells lists apart; nobody is kept from making one up.
fn mark(path: &str) -> [u8; 4] {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(path).into();
    [a, b, c, d]
}

fn decode(cursor: &str, path: &str, sort: &str) -> Result<Position, Error> {
    let told = "Use next_cursor of the same list's page before, with the same sort; or leave cursor out to start again.";
    let refused = || Error::new(Code::InvalidCursor, told);
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
    let (key, rest) = bytes.split_first_chunk::<8>().ok_or_else(refused)?;
    let (id, rest) = rest.split_first_chunk::<16>().ok_or_else(refused)?;
    let (list, order) = rest.split_first_chunk::<4>().ok_or_else(refused)?;
    if *list != mark(path) || order != sort.as_bytes() {
        return Err(refused());
    }
    Ok(Position { key: i64::from_be_bytes(*key), id: Uuid::from_bytes(*id) })
}

/// The page as it is answered.
pub fn answer<T: Serialize + ToSchema>(request: &HttpRequest, page: Page<T>, sort: impl SortOrder) -> HttpResponse {
    answer_with(request, page, sort, |view| view)
}

/// As [`answer`], for a list that is told with something else.
pub fn answer_with<T: ToSchema, V: Serialize>(
    request: &HttpRequest,
    page: Page<T>,
    sort: impl SortOrder,
    told: impl FnOnce(PageView<T>) -> V,
) -> HttpResponse {
    let next_cursor = page.next.map(|position| encode(position, request.path(), sort.as_str()));
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &next_cursor {
        response.insert_header((header::LINK, format!("<{}>; rel=\"next\"", next_url(request, cursor))));
    }
    response.json(told(PageView { data: page.items, next_cursor, total: page.total }))
}

/// A list that is short by nature, answered whole.
pub fn whole<T: Serialize + ToSchema>(data: Vec<T>) -> HttpResponse {
    HttpResponse::Ok().json(PageView { data, next_cursor: None, total: None })
}

/// The same request with another cursor.
fn next_url(request: &HttpRequest, cursor: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        if name != "cursor" {
            query.append_pair(&name, &value);
        }
    }
    query.append_pair("cursor", cursor);
    format!("{}?{}", request.path(), query.finish())
}

/// Declares the query parameters of a list: its own filters and those that every list shares.
#[macro_export]
macro_rules! list_params {
    ($(#[$meta:meta])* $name:ident sorted by $sort:ident = $default:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, validator::Validate, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($(#[$field_meta])* #[serde(default)] #[param(nullable = false)] pub $field: Option<$type>,)*
            /// At most so many items.
            #[serde(default)]
            #[validate(range(min = 1, max = 200))]
            #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
            pub limit: Option<u32>,
            /// `next_cursor` of the page before.
            #[serde(default)]
            #[validate(length(min = 1, max = 200))]
            #[param(min_length = 1, max_length = 200, pattern = "^[A-Za-z0-9_-]+$", nullable = false)]
            pub cursor: Option<String>,
            /// The order; a minus sign means largest or newest first.
            #[serde(default)]
            #[param(inline, nullable = false)]
            pub sort: Option<$sort>,
            /// `total` adds how many items match in all.
            #[serde(default)]
            #[param(inline, nullable = false)]
            pub include: Option<$crate::domain::paging::Include>,
        }

        impl $name {
            /// The order asked for, or the list's own.
            pub fn sort(&self) -> $sort {
                self.sort.unwrap_or($sort::$default)
            }

            /// The page asked for.
            ///
            /// # Errors
            /// `invalid_cursor`.
            pub fn page(&self, request: &actix_web::HttpRequest) -> Result<$crate::domain::paging::PageRequest<$sort>, $crate::error::Error> {
                $crate::http::paging::PageParams { limit: self.limit, cursor: self.cursor.as_deref(), sort: self.sort(), include: self.include }.request(request)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list_and_order() {
        let position = Position { key: -7, id: Uuid::from_u128(9) };
        let cursor = encode(position, "/v1/orders", "-updated_at");
        assert_eq!(decode(&cursor, "/v1/orders", "-updated_at").ok(), Some(position));
        let others = [(cursor.as_str(), "updated_at"), ("", "updated_at"), ("!!", "updated_at"), ("AAAA", "")];
        assert_eq!(decode(&cursor, "/v1/products", "-updated_at").unwrap_err().code(), Code::InvalidCursor);
        for (text, sort) in others {
            assert_eq!(decode(text, "/v1/orders", sort).unwrap_err().code(), Code::InvalidCursor);
        }
    }
}
