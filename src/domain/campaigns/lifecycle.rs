//! Where campaigns stand.

text_enum! {
    /// Where a campaign stands.
    CampaignStatus {
        /// It is being planned.
        Draft = "draft",
        /// Its audience is frozen; nothing leaves before it starts.
        Scheduled = "scheduled",
        /// Messages leave.
        Running = "running",
        /// Nothing leaves until it goes on.
        Paused = "paused",
        /// Everything has left that was to leave.
        Completed = "completed",
        /// Nothing leaves any more.
        Cancelled = "cancelled",
    }
}
