//! What customers think of the shop: answers to a survey, and feedback with what was done about it.

use serde_json::{Map, Value, json};

use super::{
    DemoShop,
    random::{Random, Stream},
    seasons::DAYS,
};
use crate::domain::{
    feedback::{FeedbackChannel, FeedbackType},
    instants::Instant,
    orders::OrderType,
    surveys::{Question, QuestionKind, ResponseChannel, SurveyDraft},
    value_score::BasisPoints,
};

/// The first customers of the shop, who are asked; few enough for the loading not to take longer with the size of the shop.
const ASKED: u32 = 400;
/// Days before the end of the two years at which the survey is opened.
const SURVEY_DAYS: i32 = 30;
/// Days from whose orders feedback comes.
const FEEDBACK_DAYS: i32 = 45;

/// What a customer answers.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoAnswers {
    /// The index of the customer.
    pub customer: u32,
    pub channel: ResponseChannel,
    pub answered_at: Instant,
    /// By the keys of the survey's questions.
    pub answers: Map<String, Value>,
}

/// What a customer says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoFeedback {
    /// The index of the customer.
    pub customer: u32,
    /// The reference of the order, whose first line it is about.
    pub order: String,
    pub feedback_type: FeedbackType,
    pub channel: FeedbackChannel,
    pub said_at: Instant,
    pub subject: &'static str,
    pub body: &'static str,
    /// Of a review.
    pub rating: Option<i32>,
    /// What was done about it, if anything was done yet.
    pub resolution: Option<DemoResolution>,
}

/// What was done about feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoResolution {
    pub started_at: Instant,
    pub resolved_at: Instant,
    pub words: &'static str,
    /// What the customer says to that, if anything: whether it helped, and when.
    pub helped: Option<(bool, Instant)>,
}

/// When the survey is opened.
pub fn survey_opened_at(shop: &DemoShop) -> Instant {
    shop.calendar.at(DAYS - SURVEY_DAYS, 9 * 3_600)
}

/// The survey that the shop asks.
pub fn survey() -> SurveyDraft {
    let question = |key: &str, kind: QuestionKind, text: &str, weight: i64, low_up_to: Option<u8>| Question {
        key: key.to_owned(),
        kind,
        text: text.to_owned(),
        weight: BasisPoints::new(weight).unwrap_or(BasisPoints::MAX),
        is_required: false,
        options: Vec::new(),
        low_up_to,
    };
    SurveyDraft {
        title: "您的购书体验 · Your visit to the book city".to_owned(),
        introduction: Some("六个问题，两分钟。 Six questions, two minutes.".to_owned()),
        series: Some("visit".to_owned()),
        has_open_link: true,
        questions: vec![
            question("staff", QuestionKind::Csat, "您对店员的服务满意吗？ How satisfied are you with our staff?", 5_000, Some(1)),
            question("recommend", QuestionKind::Nps, "您会向朋友推荐我们吗？ Would you recommend us to a friend?", 5_000, Some(2)),
            question("prices", QuestionKind::ImportanceAndSatisfaction, "价格 Our prices", 2_500, None),
            question("choice", QuestionKind::ImportanceAndSatisfaction, "图书品种 Our choice of books", 2_500, None),
            question("parking", QuestionKind::ImportanceAndSatisfaction, "停车 Parking", 1_000, None),
            question("words", QuestionKind::Text, "您还想告诉我们什么？ Anything else?", 0, None),
        ],
    }
}

/// What the customers answer, earliest first.
pub fn answers(shop: &DemoShop) -> Vec<DemoAnswers> {
    let asked = shop.customers.min(ASKED);
    let mut all: Vec<DemoAnswers> = (0..asked).filter_map(|index| answers_of(shop, index)).collect();
    all.sort_by_key(|answers| (answers.answered_at, answers.customer));
    all
}

fn answers_of(shop: &DemoShop, customer: u32) -> Option<DemoAnswers> {
    let random = &mut Random::of(shop.seed, Stream::Opinions, customer);
    if !random.chance(45) {
        return None;
    }
    let day = shop.calendar.pick_day(random, DAYS - SURVEY_DAYS + 1, DAYS);
    let answered_at = shop.calendar.pick_time(random, day, true);
    let channel = match random.weighted(&[50, 25, 25]) {
        0 => ResponseChannel::Email,
        1 => ResponseChannel::Mobile,
        _ => ResponseChannel::InStore,
    };
    let rating = |random: &mut Random, weights: &[u32]| random.weighted(weights) + 1;
    let double = |random: &mut Random, importance: &[u32], satisfaction: &[u32]| {
        let importance = random.weighted(importance) + 1;
        json!({"importance": importance, "satisfaction": random.weighted(satisfaction) + 1})
    };
    let mut answers = Map::new();
    answers.insert("staff".to_owned(), json!(rating(random, &[2, 5, 15, 43, 35])));
    answers.insert("recommend".to_owned(), json!(random.weighted(&[1, 1, 2, 2, 3, 6, 7, 14, 20, 22, 22])));
    answers.insert("prices".to_owned(), double(random, &[1, 3, 12, 34, 50], &[8, 18, 36, 26, 12]));
    answers.insert("choice".to_owned(), double(random, &[1, 2, 9, 33, 55], &[1, 3, 12, 40, 44]));
    answers.insert("parking".to_owned(), double(random, &[22, 25, 28, 15, 10], &[10, 22, 34, 22, 12]));
    if random.chance(20) {
        answers.insert("words".to_owned(), json!(random.pick(WORDS)));
    }
    Some(DemoAnswers { customer, channel, answered_at, answers })
}

const WORDS: &[&str] = &[
    "儿童区的座位太少了。",
    "Please open earlier on Sundays.",
    "店员帮我找到了绝版书，非常感谢！",
    "收银台排队太久。",
    "The music floor is wonderful.",
    "希望有更多外文书。",
    "线上下单，门店取书，很方便。",
];

/// What the customers say of their orders, earliest first.
pub fn feedback(shop: &DemoShop) -> Vec<DemoFeedback> {
    let asked = shop.customers.min(ASKED);
    let mut all: Vec<DemoFeedback> = (0..asked).filter_map(|index| feedback_of(shop, index)).collect();
    all.sort_by_key(|feedback| (feedback.said_at, feedback.customer));
    all
}

/// Subject, body, what was done.
type Matter = (&'static str, &'static str, &'static str);

const COMPLAINTS: &[Matter] = &[
    ("书页缺失", "第113页到第114页缺失，请给我换一本。", "已寄出新书，缺页的那本您可以留着。"),
    ("Damaged parcel", "The parcel arrived open and the cover is torn.", "We have sent you another copy; keep the first one."),
    ("排队太久", "周六在三楼收银台等了四十分钟。", "周末三楼加开两个收银台。"),
    ("Wrong edition", "I ordered the paperback and got the hardcover.", "We have paid the difference back."),
];
const INQUIRIES: &[Matter] = &[
    ("发票", "可以补开发票吗？", "发票已发到您的邮箱。"),
    ("When will it arrive?", "My order has been on its way for five days.", "It was delivered this morning; the carrier was late."),
];
const SUGGESTIONS: &[Matter] = &[("儿童区", "希望儿童区多放几把椅子。", "谢谢建议，下月增加二十个座位。")];
const PRAISE: &[Matter] = &[("谢谢店员", "五楼的店员帮我找到了一本绝版书，太感谢了！", "已转告同事，谢谢您！")];
const RETURNS: &[Matter] =
    &[("Return", "It is a present that they have already. May I return it?", "Yes, bring it to any till within 30 days.")];
const REVIEWS: &[Matter] = &[
    ("好书", "译文流畅，印刷精美，值得收藏。", "谢谢您的评论。"),
    ("A fine edition", "Good paper, and the notes are helpful.", "Thank you for your review."),
    ("一般", "内容不错，纸张太薄。", "谢谢您的评论。"),
];

fn feedback_of(shop: &DemoShop, customer: u32) -> Option<DemoFeedback> {
    let random = &mut Random::of(shop.seed, Stream::Feedback, customer);
    let from = shop.calendar.start_of(DAYS - FEEDBACK_DAYS);
    let orders = shop.orders_of(&shop.customer(customer));
    let order = orders.iter().rev().find(|order| order.order_type == OrderType::Sale).filter(|order| order.placed_at >= from)?;
    if !random.chance(40) {
        return None;
    }
    let (feedback_type, matters) = match random.weighted(&[30, 15, 8, 10, 7, 30]) {
        0 => (FeedbackType::Complaint, COMPLAINTS),
        1 => (FeedbackType::Inquiry, INQUIRIES),
        2 => (FeedbackType::Suggestion, SUGGESTIONS),
        3 => (FeedbackType::Praise, PRAISE),
        4 => (FeedbackType::ReturnRequest, RETURNS),
        _ => (FeedbackType::Review, REVIEWS),
    };
    let (subject, body, words) = random.pick(matters);
    let rating = (feedback_type == FeedbackType::Review).then(|| random.between(2, 5)).and_then(|rating| i32::try_from(rating).ok());
    let hours =
        |at: Instant, hours: u32| at.checked_add(chrono::TimeDelta::hours(hours.into())).filter(|at| *at < shop.calendar.start_of(DAYS));
    let said_at = hours(order.placed_at, random.between(1, 60))?;
    let resolution = hours(said_at, random.between(1, 30)).filter(|_| random.chance(80)).and_then(|started_at| {
        let resolved_at = hours(started_at, random.between(1, 60))?;
        let helped = hours(resolved_at, random.between(2, 48)).filter(|_| random.chance(60)).map(|at| (random.chance(85), at));
        Some(DemoResolution { started_at, resolved_at, words, helped })
    });
    let channel = match random.weighted(&[30, 20, 20, 15, 15]) {
        0 => FeedbackChannel::Web,
        1 => FeedbackChannel::Mobile,
        2 => FeedbackChannel::Phone,
        3 => FeedbackChannel::Email,
        _ => FeedbackChannel::InStore,
    };
    Some(DemoFeedback { customer, order: order.reference.clone(), feedback_type, channel, said_at, subject, body, rating, resolution })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::surveys::answers::check;

    #[test]
    fn what_is_answered_fits_what_was_asked() {
        let shop = DemoShop::new(42, 300, "2026-06-30T00:00:00Z".parse().unwrap());
        let draft = survey();
        assert!(validator::Validate::validate(&draft).is_ok());
        let answers = answers(&shop);
        assert!((90..180).contains(&answers.len()), "{}", answers.len());
        for given in &answers {
            assert!(check(&draft.questions, &given.answers).is_ok(), "{given:?}");
            assert!(given.answered_at > survey_opened_at(&shop));
        }
        assert_eq!(answers, super::answers(&shop));
        let words = answers.iter().filter_map(|given| given.answers.get("words")).count();
        assert!(words > 5);
    }

    #[test]
    fn feedback_follows_its_order_and_ends_in_the_past() {
        let until = "2026-06-30T00:00:00Z".parse().unwrap();
        let shop = DemoShop::new(42, 400, until);
        let all = feedback(&shop);
        assert!(all.len() > 10, "{}", all.len());
        for said in &all {
            let orders = shop.orders_of(&shop.customer(said.customer));
            let order = orders.iter().find(|order| order.reference == said.order).unwrap();
            assert!(order.placed_at < said.said_at && said.said_at < until);
            assert_eq!(said.rating.is_some(), said.feedback_type == FeedbackType::Review);
            if let Some(done) = said.resolution {
                assert!(said.said_at < done.started_at && done.started_at < done.resolved_at && done.resolved_at < until);
                assert!(done.helped.is_none_or(|(_, at)| done.resolved_at < at && at < until));
            }
        }
        assert!(all.iter().any(|said| said.resolution.is_none()) && all.iter().any(|said| said.resolution.is_some()));
    }
}
