//! Feedback: taken in, worked on against a clock, followed until the customer says that it helped.

use patron::{
    domain::{instants::Instant, permissions::Role},
    jobs::{Tools, feedback::keep_time},
};
use serde_json::{Value, json};

use crate::support::{Caller, Shop, TestApp};

mod clock;
mod intake;
mod lifecycle;
mod lists;
pub mod outcome;
mod races;
mod whole_way;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Lets time do to feedback what it does in a running program.
pub async fn keep_time_once(app: &TestApp) {
    let tools = Tools::from(app.app.get_ref());
    tokio::task::spawn_blocking(move || keep_time(&tools)).await.expect("no panic").expect("the chores");
}

/// A shop that works round the clock, answers within an hour and resolves within a day; complaints within two hours.
pub async fn open_desk(app: &TestApp) -> Shop {
    let shop = Shop::open(app).await;
    let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let targets = json!({
        "calendar": {"time_zone": "UTC", "hours": [{"weekdays": week, "opens": "00:00", "closes": "24:00"}], "holidays": []},
        "silence_days": 7,
        "targets": [
            {"first_answer_minutes": 60, "resolution_minutes": 1440}, {"type": "complaint", "first_answer_minutes": 60, "resolution_minutes": 120},
        ],
    });
    shop.admin.put("/v1/service-targets", targets).await.expect(200);
    shop
}

/// Somebody at the desk, whose token has just been made: it ends after a quarter of an hour.
pub fn desk(app: &TestApp) -> Caller {
    app.staff(Role::Manager)
}

/// The path of new feedback of a type, from nobody known.
pub async fn feedback_of(caller: &Caller, kind: &str) -> String {
    path_of(&caller.make("/v1/feedback", json!({"type": kind, "channel": "phone", "body": "It is broken."})).await)
}

pub fn path_of(feedback: &Value) -> String {
    format!("/v1/feedback/{}", feedback["id"].as_str().expect("an id"))
}

/// Feedback that is resolved.
pub async fn resolve(caller: &Caller, path: &str) -> Value {
    caller.post(&format!("{path}/start"), json!({})).await.expect(200);
    caller.post(&format!("{path}/resolve"), json!({"resolution": "Sent another one."})).await.expect(200)
}

pub fn instant(value: &Value) -> Instant {
    value.as_str().expect("an instant").parse().expect("an instant")
}

/// Seconds from one to another.
pub fn seconds(from: &Value, to: &Value) -> i64 {
    (instant(to).micros() - instant(from).micros()) / 1_000_000
}
