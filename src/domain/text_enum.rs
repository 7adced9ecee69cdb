//! Enumerations that are one lower-case word everywhere: in JSON, in query parameters, in the database and in the spec.

/// An enumeration whose every value has exactly one written form.
pub trait TextEnum: Sized + Copy + 'static {
    /// Every value, in the order of declaration.
    const ALL: &'static [Self];
    /// The written form, the same on every surface.
    fn as_str(self) -> &'static str;
    /// The value written as `text`.
    ///
    /// # Errors
    /// [`UnknownText`] when `text` is the form of no value; matching is exact.
    fn parse(text: &str) -> Result<Self, UnknownText>;
}

/// A word that is none of an enumeration's forms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of: {allowed}")]
pub struct UnknownText {
    /// The forms that would have been accepted, joined by `, `.
    pub allowed: String,
}

/// Declares an enumeration with its written forms; serde, utoipa and [`TextEnum`] all read the same table.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $text)] $variant),+ }

        impl $crate::domain::TextEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            fn parse(text: &str) -> Result<Self, $crate::domain::UnknownText> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::domain::UnknownText { allowed: [$($text),+].join(", ") }),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::domain::text_enum::Form(std::marker::PhantomData))
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::domain::text_enum::schema(&[$($text),+])
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::domain::TextEnum::as_str(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::UnknownText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::domain::TextEnum::parse(text)
            }
        }
    };
}

/// Reads a form. serde's own enumerations take what is no text at all (null, a number) for broken JSON instead of a wrong value.
pub(crate) struct Form<T>(pub std::marker::PhantomData<T>);

impl<T: TextEnum> serde::de::Visitor<'_> for Form<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        T::parse(text).map_err(E::custom)
    }
}

/// The spec's schema of an enumeration.
pub(crate) fn schema(forms: &[&str]) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(forms.iter().copied())).into()
}
