//! Money: currencies and the number of decimals their amounts have.

use std::{borrow::Cow, fmt, str::FromStr};

use utoipa::openapi::{
    RefOr,
    schema::{ObjectBuilder, Schema, Type},
};

/// A currency in use, by its ISO 4217 code. Amounts are integers in its minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    exponent: u32,
}

/// A text that is no active ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an active ISO 4217 currency code in capitals, such as CNY")]
pub struct UnknownCurrency;

/// The active codes of ISO 4217 (list one of 2026) that name a minor unit, by the number of its decimals.
/// Metals, bond-market units and test codes have none and are left out.
const ACTIVE_CODES: [(u32, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY \
         COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
         INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR \
         MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP \
         STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

impl Currency {
    /// The currency written as `text`: three capitals.
    ///
    /// # Errors
    /// [`UnknownCurrency`] when `text` is no active code.
    pub fn parse(text: &str) -> Result<Self, UnknownCurrency> {
        let found = ACTIVE_CODES.iter().find_map(|&(exponent, codes)| {
            let code = codes.split(' ').find(|&code| code == text)?;
            Some(Self { code, exponent })
        });
        found.ok_or(UnknownCurrency)
    }

    /// The three capitals.
    pub const fn as_str(self) -> &'static str {
        self.code
    }

    /// The number of decimals of an amount in major units: one major unit is `10^exponent` minor units.
    pub const fn exponent(self) -> u32 {
        self.exponent
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("ISO 4217 currency code"))
            .pattern(Some("^[A-Z]{3}$"))
            .examples([serde_json::json!("CNY")])
            .into()
    }
}

impl utoipa::ToSchema for Currency {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_decimals_of_each_currency() {
        for (code, exponent) in [("CNY", 2), ("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)] {
            assert_eq!(Currency::parse(code).map(Currency::exponent), Ok(exponent), "{code}");
        }
    }

    #[test]
    fn refuses_what_is_no_active_code() {
        for text in ["", "cny", "Cny", "CN", "CNYY", "XXX", "XAU", "DEM", "CNY ", "AED AFN", "USD EUR"] {
            assert_eq!(Currency::parse(text), Err(UnknownCurrency), "{text:?}");
        }
    }

    #[test]
    fn lists_each_code_once_as_three_capitals() {
        let mut codes: Vec<&str> = ACTIVE_CODES.iter().flat_map(|(_, codes)| codes.split(' ')).collect();
        assert!(codes.iter().all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
        let listed = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), listed);
    }

    #[test]
    fn is_a_string_in_json_and_in_the_spec() {
        let currency: Currency = serde_json::from_str("\"CNY\"").unwrap();
        assert_eq!(serde_json::to_string(&currency).unwrap(), "\"CNY\"");
        assert!(serde_json::from_str::<Currency>("\"cny\"").is_err());
        let schema = serde_json::to_value(<Currency as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!((schema["type"].as_str(), schema["pattern"].as_str()), (Some("string"), Some("^[A-Z]{3}$")));
    }
}
