//! One SQL type per logical column type, native on each database, and the domain's types as their values.
//!
//! `uuid` is a 16-byte blob, `timestamptz` an integer of microseconds since 1970 and `jsonb` a text on SQLite.

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, SqlOrd, SqlType},
    sqlite::{Sqlite, SqliteValue},
};

pub use diesel::sql_types::{Binary as Bytea, Bool, Date, Int4, Int8, Nullable, Text};

use serde::{Serialize, de::DeserializeOwned};

use crate::domain::{TextEnum, ids::Id, instants::Instant};

/// `uuid`, or a blob of 16 bytes.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct Uuid;

/// `timestamptz`, or an integer of microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Long"))]
pub struct Timestamptz;

impl SqlOrd for Uuid {}
impl SqlOrd for Timestamptz {}
// diesel's table! gives every column of this name arithmetic; it is never used, but must have a type.
impl diesel::sql_types::ops::Add for Timestamptz {
    type Rhs = BigInt;
    type Output = Self;
}
impl diesel::sql_types::ops::Sub for Timestamptz {
    type Rhs = BigInt;
    type Output = Self;
}

#[derive(AsExpression, FromSqlRow)]
#[diesel(foreign_derive, sql_type = Uuid)]
#[allow(dead_code, reason = "only carries the derives")]
struct IdColumn<T: 'static>(Id<T>);

impl<T: 'static> ToSql<Uuid, Pg> for Id<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.uuid().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<T: 'static> ToSql<Uuid, Sqlite> for Id<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl<T: 'static> FromSql<Uuid, Pg> for Id<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(uuid::Uuid::from_slice(value.as_bytes())?.into())
    }
}

impl<T: 'static> FromSql<Uuid, Sqlite> for Id<T> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(uuid::Uuid::from_slice(value.read_blob())?.into())
    }
}

#[derive(AsExpression, FromSqlRow)]
#[diesel(foreign_derive, sql_type = Timestamptz)]
#[allow(dead_code, reason = "only carries the derives")]
struct InstantColumn(Instant);

impl ToSql<Timestamptz, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<diesel::sql_types::Timestamptz, Pg>::to_sql(&self.utc(), &mut out.reborrow())
    }
}

impl ToSql<Timestamptz, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamptz, Pg> for Instant {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let at: chrono::DateTime<chrono::Utc> = FromSql::<diesel::sql_types::Timestamptz, Pg>::from_sql(value)?;
        Ok(Self::new(at)?)
    }
}

impl FromSql<Timestamptz, Sqlite> for Instant {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self::from_micros(<i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?)?)
    }
}

/// `jsonb`, or its text.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
pub struct Jsonb;

/// A value kept as JSON, read and written without a tree between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
pub struct Json<T: std::fmt::Debug>(pub T);

impl<T: Serialize + std::fmt::Debug> ToSql<Jsonb, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The binary form of jsonb is a version byte and the text.
        std::io::Write::write_all(out, &[1])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: Serialize + std::fmt::Debug> ToSql<Jsonb, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned + std::fmt::Debug> FromSql<Jsonb, Pg> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes().split_first() {
            Some((1, text)) => Ok(Self(serde_json::from_slice(text)?)),
            _ => Err("jsonb of an unknown version".into()),
        }
    }
}

impl<T: DeserializeOwned + std::fmt::Debug> FromSql<Jsonb, Sqlite> for Json<T> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(value.read_text())?))
    }
}

/// Makes values with one written form storable as that text.
macro_rules! text_columns {
    ($($column:ident => $name:ty),+ $(,)?) => { $(
        #[derive(AsExpression, FromSqlRow)]
        #[diesel(foreign_derive, sql_type = Text)]
        #[allow(dead_code, reason = "only carries the derives")]
        struct $column($name);

        impl ToSql<Text, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                std::io::Write::write_all(out, self.as_str().as_bytes())?;
                Ok(IsNull::No)
            }
        }

        impl ToSql<Text, Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.as_str());
                Ok(IsNull::No)
            }
        }

        impl FromSql<Text, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(<$name>::parse(std::str::from_utf8(value.as_bytes())?)?)
            }
        }

        impl FromSql<Text, Sqlite> for $name {
            fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
                Ok(<$name>::parse(value.read_text())?)
            }
        }
    )+ };
}

text_columns! {
    AccountStatusColumn => crate::domain::accounts::AccountStatus,
    ValueClassColumn => crate::domain::catalogue::ValueClass,
    ProductUserColumn => crate::domain::catalogue::ProductUser,
    ProductStatusColumn => crate::domain::catalogue::ProductStatus,
    CouponBatchStatusColumn => crate::domain::coupons::BatchStatus,
    CouponKindColumn => crate::domain::coupons::CouponKind,
    ReferralStatusColumn => crate::domain::referrals::ReferralStatus,
    RedemptionStatusColumn => crate::domain::coupons::RedemptionStatus,
    CustomerKindColumn => crate::domain::customers::CustomerKind,
    LifecycleColumn => crate::domain::customers::Lifecycle,
    GenderColumn => crate::domain::customers::Gender,
    CardKindColumn => crate::domain::customers::CardKind,
    CardStatusColumn => crate::domain::customers::CardStatus,
    RelationKindColumn => crate::domain::customers::RelationKind,
    OrderTypeColumn => crate::domain::orders::OrderType,
    OrderChannelColumn => crate::domain::orders::OrderChannel,
    OrderStatusColumn => crate::domain::orders::OrderStatus,
    OrderEventKindColumn => crate::domain::orders::OrderEventKind,
    FeedbackTypeColumn => crate::domain::feedback::FeedbackType,
    FeedbackChannelColumn => crate::domain::feedback::FeedbackChannel,
    FeedbackPriorityColumn => crate::domain::feedback::FeedbackPriority,
    FeedbackStatusColumn => crate::domain::feedback::FeedbackStatus,
    FeedbackEventKindColumn => crate::domain::feedback::FeedbackEventKind,
    ClockStateColumn => crate::domain::feedback::ClockState,
    OutcomeColumn => crate::domain::feedback::Outcome,
    RoleColumn => crate::domain::permissions::Role,
    ActorKindColumn => crate::domain::permissions::ActorKind,
    CurrencyColumn => crate::domain::money::Currency,
    CustomerEventKindColumn => crate::domain::customer_events::CustomerEventKind,
    PointKindColumn => crate::domain::points::PointKind,
    PointStatusColumn => crate::domain::points::PointStatus,
    PointSourceColumn => crate::domain::points::PointSource,
    PurchaseNeedColumn => crate::domain::orders::PurchaseNeed,
    ImportKindColumn => crate::domain::imports::ImportKind,
    JobKindColumn => crate::domain::jobs::JobKind,
    JobStatusColumn => crate::domain::jobs::JobStatus,
    MessageKindColumn => crate::domain::messages::MessageKind,
    MessageChannelColumn => crate::domain::messages::MessageChannel,
    MessageStatusColumn => crate::domain::messages::MessageStatus,
    CampaignStatusColumn => crate::domain::campaigns::CampaignStatus,
    RecipientStatusColumn => crate::domain::campaigns::RecipientStatus,
    LeftOutReasonColumn => crate::domain::campaigns::LeftOutReason,
    ContactOutcomeColumn => crate::domain::campaigns::ContactOutcome,
    ContactChannelColumn => crate::domain::consents::ContactChannel,
    ContactPurposeColumn => crate::domain::consents::ContactPurpose,
    ConsentStatusColumn => crate::domain::consents::ConsentStatus,
    ConsentSourceColumn => crate::domain::consents::ConsentSource,
    SuppressibleChannelColumn => crate::domain::suppressions::SuppressibleChannel,
    SuppressionReasonColumn => crate::domain::suppressions::SuppressionReason,
    SurveyStatusColumn => crate::domain::surveys::SurveyStatus,
    ResponseChannelColumn => crate::domain::surveys::ResponseChannel,
    TierColumn => crate::domain::value_score::Tier,
}
