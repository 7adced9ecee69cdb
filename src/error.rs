//! What a use case can answer instead of its result. No HTTP here: `http::problem` gives each kind its status.

use std::{borrow::Cow, fmt};

use crate::{db::DbError, domain::field_error::FieldError};

/// The kinds of failure, each of which has one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Not understood at all.
    Malformed,
    /// Nobody knows who asks.
    Unauthenticated,
    /// Known, and not allowed.
    Forbidden,
    /// Not there, or out of the caller's reach.
    NotFound,
    /// This way of asking is not offered here.
    MethodNotAllowed,
    /// At odds with what is stored.
    Conflict,
    /// Based on an older version than the stored one.
    Stale,
    /// More than is taken in at once.
    TooLarge,
    /// Not sent to its end in time.
    TimedOut,
    /// In a form that is not read here.
    UnsupportedMedia,
    /// Understood, and wrong.
    Invalid,
    /// Too often.
    TooMany,
    /// A defect of ours.
    Internal,
    /// Not just now.
    Unavailable,
}

/// The one table of error codes: code | kind | title.
macro_rules! codes {
    ($($name:ident = $code:literal | $kind:ident | $title:literal)+) => {
        /// A stable code that programs can branch on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the title says it")]
        pub enum Code { $($name),+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The kind of failure.
            pub const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind),+ }
            }

            /// The same for a person, never changing for one code.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

codes! {
    MalformedBody         = "malformed_body"           | Malformed        | "The body could not be read"
    MalformedRequest      = "malformed_request"        | Malformed        | "The request could not be read"
    InvalidCursor         = "invalid_cursor"           | Malformed        | "The cursor is not one of ours"
    InvalidGrant          = "invalid_grant"            | Unauthenticated  | "The credentials were not accepted"
    Unauthenticated       = "unauthenticated"          | Unauthenticated  | "A valid access token is needed"
    PermissionDenied      = "permission_denied"        | Forbidden        | "The caller lacks the permission"
    NotFound              = "not_found"                | NotFound         | "There is no such resource"
    MethodNotAllowed      = "method_not_allowed"       | MethodNotAllowed | "The resource does not know this method"
    Conflict              = "conflict"                 | Conflict         | "The request is at odds with what is stored"
    AlreadyTaken          = "already_taken"            | Conflict         | "Another resource has this value already"
    InvalidTransition     = "invalid_transition"       | Conflict         | "The resource can not take this step from where it stands"
    AlreadyAnswered       = "already_answered"         | Conflict         | "What is asked has been answered already"
    InsufficientPoints    = "insufficient_points"      | Conflict         | "The customer has fewer points than that"
    CouponNotValid        = "coupon_not_valid"         | Conflict         | "The coupon is not valid now"
    CouponUsedUp          = "coupon_used_up"           | Conflict         | "The coupon has been used as often as it can be"
    CouponNotApplicable   = "coupon_not_applicable"    | Conflict         | "The coupon is not for this order"
    AlreadyReferred       = "already_referred"         | Conflict         | "The customer was brought by somebody already"
    NotANewCustomer       = "not_a_new_customer"       | Conflict         | "The customer has bought something already"
    ReferralRing          = "referral_ring"            | Conflict         | "Who is brought has brought who brings them"
    SameHousehold         = "same_household"           | Conflict         | "Both customers are of one household"
    StillReferenced       = "still_referenced"         | Conflict         | "Other resources still refer to this one"
    IdempotencyInProgress = "idempotency_in_progress"  | Conflict         | "A request with this key is still running"
    StaleVersion          = "stale_version"            | Stale            | "The resource has changed since it was read"
    BodyTooLarge          = "body_too_large"           | TooLarge         | "The body is larger than is taken"
    RequestTimeout        = "request_timeout"          | TimedOut         | "The request did not arrive in time"
    UnsupportedMediaType  = "unsupported_media_type"   | UnsupportedMedia | "The body's content type is not read here"
    Invalid               = "invalid"                  | Invalid          | "The request is not valid"
    AmountOverflow        = "amount_overflow"          | Invalid          | "The amounts are larger than can be held"
    UnsupportedCurrency   = "unsupported_currency"     | Invalid          | "The currency is not the shop's"
    IdempotencyKeyReused  = "idempotency_key_reused"   | Invalid          | "The key was used for another request"
    InvalidReferralCode   = "invalid_referral_code"    | Invalid          | "The code to share is mistyped"
    SelfReferral          = "self_referral"            | Invalid          | "Nobody brings themselves"
    InvalidCouponCode     = "invalid_coupon_code"      | Invalid          | "The coupon code is mistyped"
    UnknownReference      = "unknown_reference"        | Invalid          | "The request refers to something that is not there"
    RateLimited           = "rate_limited"             | TooMany          | "Too many requests"
    LoginLocked           = "login_locked"             | TooMany          | "Too many failed logins"
    Internal              = "internal"                 | Internal         | "Something went wrong on our side"
    Unavailable           = "unavailable"              | Unavailable      | "The service can not answer just now"
}

/// Why a use case failed. A 5xx tells the caller nothing of the inside; its source is for the log.
#[derive(Debug)]
pub struct Error {
    code: Code,
    detail: Cow<'static, str>,
    fields: Vec<FieldError>,
    retry_after_seconds: Option<u64>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure with its code, told for a person in `detail`.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), fields: Vec::new(), retry_after_seconds: None, source: None }
    }

    /// There is no such `what`.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}."))
    }

    /// The resource is at `version` by now.
    pub fn stale(version: i64) -> Self {
        Self::new(Code::StaleVersion, format!("The resource is at version {version}: read it again, then decide."))
    }

    /// Faults in what was sent.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let detail = match fields.as_slice() {
            [only] if only.pointer.is_empty() => only.message.clone(),
            [only] => format!("{}: {}", only.pointer, only.message),
            several => format!("{} fields are not valid.", several.len()),
        };
        Self { fields, ..Self::new(Code::Invalid, detail) }
    }

    /// One fault in what was sent.
    pub fn invalid_field(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, code, message)])
    }

    /// The same failure with the field that caused it.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        let fault = FieldError::new(pointer, self.code.as_str(), self.detail.clone());
        self.fields.push(fault);
        self
    }

    /// The same failure at the first of its places only.
    #[must_use]
    pub fn at_first(mut self) -> Self {
        self.fields.truncate(1);
        self
    }

    /// One failure at every place that has it, or none.
    ///
    /// # Errors
    /// The failure, where there is a place.
    pub fn all_at(code: Code, detail: &'static str, pointers: impl IntoIterator<Item = String>) -> Result<(), Self> {
        let mut pointers = pointers.into_iter().peekable();
        if pointers.peek().is_none() {
            return Ok(());
        }
        Err(pointers.fold(Self::new(code, detail), Self::at))
    }

    /// The same failure of something that is itself at `base` in what was sent.
    #[must_use]
    pub fn below(self, base: &str) -> Self {
        let fields: Vec<FieldError> = self.fields.into_iter().map(|fault| fault.under(base)).collect();
        let detail = match fields.as_slice() {
            [only] if self.code == Code::Invalid => format!("{}: {}", only.pointer, only.message).into(),
            _ => self.detail,
        };
        Self { fields, detail, ..self }
    }

    /// The same failure with the time after which another try makes sense.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// A defect of ours, with its cause for the log.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..Self::new(Code::Internal, "The fault is logged under the request's id.") }
    }

    /// Whether the transaction gave way to another one and would do what it was to do if it began again.
    pub fn is_deadlock(&self) -> bool {
        matches!(self.source.as_ref().and_then(|source| source.downcast_ref()), Some(DbError::Deadlock(_)))
    }

    /// The stable code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What happened, for a person.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The fields at fault.
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }

    /// Seconds after which another try makes sense.
    pub const fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_seconds
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl From<DbError> for Error {
    /// What the services did not foresee: a race lost at a constraint is a conflict, the rest is not the caller's fault.
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Unique(_) => Self::new(Code::Conflict, "Another request has just stored the same thing."),
            DbError::Foreign(_) => Self::new(Code::Conflict, "Something that the request refers to has just changed."),
            DbError::Busy(_) | DbError::Deadlock(_) => {
                Self { source: Some(error.into()), ..Self::new(Code::Unavailable, "The database is busy.").retry_after(1) }
            }
            DbError::Unavailable(_) => {
                Self { source: Some(error.into()), ..Self::new(Code::Unavailable, "The database can not be reached.").retry_after(2) }
            }
            DbError::Check(_) | DbError::Other(_) => Self::internal(error),
        }
    }
}
