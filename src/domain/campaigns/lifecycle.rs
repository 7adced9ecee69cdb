//! Where campaigns stand, and which steps they can take.

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

text_enum! {
    /// What can be done with a campaign.
    CampaignStep { Launch = "launched", Pause = "paused", Resume = "resumed", Cancel = "cancelled" }
}

impl CampaignStatus {
    /// Whether a campaign that stands here takes no step any more.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }

    /// Whether a campaign that stands here can take `step`.
    pub const fn allows(self, step: CampaignStep) -> bool {
        match step {
            CampaignStep::Launch => matches!(self, Self::Draft),
            CampaignStep::Pause => matches!(self, Self::Scheduled | Self::Running),
            CampaignStep::Resume => matches!(self, Self::Paused),
            CampaignStep::Cancel => matches!(self, Self::Draft | Self::Scheduled | Self::Running | Self::Paused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TextEnum;

    #[test]
    fn each_status_allows_its_steps() {
        let allowed = |status: CampaignStatus| -> Vec<&str> {
            CampaignStep::ALL.iter().filter(|step| status.allows(**step)).map(|step| step.as_str()).collect()
        };
        assert_eq!(allowed(CampaignStatus::Draft), ["launched", "cancelled"]);
        assert_eq!(allowed(CampaignStatus::Scheduled), ["paused", "cancelled"]);
        assert_eq!(allowed(CampaignStatus::Running), ["paused", "cancelled"]);
        assert_eq!(allowed(CampaignStatus::Paused), ["resumed", "cancelled"]);
        assert!(allowed(CampaignStatus::Completed).is_empty() && allowed(CampaignStatus::Cancelled).is_empty());
        let ended: Vec<CampaignStatus> = CampaignStatus::ALL.iter().copied().filter(|status| status.has_ended()).collect();
        assert_eq!(ended, [CampaignStatus::Completed, CampaignStatus::Cancelled]);
    }
}
