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

/// Declares an enumeration with its written forms; serde, utoipa and [`TextEnum`] all read the same table. What its documentation says stands in the spec.
macro_rules! text_enum {
    (@doc doc = $line:literal) => { $line };
    (@doc $($other:tt)*) => { "" };
    ($(#[$($meta:tt)+])* $name:ident { $($(#[$($variant_meta:tt)+])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$($meta)+])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub enum $name { $($(#[$($variant_meta)+])* #[serde(rename = $text)] $variant),+ }

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
                const ABOUT: &[&str] = &[$(text_enum!(@doc $($meta)+)),*];
                const FORMS: &[(&str, &[&str])] = &[$(($text, &[$(text_enum!(@doc $($variant_meta)+)),*])),+];
                $crate::domain::text_enum::schema(ABOUT, FORMS)
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

/// The spec's schema of an enumeration, from the lines of its documentation and, for each written form, of its own.
pub(crate) fn schema(about: &[&str], forms: &[(&str, &[&str])]) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    let joined = |lines: &[&str]| lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let told = forms.iter().map(|(form, lines)| (form, joined(lines))).filter(|(_, words)| !words.is_empty());
    let list: String = told.map(|(form, words)| format!("\n- `{form}`: {words}")).collect();
    let description = format!("{}{}{list}", joined(about), if list.is_empty() { "" } else { "\n" });
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(forms.iter().map(|(form, _)| *form)))
        .description(Some(description).filter(|words| !words.is_empty()))
        .into()
}
