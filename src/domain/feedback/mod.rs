//! Feedback: what customers say of the shop, and what is done about it.

text_enum! {
    /// What a customer wants with their feedback.
    FeedbackType {
        Complaint = "complaint",
        Suggestion = "suggestion",
        Inquiry = "inquiry",
        ReturnRequest = "return_request",
        Review = "review",
        Praise = "praise",
    }
}

text_enum! {
    /// How pressing feedback is.
    #[derive(Default)]
    FeedbackPriority { Low = "low", #[default] Normal = "normal", High = "high", Urgent = "urgent" }
}

text_enum! {
    /// The way that feedback came in.
    FeedbackChannel {
        Web = "web",
        Mobile = "mobile",
        Email = "email",
        Phone = "phone",
        Fax = "fax",
        InStore = "in_store",
        /// Opened by Patron itself, for a low answer to a survey.
        Survey = "survey",
    }
}
