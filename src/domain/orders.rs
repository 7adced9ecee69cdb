//! Orders: what was bought or given back, where, and how far it has come.

text_enum! {
    /// A purchase, or goods given back (a credit note, as ERP ledgers write them).
    OrderType { Sale = "sale", Return = "return" }
}

text_enum! {
    /// Where an order came from.
    OrderChannel { Store = "store", Web = "web", Mobile = "mobile", Phone = "phone", Fax = "fax", Mail = "mail" }
}

text_enum! {
    /// How far an order has come.
    OrderStatus {
        Placed = "placed", Paid = "paid", Fulfilled = "fulfilled", Completed = "completed", Cancelled = "cancelled", Refunded = "refunded",
    }
}

text_enum! {
    /// Why the goods were bought, as far as the till was told.
    PurchaseNeed { Need = "need", Desire = "desire", Preference = "preference", Impulse = "impulse" }
}
