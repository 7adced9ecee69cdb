//! How long feedback takes, in working time, against what is promised.
//!
//! The clock runs from intake, stands still while the shop waits for the customer, and stops with the resolution. When it goes on, what was promised moves
//! by as much working time as it stood still, so that nobody wins or loses by a pause. To wait for the customer's word on a resolution is a pause too.

use chrono::TimeDelta;

use crate::domain::{instants::Instant, service_targets::ServiceTarget, working_time::Calendar};

text_enum! {
    /// How the clock of feedback stands.
    ClockState {
        /// It runs.
        Running = "running",
        /// The shop waits for the customer.
        Paused = "paused",
        /// Resolved or closed.
        Stopped = "stopped",
    }
}

/// A promise that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// The first answer is late.
    FirstAnswer,
    /// The resolution is late.
    Resolution,
}

/// The clock of one feedback. Seconds are whole seconds of working time, cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedbackClock {
    /// When it began: at intake.
    pub started_at: Instant,
    /// By when the first answer is due.
    pub first_answer_due_at: Instant,
    /// By when the resolution is due.
    pub due_at: Instant,
    /// When the customer had the first answer.
    pub first_answered_at: Option<Instant>,
    /// Since when the shop waits for the customer, where it does.
    pub waiting_since: Option<Instant>,
    /// When it was last resolved, until it is reopened.
    pub resolved_at: Option<Instant>,
    /// How long it stood still, the present pause apart.
    pub paused_seconds: i64,
    /// How long the first answer took.
    pub first_answer_seconds: Option<i64>,
    /// How long the resolution took.
    pub resolution_seconds: Option<i64>,
    /// The first answer was late.
    pub first_answer_breached: bool,
    /// A resolution was late.
    pub resolution_breached: bool,
}

impl FeedbackClock {
    /// A clock that begins at `now`.
    pub fn start(calendar: &Calendar, now: Instant, promise: ServiceTarget) -> Self {
        Self {
            started_at: now,
            first_answer_due_at: calendar.add(now, promise.first_answer),
            due_at: calendar.add(now, promise.resolution),
            first_answered_at: None,
            waiting_since: None,
            resolved_at: None,
            paused_seconds: 0,
            first_answer_seconds: None,
            resolution_seconds: None,
            first_answer_breached: false,
            resolution_breached: false,
        }
    }

    /// The same clock under another promise, which counts from intake too. What was broken stays broken, and what was answered stays as it was.
    #[must_use]
    pub fn promising(self, calendar: &Calendar, promise: ServiceTarget) -> Self {
        let paused = TimeDelta::seconds(self.paused_seconds);
        let due_at = calendar.add(self.started_at, promise.resolution + paused);
        match self.first_answered_at {
            Some(_) => Self { due_at, ..self },
            None => Self { due_at, first_answer_due_at: calendar.add(self.started_at, promise.first_answer + paused), ..self },
        }
    }

    /// Stands still from `now` on.
    #[must_use]
    pub fn paused(self, now: Instant) -> Self {
        Self { waiting_since: Some(now), ..self }
    }

    /// Goes on at `now`, if it stood still.
    #[must_use]
    pub fn resumed(self, calendar: &Calendar, now: Instant) -> Self {
        match self.waiting_since {
            Some(since) => Self { waiting_since: None, ..self.moved_on(calendar, since, now) },
            None => self,
        }
    }

    /// The customer has an answer at `now`; only the first one counts.
    #[must_use]
    pub fn answered(self, calendar: &Calendar, now: Instant) -> Self {
        if self.first_answered_at.is_some() {
            return self;
        }
        let until = self.waiting_since.unwrap_or(now);
        Self { first_answered_at: Some(now), first_answer_seconds: Some(self.seconds_until(calendar, until)), ..self }
    }

    /// Resolved at `now`, which is an answer too.
    #[must_use]
    pub fn resolved(self, calendar: &Calendar, now: Instant) -> Self {
        let going = self.resumed(calendar, now).answered(calendar, now);
        Self { resolved_at: Some(now), resolution_seconds: Some(going.seconds_until(calendar, now)), ..going }
    }

    /// Taken up again at `now`.
    #[must_use]
    pub fn reopened(self, calendar: &Calendar, now: Instant) -> Self {
        match self.resolved_at {
            Some(since) => Self { resolved_at: None, resolution_seconds: None, ..self.moved_on(calendar, since, now) },
            None => self,
        }
    }

    /// The promise that is broken first if nothing happens while the clock runs, and when.
    pub fn next_breach(&self) -> Option<(Breach, Instant)> {
        let awaits_answer = self.first_answered_at.is_none() && !self.first_answer_breached;
        let answer = awaits_answer.then_some((Breach::FirstAnswer, self.first_answer_due_at));
        let awaits_resolution = self.resolved_at.is_none() && !self.resolution_breached;
        let resolution = awaits_resolution.then_some((Breach::Resolution, self.due_at));
        [answer, resolution].into_iter().flatten().min_by_key(|(_, at)| *at)
    }

    /// The same clock with a broken promise marked.
    #[must_use]
    pub const fn breached(self, breach: Breach) -> Self {
        match breach {
            Breach::FirstAnswer => Self { first_answer_breached: true, ..self },
            Breach::Resolution => Self { resolution_breached: true, ..self },
        }
    }

    /// Goes on at `now` after it stood still `since` then.
    fn moved_on(self, calendar: &Calendar, since: Instant, now: Instant) -> Self {
        let stood_still = TimeDelta::seconds(calendar.between(since, now).num_seconds());
        // Whole seconds, as they are counted: else a hundred short pauses would move what is due and count for nothing.
        let counted = |left: TimeDelta| (left + stood_still - calendar.between(since, now)).max(TimeDelta::zero());
        // What was due before the pause is as late as it was.
        let moved = |due: Instant| if due <= since { due } else { calendar.add(now, counted(calendar.between(since, due))) };
        let first_answer_due_at = if self.first_answered_at.is_none() { moved(self.first_answer_due_at) } else { self.first_answer_due_at };
        let paused_seconds = self.paused_seconds + stood_still.num_seconds();
        Self { first_answer_due_at, due_at: moved(self.due_at), paused_seconds, ..self }
    }

    fn seconds_until(&self, calendar: &Calendar, now: Instant) -> i64 {
        (calendar.between(self.started_at, now).num_seconds() - self.paused_seconds).max(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::working_time::CalendarDraft;

    /// Monday to Friday, 09:00 to 17:00 in UTC. 2026-06-29 is a Monday.
    fn office() -> Calendar {
        let hours = serde_json::json!([{"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"], "opens": "09:00", "closes": "17:00"}]);
        let draft = serde_json::json!({"time_zone": "UTC", "hours": hours, "holidays": []});
        serde_json::from_value::<CalendarDraft>(draft).unwrap().parse().unwrap()
    }

    /// An instant of that week, such as `mo 10:30`; `MO` is the Monday after.
    fn at(text: &str) -> Instant {
        let (day, time) = text.split_once(' ').unwrap();
        let date = ["06-29", "06-30", "07-01", "07-02", "07-03", "07-04", "07-05", "07-06"];
        let index = ["mo", "tu", "we", "th", "fr", "sa", "su", "MO"].iter().position(|name| *name == day).unwrap();
        format!("2026-{}T{time}:00Z", date[index]).parse().unwrap()
    }

    const HOUR: i64 = 3600;

    /// Two hours to the first answer, twelve (a day and a half) to the resolution.
    fn promise() -> ServiceTarget {
        ServiceTarget { first_answer: TimeDelta::hours(2), resolution: TimeDelta::hours(12) }
    }

    fn started(text: &str) -> FeedbackClock {
        FeedbackClock::start(&office(), at(text), promise())
    }

    #[test]
    fn counts_working_time_only() {
        let clock = started("fr 16:00");
        assert_eq!((clock.first_answer_due_at, clock.due_at), (at("MO 10:00"), "2026-07-07T12:00:00Z".parse().unwrap()));
        let done = clock.answered(&office(), at("MO 09:30")).resolved(&office(), at("MO 11:00"));
        assert_eq!((done.first_answer_seconds, done.resolution_seconds), (Some(HOUR + HOUR / 2), Some(3 * HOUR)));
        assert_eq!(done.answered(&office(), at("MO 12:00")), done, "only the first answer counts");
        let at_night = started("mo 20:00").resolved(&office(), at("tu 05:00"));
        assert_eq!((at_night.first_answer_seconds, at_night.resolution_seconds), (Some(0), Some(0)));
    }

    #[test]
    fn a_pause_moves_what_is_due() {
        // Due at we 13:00; the clock stands still from mo 10:00 to tu 10:00, which are eight working hours.
        let clock = started("mo 09:00");
        assert_eq!((clock.first_answer_due_at, clock.due_at), (at("mo 11:00"), at("tu 13:00")));
        let going = clock.paused(at("mo 10:00")).resumed(&office(), at("tu 10:00"));
        assert_eq!((going.first_answer_due_at, going.due_at, going.paused_seconds), (at("tu 11:00"), at("we 13:00"), 8 * HOUR));
        assert_eq!(going.waiting_since, None);
        // An answer while it waits took as long as until the pause; a resolution ends the pause.
        let waits = clock.paused(at("mo 10:00"));
        assert_eq!(waits.answered(&office(), at("mo 16:00")).first_answer_seconds, Some(HOUR));
        let done = waits.resolved(&office(), at("mo 16:00"));
        assert_eq!((done.waiting_since, done.paused_seconds, done.resolution_seconds), (None, 6 * HOUR, Some(HOUR)));
        // What was late before the pause is as late as it was.
        let late = clock.paused(at("we 09:00")).resumed(&office(), at("th 09:00"));
        assert_eq!((late.first_answer_due_at, late.due_at), (clock.first_answer_due_at, clock.due_at));
    }

    #[test]
    fn short_pauses_move_what_is_due_by_what_they_count() {
        let clock = started("mo 09:00");
        let after =
            |seconds: i64, millis: i64| at("mo 09:00").checked_add(TimeDelta::seconds(seconds) + TimeDelta::milliseconds(millis)).unwrap();
        let mut going = clock;
        for second in [10, 20, 30] {
            going = going.paused(after(second, 0)).resumed(&office(), after(second, 900));
        }
        assert_eq!((going.due_at, going.paused_seconds), (clock.due_at, 0));
        let longer = clock.paused(after(10, 0)).resumed(&office(), after(12, 700));
        assert_eq!((longer.due_at, longer.paused_seconds), (clock.due_at.checked_add(TimeDelta::seconds(2)).unwrap(), 2));
    }

    #[test]
    fn reopened_it_goes_on_as_after_a_pause() {
        let done = started("mo 09:00").resolved(&office(), at("mo 12:00"));
        let again = done.reopened(&office(), at("tu 12:00"));
        assert_eq!((again.due_at, again.paused_seconds), (at("we 13:00"), 8 * HOUR));
        assert_eq!((again.resolved_at, again.resolution_seconds, again.first_answered_at), (None, None, Some(at("mo 12:00"))));
        assert_eq!(again.resolved(&office(), at("tu 14:00")).resolution_seconds, Some(5 * HOUR));
    }

    #[test]
    fn another_promise_counts_from_intake_too() {
        let urgent = ServiceTarget { first_answer: TimeDelta::hours(1), resolution: TimeDelta::hours(4) };
        let clock = started("mo 09:00").paused(at("mo 10:00")).resumed(&office(), at("mo 11:00")).promising(&office(), urgent);
        assert_eq!((clock.first_answer_due_at, clock.due_at), (at("mo 11:00"), at("mo 14:00")));
        let answered = started("mo 09:00").answered(&office(), at("mo 09:30")).promising(&office(), urgent);
        assert_eq!((answered.first_answer_due_at, answered.due_at), (at("mo 11:00"), at("mo 13:00")));
    }

    #[test]
    fn promises_are_broken_once_each_and_in_order() {
        let clock = started("mo 09:00");
        assert_eq!(clock.next_breach(), Some((Breach::FirstAnswer, at("mo 11:00"))));
        let late = clock.breached(Breach::FirstAnswer);
        assert_eq!(late.next_breach(), Some((Breach::Resolution, at("tu 13:00"))));
        assert_eq!(late.breached(Breach::Resolution).next_breach(), None);
        assert_eq!(clock.answered(&office(), at("mo 10:00")).next_breach(), Some((Breach::Resolution, at("tu 13:00"))));
        assert_eq!(clock.resolved(&office(), at("mo 10:00")).next_breach(), None);
    }

    proptest! {
        /// However often it stands still, what is left until it is due is left after the pause, and time worked and time paused make up all time.
        #[test]
        fn nothing_is_won_or_lost_by_pauses(pauses in prop::collection::vec((0_i64..40_000, 0_i64..400_000), 0..6)) {
            let (office, start) = (office(), at("mo 09:00"));
            let mut clock = FeedbackClock::start(&office, start, ServiceTarget { first_answer: TimeDelta::days(9), resolution: TimeDelta::days(9) });
            let mut now = start;
            let mut worked = 0;
            for (work, pause) in pauses {
                let from = now.checked_add(TimeDelta::seconds(work)).unwrap();
                worked += office.between(now, from).num_seconds();
                now = from.checked_add(TimeDelta::seconds(pause)).unwrap();
                clock = clock.paused(from).resumed(&office, now);
            }
            prop_assert_eq!(office.between(now, clock.due_at).num_seconds() + worked, 9 * 86_400);
            prop_assert_eq!(clock.resolved(&office, now).resolution_seconds, Some(worked));
        }
    }
}
