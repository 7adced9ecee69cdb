//! `patron score` on a prepared database.

use std::{fs, process::Command};

use diesel::prelude::*;
use patron::{db, db::schema::identifiers, domain::permissions::Role, on};
use serde_json::json;

use super::{
    brute_force::score_everybody,
    scores::random_shop,
    shop::{Shop, at},
};
use crate::on_both;

const AS_OF: &str = "2026-06-30T00:00:00Z";
const HEADING: &str = "customer_ref,recency_days,frequency,monetary_minor,recency_band,frequency_band,monetary_band,product_type,product_user,score,tier,rank";

/// The customers by what a system calls them: H1, H2 … H10, whose texts alone would sort otherwise.
fn name_customers(conn: &mut db::DbConnection, shop: &Shop) -> Vec<String> {
    let names: Vec<String> = (1..=shop.ids.len()).map(|number| format!("H{number}")).collect();
    for (id, name) in shop.ids.iter().zip(&names) {
        let row = (
            identifiers::kind.eq("customer_ref:till"),
            identifiers::value.eq(name),
            identifiers::resource_id.eq(id.cast::<()>()),
            identifiers::customer_id.eq(Some(*id)),
        );
        on!(&mut *conn, c => diesel::insert_into(identifiers::table).values(row).execute(c)).expect("a reference");
    }
    names
}

fn decimal(hundredths: i128) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

on_both! {
    async fn the_command_writes_every_digit(app: &TestApp) {
        let url = app.app.db.url();
        let mut shop = random_shop(3, 40, at(AS_OF));
        shop.save(url);
        let names = name_customers(&mut db::open(url).expect("a connection"), &shop);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("scores.csv");
        let done = Command::new(env!("CARGO_BIN_EXE_patron"))
            .args(["score", "--as-of", AS_OF, "--window-days", "90", "--system", "till", "--model", "five-factor", "--csv"])
            .arg(&file)
            .env("DATABASE_URL", url.to_string())
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{done:?}");

        let expected = score_everybody(&shop, at(AS_OF), 90);
        let mut lines = vec![HEADING.to_owned()];
        for (place, e) in &expected {
            let points = [e.product_type, e.product_user, e.score].map(decimal).join(",");
            let [recency, frequency, monetary] = e.bands;
            lines.push(format!("{},{},{},{},{recency},{frequency},{monetary},{points},{},{}", names[*place], e.days, e.frequency, e.monetary, e.tier, e.rank));
        }
        assert_eq!(fs::read_to_string(&file).expect("the file").lines().collect::<Vec<_>>(), lines);
        assert!(said.contains(&format!("Scored {} customers", expected.len())) && said.contains("most_valuable"), "{said}");
        // The server sees the run as its current one.
        let run = app.staff(Role::Agent).get("/v1/scoring-runs?include=total").await.expect(200);
        assert_eq!(json!([run["total"], run["data"][0]["status"], run["data"][0]["window_days"]]), json!([1, "completed", 90]));

        let refused = Command::new(env!("CARGO_BIN_EXE_patron")).args(["score", "--model", "nobody's"]).env("DATABASE_URL", url.to_string()).output().expect("the program");
        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("no value model named nobody's"), "{refused:?}");
    }
}
