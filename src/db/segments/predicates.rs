//! The leaves of a plan: each one a test that is true or false.

use std::borrow::Cow;

use super::{Dialect, Piece, Pieces, Unknown, Writer, marketing};
use crate::domain::{
    TextEnum,
    customers::search_terms::tag_term,
    segments::{
        NumberTest, SetTest, Span, WordTest,
        plan::{Accepts, AttributeForm, Column, Node, Predicate, Probe, Shown, Source},
    },
};

/// In which column of an explanation a value is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Nothing,
    Number,
    Text,
    Instant,
    Date,
}

/// The columns of an explanation's values, each with what stands there when the value is none of its kind.
pub(super) const SEEN_COLUMNS: [(Seen, &str); 4] = [
    (Seen::Number, "CAST(NULL AS bigint)"),
    (Seen::Text, "CAST(NULL AS text)"),
    (Seen::Instant, "CAST(NULL AS timestamptz)"),
    (Seen::Date, "CAST(NULL AS date)"),
];

const fn column(column: Column) -> &'static str {
    match column {
        Column::Kind => "customers.kind",
        Column::Lifecycle => "customers.lifecycle",
        Column::Gender => "customers.gender",
        Column::BirthDate => "customers.birth_date",
        Column::Locale => "customers.locale",
        Column::AcquisitionChannel => "customers.acquisition_channel",
        Column::CreatedAt => "customers.created_at",
        Column::HasEmail => "(customers.email IS NOT NULL)",
        Column::HasPhone => "(customers.phone IS NOT NULL)",
        Column::ProfilingOptOut => "customers.profiling_opt_out",
        Column::HasCard => "(cards.number IS NOT NULL)",
        Column::CardKind => "cards.kind",
        Column::Tier => "COALESCE(scores.tier, 'prospect')",
        Column::Score => "scores.score",
        Column::Rank => "scores.rank",
        Column::RecencyBand => "scores.recency_band",
        Column::FrequencyBand => "scores.frequency_band",
        Column::MonetaryBand => "scores.monetary_band",
        Column::ProductType => "scores.product_type",
        Column::ProductUser => "scores.product_user",
        Column::LastRating => "customers.last_rating",
        Column::OpenComplaints => "customers.open_complaints",
        Column::LastNps => "customers.last_nps",
        Column::Points => "COALESCE(point_accounts.balance, 0)",
    }
}

/// What is added up of a source stands in a sub-select of this name.
pub(super) const fn alias(source: Source) -> &'static str {
    match source {
        Source::Orders => "of_orders",
        Source::Lines => "of_lines",
        Source::Feedback => "of_feedback",
    }
}

impl Writer<'_> {
    pub(super) fn predicate(&self, out: &mut Pieces, predicate: &Predicate, unknown: Unknown) {
        match predicate {
            Predicate::Value { probe, accepts, .. } => self.accepted(out, probe, accepts, unknown),
            Predicate::Tags(SetTest::Any(tags)) => self.has_tag(out, tags),
            Predicate::Tags(SetTest::All(tags)) => self.each(out, tags, |out, tag| self.has_tag(out, std::slice::from_ref(tag))),
            Predicate::Interests(SetTest::Any(subtrees) | SetTest::All(subtrees)) => {
                self.each(out, subtrees, |out, subtree| self.has_interest(out, *subtree));
            }
            Predicate::BuysFor(kinds) => {
                out.sql("customers.id IN (SELECT relations.customer_id FROM relations WHERE ");
                self.bounded(out, "relations.customer_id");
                out.sql("relations.kind IN ").list(kinds.iter().map(|kind| kind.as_str().to_owned())).sql(")");
            }
            Predicate::Consent(channel, purpose, status) => {
                out.sql(if status.is_some() { "customers.id IN " } else { "customers.id NOT IN " });
                out.sql("(SELECT consents.customer_id FROM consents WHERE ");
                self.bounded(out, "consents.customer_id");
                out.sql("consents.channel = ").bind(channel.as_str().to_owned());
                out.sql(" AND consents.purpose = ").bind(purpose.as_str().to_owned());
                if let Some(status) = status {
                    out.sql(" AND consents.status = ").bind(status.as_str().to_owned());
                }
                out.sql(")");
            }
            Predicate::Coupons(measure, batches, since) => {
                out.sql("customers.id IN (SELECT ").sql(marketing::holder(*measure));
                self.coupons(out, *measure, batches, *since);
                out.sql(")");
            }
            Predicate::Campaigns(measure, campaigns, span) => {
                out.sql("customers.id IN (SELECT campaign_recipients.customer_id");
                self.campaigns(out, *measure, campaigns, *span);
                out.sql(")");
            }
            Predicate::SurveyAnswered(survey, since) => {
                out.sql("customers.id IN (SELECT survey_responses.customer_id FROM survey_responses WHERE ");
                self.bounded(out, "survey_responses.customer_id");
                out.sql("survey_responses.survey_id = ").bind(*survey);
                if let Some(since) = since {
                    out.sql(" AND survey_responses.created_at >= ").bind(*since);
                }
                out.sql(")");
            }
        }
    }

    fn each<T>(&self, out: &mut Pieces, items: &[T], write: impl Fn(&mut Pieces, &T)) {
        out.sql("(");
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.sql(" AND ");
            }
            write(out, item);
        }
        out.sql(")");
    }

    fn has_tag(&self, out: &mut Pieces, tags: &[String]) {
        out.sql("customers.id IN (SELECT customer_terms.customer_id FROM customer_terms WHERE ");
        self.bounded(out, "customer_terms.customer_id");
        out.sql("customer_terms.term IN ").list(tags.iter().map(|tag| tag_term(tag))).sql(")");
    }

    fn has_interest(&self, out: &mut Pieces, subtree: usize) {
        out.sql(match self.dialect {
            Dialect::Postgres => {
                "EXISTS (SELECT 1 FROM jsonb_array_elements_text(customers.interests) AS interest(value) WHERE CAST(interest.value AS uuid) IN "
            }
            Dialect::Sqlite => {
                "EXISTS (SELECT 1 FROM json_each(customers.interests) AS interest WHERE unhex(replace(interest.value, '-', '')) IN "
            }
        });
        out.sql(format!("(SELECT id FROM subtree{subtree}))"));
    }

    /// Where a value stands; not known is NULL.
    fn value(&self, out: &mut Pieces, probe: &Probe) {
        match probe {
            Probe::Column(which) => {
                out.sql(column(*which));
            }
            Probe::Attribute(name, form) => self.attribute(out, name, *form),
            Probe::Aggregate(source, index) => self.aggregate(out, *source, *index),
            Probe::Average(source, sum, count) => {
                out.sql("(");
                self.aggregate(out, *source, *sum);
                out.sql(format!(" / NULLIF({}.a{count}, 0))", alias(*source)));
            }
        }
    }

    fn attribute(&self, out: &mut Pieces, name: &str, form: AttributeForm) {
        match self.dialect {
            Dialect::Postgres => {
                let text = || name.to_owned();
                let (before, between, after) = match form {
                    AttributeForm::Text => {
                        ("CASE WHEN jsonb_typeof(customers.attributes -> ", ") = 'string' THEN customers.attributes ->> ", " END")
                    }
                    AttributeForm::Number => (
                        "CASE WHEN jsonb_typeof(customers.attributes -> ",
                        ") = 'number' THEN CAST(customers.attributes ->> ",
                        " AS double precision) END",
                    ),
                    AttributeForm::Truth => (
                        "CASE WHEN jsonb_typeof(customers.attributes -> ",
                        ") = 'boolean' THEN CAST(customers.attributes ->> ",
                        " AS boolean) END",
                    ),
                    AttributeForm::Any => (
                        "CASE WHEN jsonb_typeof(customers.attributes -> ",
                        ") <> 'null' THEN CAST(customers.attributes -> ",
                        " AS text) END",
                    ),
                };
                out.sql(before).bind(text()).sql(between).bind(text()).sql(after);
            }
            Dialect::Sqlite => {
                // The name has no quotation marks in it.
                let path = || format!("$.\"{name}\"");
                let (between, after) = match form {
                    AttributeForm::Text => (") = 'text' THEN json_extract(customers.attributes, ", ") END"),
                    AttributeForm::Number => (") IN ('integer', 'real') THEN json_extract(customers.attributes, ", ") END"),
                    AttributeForm::Truth => (") IN ('true', 'false') THEN json_extract(customers.attributes, ", ") END"),
                    AttributeForm::Any => (") <> 'null' THEN CAST(customers.attributes -> (", ") AS text) END"),
                };
                out.sql("CASE WHEN json_type(customers.attributes, ").bind(path()).sql(between).bind(path()).sql(after);
            }
        }
    }

    fn accepted(&self, out: &mut Pieces, probe: &Probe, accepts: &Accepts, unknown: Unknown) {
        match accepts {
            Accepts::Known(known) => {
                out.sql("(");
                self.value(out, probe);
                out.sql(if *known { " IS NOT NULL)" } else { " IS NULL)" });
            }
            Accepts::Words(WordTest::NotIn(words)) => {
                out.sql("NOT ");
                self.accepted(out, probe, &Accepts::Words(WordTest::In(words.clone())), Unknown::MustNotBe);
            }
            _ if unknown == Unknown::IsFalse => {
                out.sql("(");
                self.comparison(out, probe, accepts);
                out.sql(")");
            }
            _ => {
                out.sql("COALESCE(");
                self.comparison(out, probe, accepts);
                out.sql(", FALSE)");
            }
        }
    }

    fn comparison(&self, out: &mut Pieces, probe: &Probe, accepts: &Accepts) {
        match accepts {
            Accepts::Numbers(span) => self.within(out, probe, *span),
            Accepts::Instants(span) => self.within(out, probe, *span),
            Accepts::Dates(span) => self.within(out, probe, *span),
            Accepts::Decimals(test) => {
                let (operator, number) = match *test {
                    NumberTest::Between(low, high) => return self.within(out, probe, Span::between(low, high)),
                    NumberTest::Is(number) => (" = ", number),
                    NumberTest::AtLeast(number) => (" >= ", number),
                    NumberTest::AtMost(number) => (" <= ", number),
                    NumberTest::Above(number) => (" > ", number),
                    NumberTest::Below(number) => (" < ", number),
                };
                self.value(out, probe);
                out.sql(operator).bind(number);
            }
            Accepts::Months(months) => {
                let (before, after) = match self.dialect {
                    Dialect::Postgres => ("CAST(EXTRACT(MONTH FROM ", ") AS bigint) IN "),
                    Dialect::Sqlite => ("CAST(strftime('%m', ", ") AS bigint) IN "),
                };
                out.sql(before);
                self.value(out, probe);
                out.sql(after).list(months.iter().map(|month| i64::from(*month)));
            }
            Accepts::Words(test) => self.words(out, probe, test),
            Accepts::Truth(truth) => {
                out.sql(if *truth { "(" } else { "NOT (" });
                self.value(out, probe);
                out.sql(")");
            }
            Accepts::Known(_) => {
                out.sql("FALSE");
            }
        }
    }

    fn within<T: Copy + Into<Piece>>(&self, out: &mut Pieces, probe: &Probe, span: Span<T>) {
        self.value(out, probe);
        lies_in(out, span);
    }

    /// Comparisons that mind letters' case on both databases.
    fn words(&self, out: &mut Pieces, probe: &Probe, test: &WordTest) {
        match test {
            WordTest::In(words) | WordTest::NotIn(words) => {
                self.value(out, probe);
                out.sql(" IN ").list(words.iter().cloned());
            }
            WordTest::StartsWith(word) => {
                let length = i64::try_from(word.chars().count()).unwrap_or(i64::MAX);
                out.sql("substr(");
                self.value(out, probe);
                out.sql(", 1, CAST(").bind(length).sql(" AS integer)) = ").bind(word.clone());
            }
            WordTest::Contains(word) => {
                out.sql("replace(");
                self.value(out, probe);
                out.sql(", ").bind(word.clone()).sql(", '') <> ");
                self.value(out, probe);
            }
        }
    }

    /// Writes the value that a leaf looks at, and tells in which column it belongs.
    pub(super) fn seen(&self, out: &mut Pieces, leaf: &Node) -> Seen {
        let Node::Leaf(predicate) = leaf else {
            out.sql("NULL");
            return Seen::Nothing;
        };
        let (probe, shown) = match predicate {
            Predicate::Value { probe, shown, .. } => (probe, *shown),
            Predicate::Tags(_) => return as_text(out, "customers.tags"),
            Predicate::Interests(_) => return as_text(out, "customers.interests"),
            Predicate::BuysFor(kinds) => {
                out.sql("(SELECT COUNT(*) FROM relations WHERE relations.customer_id = customers.id AND relations.kind IN ");
                out.list(kinds.iter().map(|kind| kind.as_str().to_owned())).sql(")");
                return Seen::Number;
            }
            Predicate::Consent(channel, purpose, _) => {
                out.sql("(SELECT consents.status FROM consents WHERE consents.customer_id = customers.id AND consents.channel = ");
                out.bind(channel.as_str().to_owned()).sql(" AND consents.purpose = ").bind(purpose.as_str().to_owned()).sql(")");
                return Seen::Text;
            }
            Predicate::Coupons(measure, batches, since) => {
                out.sql("(SELECT COUNT(*)");
                self.coupons(out, *measure, batches, *since);
                out.sql(" AND ").sql(marketing::holder(*measure)).sql(" = customers.id)");
                return Seen::Number;
            }
            Predicate::Campaigns(measure, campaigns, span) => {
                out.sql("(SELECT COUNT(*)");
                self.campaigns(out, *measure, campaigns, *span);
                out.sql(" AND campaign_recipients.customer_id = customers.id)");
                return Seen::Number;
            }
            Predicate::SurveyAnswered(survey, _) => {
                out.sql(
                    "(SELECT MAX(survey_responses.created_at) FROM survey_responses WHERE survey_responses.customer_id = customers.id ",
                );
                out.sql("AND survey_responses.survey_id = ").bind(*survey).sql(")");
                return Seen::Instant;
            }
        };
        match shown {
            Shown::Truth => {
                out.sql("CAST(CASE WHEN ");
                self.value(out, probe);
                out.sql(" THEN 1 ELSE 0 END AS bigint)");
                Seen::Number
            }
            Shown::Number | Shown::Points | Shown::Band(_) | Shown::Percentile => {
                out.sql("CAST(");
                self.value(out, probe);
                out.sql(" AS bigint)");
                Seen::Number
            }
            Shown::Text => {
                self.value(out, probe);
                Seen::Text
            }
            Shown::Json => {
                if let Probe::Attribute(name, _) = probe {
                    self.attribute(out, name, AttributeForm::Any);
                }
                Seen::Text
            }
            Shown::Instant => {
                self.value(out, probe);
                Seen::Instant
            }
            Shown::Date | Shown::Age | Shown::Month => {
                self.value(out, probe);
                Seen::Date
            }
        }
    }
}

/// What was written last lies in `span`, and is known.
pub(super) fn lies_in<T: Copy + Into<Piece>>(out: &mut Pieces, span: Span<T>) {
    match (span.low, span.high) {
        (Some(low), Some(high)) => out.sql(" BETWEEN ").bind(low).sql(" AND ").bind(high),
        (Some(low), None) => out.sql(" >= ").bind(low),
        (None, Some(high)) => out.sql(" <= ").bind(high),
        (None, None) => out.sql(" IS NOT NULL"),
    };
}

fn as_text(out: &mut Pieces, column: &'static str) -> Seen {
    out.sql(Cow::from(format!("CAST({column} AS text)")));
    Seen::Text
}
