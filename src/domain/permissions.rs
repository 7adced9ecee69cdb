//! Who may do what: permissions, the roles that bundle them, and the caller they were given to.

use super::{TextEnum, customers::Customer, ids::Id};

text_enum! {
    /// One thing that a caller may be allowed to do; also the scope that a client is given and a token carries.
    Permission {
        ReadCustomers = "customers:read",
        WriteCustomers = "customers:write",
        ReadCatalogue = "catalogue:read",
        WriteCatalogue = "catalogue:write",
        ReadOrders = "orders:read",
        WriteOrders = "orders:write",
        /// Say that money was received, or given back.
        WritePayments = "payments:write",
        ReadScores = "scores:read",
        /// Make and activate value models, start scoring runs.
        WriteScores = "scores:write",
        ReadFeedback = "feedback:read",
        WriteFeedback = "feedback:write",
        /// Say by when feedback is answered and resolved.
        ManageFeedback = "feedback:manage",
        ReadMessages = "messages:read",
        /// Have messages tried again that were given up.
        WriteMessages = "messages:write",
        ReadImports = "imports:read",
        /// Bring whole ledgers in, orders that were paid among them: for whom one would give `payments:write` too.
        WriteImports = "imports:write",
        ReadSurveys = "surveys:read",
        /// Make, open and close surveys, invite customers, bring answers in.
        WriteSurveys = "surveys:write",
        ReadSegments = "segments:read",
        /// Make, change and delete segments, take snapshots of them.
        WriteSegments = "segments:write",
        ReadCampaigns = "campaigns:read",
        /// Make campaigns and launch them, say how often customers are written to, and which addresses never.
        WriteCampaigns = "campaigns:write",
        /// Work the lists of campaigns by phone and in the store, with the names and numbers of customers, and report what came of it.
        WorkCampaigns = "campaigns:work",
        ReadPoints = "points:read",
        /// Let customers spend points, give points and take them.
        WritePoints = "points:write",
        /// Say how points are earned.
        ManagePoints = "points:manage",
        ReadCoupons = "coupons:read",
        /// Make batches of coupons, hand coupons out, end batches.
        WriteCoupons = "coupons:write",
        /// Set coupons aside, redeem them, give them up: for tills and storefronts.
        RedeemCoupons = "coupons:redeem",
        ReadUsers = "users:read",
        WriteUsers = "users:write",
        ReadClients = "clients:read",
        WriteClients = "clients:write",
        ReadAuditLog = "audit:read",
    }
}

text_enum! {
    /// What a member of staff is.
    Role { Admin = "admin", Manager = "manager", Marketer = "marketer", Agent = "agent" }
}

impl Role {
    /// The permissions of the role, as the table in the README gives them.
    pub fn permissions(self) -> PermissionSet {
        use Permission as P;
        match self {
            Self::Admin => P::ALL.iter().copied().collect(),
            Self::Manager => P::ALL
                .iter()
                .copied()
                .filter(|permission| !matches!(permission, P::ReadUsers | P::WriteUsers | P::ReadClients | P::WriteClients))
                .collect(),
            Self::Marketer => {
                let read = [P::ReadCustomers, P::ReadCatalogue, P::ReadOrders, P::ReadScores, P::ReadMessages];
                let marketing = [P::ReadSurveys, P::WriteSurveys, P::ReadSegments, P::WriteSegments, P::ReadCampaigns, P::WriteCampaigns];
                read.into_iter().chain(marketing).chain([P::ReadCoupons, P::WriteCoupons, P::ReadPoints]).collect()
            }
            Self::Agent => [
                P::ReadCustomers,
                P::WriteCustomers,
                P::ReadCatalogue,
                P::ReadOrders,
                P::ReadScores,
                P::ReadFeedback,
                P::WriteFeedback,
                P::ReadSegments,
                P::ReadCampaigns,
                P::WorkCampaigns,
                P::ReadPoints,
                P::ReadCoupons,
                P::RedeemCoupons,
            ]
            .into_iter()
            .collect(),
        }
    }
}

/// A set of permissions, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// Whether the set holds `permission`.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u64) != 0
    }

    /// The permissions of the set, in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }

    /// Reads scopes parted by spaces.
    ///
    /// # Errors
    /// The first word that is no permission.
    pub fn parse(scopes: &str) -> Result<Self, String> {
        scopes.split_ascii_whitespace().map(|word| Permission::parse(word).map_err(|_| word.to_owned())).collect()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | 1 << permission as u64))
    }
}

impl std::fmt::Display for PermissionSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, permission) in self.iter().enumerate() {
            write!(f, "{}{permission}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

text_enum! {
    /// What kind of caller acted.
    ActorKind {
        /// A person who works for the shop.
        Staff = "staff",
        /// A storefront, ERP connector or other program.
        Client = "client",
        /// A provider of payments, known by its signature.
        Provider = "payment_provider",
        /// The shop's gateway of messages, known by its signature.
        Gateway = "message_gateway",
        /// A customer, known by the link that they were sent.
        Customer = "customer",
        /// Patron itself: a command on its machine, or a job.
        System = "system",
    }
}

/// Marks ids of callers, of whichever kind.
#[derive(Debug)]
pub enum Caller {}

/// Who acts: known from the token, or Patron itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The kind of caller.
    pub kind: ActorKind,
    /// The member of staff or the client; none for the system.
    pub id: Option<Id<Caller>>,
    /// What the caller may do.
    pub permissions: PermissionSet,
}

impl Actor {
    /// Patron itself.
    pub fn system() -> Self {
        Self { kind: ActorKind::System, id: None, permissions: Role::Admin.permissions() }
    }

    /// A provider of payments: known by its signature, it may tell of payments and nothing else.
    pub fn payment_provider() -> Self {
        Self { kind: ActorKind::Provider, id: None, permissions: PermissionSet::default() }
    }

    /// The shop's gateway: known by its signature, it may tell what became of messages and nothing else.
    pub fn message_gateway() -> Self {
        Self { kind: ActorKind::Gateway, id: None, permissions: PermissionSet::default() }
    }

    /// Whoever was sent a link, which speaks for a customer where they are known: they may answer what they were asked and nothing else.
    pub fn customer(id: Option<Id<Customer>>) -> Self {
        Self { kind: ActorKind::Customer, id: id.map(Id::cast), permissions: PermissionSet::default() }
    }

    /// The name that idempotency keys and rate limits are kept under.
    pub fn key(&self) -> String {
        self.id.map_or_else(|| self.kind.to_string(), |id| id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_hold_what_the_contract_gives_them() {
        assert_eq!(
            Role::Agent.permissions().to_string(),
            "customers:read customers:write catalogue:read orders:read scores:read feedback:read feedback:write segments:read campaigns:read campaigns:work points:read coupons:read coupons:redeem"
        );
        assert_eq!(
            Role::Marketer.permissions().to_string(),
            "customers:read catalogue:read orders:read scores:read messages:read surveys:read surveys:write segments:read segments:write campaigns:read campaigns:write points:read coupons:read coupons:write"
        );
        assert!(Role::Admin.permissions().contains(Permission::WriteUsers));
        assert!(!Role::Manager.permissions().contains(Permission::WriteUsers));
        assert!(Role::Manager.permissions().contains(Permission::WritePayments));
    }

    #[test]
    fn scopes_are_read_as_they_are_written() {
        let set = PermissionSet::parse("orders:write  customers:read").unwrap();
        assert_eq!(set.to_string(), "customers:read orders:write");
        assert_eq!(PermissionSet::parse("customers:read cusomers:write"), Err("cusomers:write".to_owned()));
    }
}
