//! Customers, their cards and the people they buy for.

text_enum! {
    /// A person or an organisation.
    CustomerKind { Individual = "individual", Organisation = "organisation" }
}

text_enum! {
    /// Where the relationship stands.
    Lifecycle { Potential = "potential", Active = "active", Former = "former" }
}

text_enum! {
    /// A customer's gender, where said.
    Gender { Female = "female", Male = "male", Other = "other" }
}

text_enum! {
    /// The kind of a membership card.
    CardKind { Regular = "regular", Student = "student", Senior = "senior", Vip = "vip" }
}

text_enum! {
    /// Whether a membership card can be used.
    CardStatus { Active = "active", Lost = "lost", Replaced = "replaced", Expired = "expired" }
}

text_enum! {
    /// How a person is related to the customer who buys for them.
    RelationKind {
        Child = "child", Student = "student", Senior = "senior", Family = "family", Friend = "friend", Colleague = "colleague",
    }
}
