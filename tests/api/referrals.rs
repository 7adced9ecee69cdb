//! Customers who bring friends.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Caller, Shop},
};

async fn code_of(caller: &Caller, customer: &str) -> String {
    let code = caller.post(&format!("/v1/customers/{customer}/referral-code"), json!({})).await.expect(200);
    code["code"].as_str().unwrap().to_owned()
}

/// `friend` brings the code of `referrer`.
async fn bring(caller: &Caller, referrer: &str, friend: &str) -> crate::support::Reply {
    let code = code_of(caller, referrer).await;
    caller.post(&format!("/v1/customers/{friend}/referral"), json!({"code": code})).await
}

async fn customer(caller: &Caller, draft: Value) -> String {
    caller.make("/v1/customers", draft).await["id"].as_str().unwrap().to_owned()
}

/// Balance and pending points of a customer.
async fn points(caller: &Caller, customer: &str) -> (i64, i64) {
    let points = caller.get(&format!("/v1/customers/{customer}/points")).await.expect(200);
    (points["balance"].as_i64().unwrap(), points["pending"].as_i64().unwrap())
}

/// A programme by which orders earn nothing, so that only referrals do.
async fn only_referrals(shop: &Shop) {
    let programme = json!({"minor_per_point": 1_000_000_000, "referral_points": {"referrer": 200, "friend": 100}});
    shop.admin.put("/v1/points-programme", programme).await.expect(200);
}

on_both! {
    async fn a_code_is_made_once_and_found_however_typed(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (mei, lin) = (shop.customer("Mei").await, shop.customer("Lin").await);
        shop.admin.get(&format!("/v1/customers/{mei}/referral-code")).await.problem(404, "not_found");
        let code = code_of(&shop.admin, &mei).await;
        assert_eq!(code_of(&shop.admin, &mei).await, code);
        assert_eq!(shop.admin.get(&format!("/v1/customers/{mei}/referral-code")).await.expect(200)["code"], json!(code));
        let refer = format!("/v1/customers/{lin}/referral");
        let slip = format!("{}{}", &code[..code.len() - 1], if code.ends_with('7') { '8' } else { '7' });
        shop.admin.post(&refer, json!({"code": slip})).await.problem(422, "invalid_referral_code");
        shop.admin.post(&refer, json!({"code": "PR-00000-00000-00000"})).await.problem(422, "unknown_reference");
        shop.admin.get(&refer).await.problem(404, "not_found");
        let referral = shop.admin.post(&refer, json!({"code": code.to_lowercase().replace('-', " ")})).await.expect(200);
        assert_eq!((&referral["referrer_id"], &referral["friend_id"], &referral["status"]), (&json!(mei), &json!(lin), &json!("pending")));
        assert_eq!(shop.admin.get(&refer).await.expect(200), referral);
        assert_eq!(shop.admin.all(&format!("/v1/customers/{mei}/referrals")).await, [referral]);
        assert_eq!(shop.admin.get(&format!("/v1/customers/{mei}/referrals?include=total")).await.expect(200)["total"], 1);
    }

    async fn oneself_rings_and_the_household_are_refused(app: &TestApp) {
        let shop = Shop::open(app).await;
        let admin = &shop.admin;
        let (a, b, c) = (shop.customer("A").await, shop.customer("B").await, shop.customer("C").await);
        bring(admin, &a, &a).await.problem(422, "self_referral");
        bring(admin, &a, &b).await.expect(200);
        bring(admin, &c, &b).await.problem(409, "already_referred");
        bring(admin, &b, &c).await.expect(200);
        bring(admin, &b, &a).await.problem(409, "referral_ring");
        bring(admin, &c, &a).await.problem(409, "referral_ring");
        let paid = json!({"channel": "web", "customer_id": a, "status": "paid", "lines": [{"sku": "BOOK", "quantity": 1}]});
        admin.make("/v1/orders", paid).await;
        let d = customer(admin, json!({"name": "D", "email": "mei@example.com", "phone": "+8613800000001"})).await;
        bring(admin, &d, &a).await.problem(409, "not_a_new_customer");
        let tagged = customer(admin, json!({"name": "E", "email": "Mei+new@example.com"})).await;
        bring(admin, &d, &tagged).await.problem(409, "same_household");
        let home = json!({"line1": "天河路123号", "city": "广州", "postal_code": "510620", "country": "CN"});
        let far = customer(admin, json!({"name": "F"})).await;
        admin.make(&format!("/v1/customers/{far}/addresses"), json!({"line1": "天河路 123 号", "city": "广州", "postal_code": "510620", "country": "CN"})).await;
        bring(admin, &d, &far).await.expect(200);
        admin.make(&format!("/v1/customers/{d}/addresses"), home.clone()).await;
        let near = customer(admin, json!({"name": "G"})).await;
        admin.make(&format!("/v1/customers/{near}/addresses"), home).await;
        bring(admin, &d, &near).await.problem(409, "same_household");
    }

    async fn two_who_bring_each_other_at_once_are_a_ring(app: &TestApp) {
        let shop = Shop::open(app).await;
        app.open_connections().await;
        for _ in 0..4 {
            let (a, b, c) = (shop.customer("A").await, shop.customer("B").await, shop.customer("C").await);
            let replies = join_all([(&a, &b), (&b, &c), (&c, &a)].map(|(from, to)| bring(&shop.admin, from, to))).await;
            let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 200, 409], "{replies:?}");
        }
    }

    async fn the_first_paid_order_rewards_both_and_a_refund_takes_it_back(app: &TestApp) {
        let shop = Shop::open(app).await;
        only_referrals(&shop).await;
        let (mei, lin) = (shop.customer("Mei").await, shop.customer("Lin").await);
        bring(&shop.admin, &mei, &lin).await.expect(200);
        let draft = json!({"channel": "web", "customer_id": lin, "lines": [{"sku": "BOOK", "quantity": 2}]});
        let order = shop.admin.make("/v1/orders", draft.clone()).await;
        let path = format!("/v1/orders/{}", order["id"].as_str().unwrap());
        assert_eq!(points(&shop.admin, &lin).await, (0, 0), "nothing was paid");
        shop.admin.post(&format!("{path}/pay"), json!({})).await.expect(200);
        assert_eq!((points(&shop.admin, &mei).await, points(&shop.admin, &lin).await), ((0, 200), (0, 100)));
        let referral = shop.admin.get(&format!("/v1/customers/{lin}/referral")).await.expect(200);
        assert_eq!((&referral["status"], &referral["order_id"]), (&json!("earned"), &order["id"]));
        // A second order rewards nobody again.
        let second = shop.admin.make("/v1/orders", draft).await;
        shop.admin.post(&format!("/v1/orders/{}/pay", second["id"].as_str().unwrap()), json!({})).await.expect(200);
        for step in ["fulfil", "complete"] {
            shop.admin.post(&format!("{path}/{step}"), json!({})).await.expect(200);
        }
        assert_eq!((points(&shop.admin, &mei).await, points(&shop.admin, &lin).await), ((200, 0), (100, 0)));
        shop.admin.post(&format!("{path}/refund"), json!({})).await.expect(200);
        assert_eq!((points(&shop.admin, &mei).await, points(&shop.admin, &lin).await), ((0, 0), (0, 0)));
    }

    async fn what_a_referral_gives_is_fixed_when_it_comes_true(app: &TestApp) {
        let shop = Shop::open(app).await;
        only_referrals(&shop).await;
        let (mei, lin, bo) = (shop.customer("Mei").await, shop.customer("Lin").await, shop.customer("Bo").await);
        bring(&shop.admin, &mei, &lin).await.expect(200);
        bring(&shop.admin, &mei, &bo).await.expect(200);
        let of = |friend: &str| json!({"channel": "web", "customer_id": friend, "lines": [{"sku": "BOOK", "quantity": 2}]});
        let sold = async |friend: &str| {
            let order = format!("/v1/orders/{}", shop.admin.make("/v1/orders", of(friend)).await["id"].as_str().unwrap());
            shop.admin.post(&format!("{order}/pay"), json!({})).await.expect(200);
            order
        };
        let programme = |points: [i64; 2], enabled: bool| json!({"enabled": enabled, "minor_per_point": 1_000_000_000, "referral_points": {"referrer": points[0], "friend": points[1]}});
        shop.admin.put("/v1/points-programme", programme([5, 0], true)).await.expect(200);
        let first = sold(&lin).await;
        shop.admin.put("/v1/points-programme", programme([200, 100], false)).await.expect(200);
        let second = sold(&bo).await;
        shop.admin.put("/v1/points-programme", programme([0, 7], true)).await.expect(200);
        for order in [&first, &second] {
            shop.admin.post(&format!("{order}/refund"), json!({"lines": [{"line_no": 1, "amount": 1}]})).await.expect(200);
            shop.admin.post(&format!("{order}/fulfil"), json!({})).await.expect(200);
            shop.admin.post(&format!("{order}/complete"), json!({})).await.expect(200);
        }
        assert_eq!((points(&shop.admin, &mei).await, points(&shop.admin, &lin).await, points(&shop.admin, &bo).await), ((5, 0), (0, 0), (0, 0)));
    }

    async fn who_is_brought_while_they_pay_is_new_or_is_not(app: &TestApp) {
        let shop = Shop::open(app).await;
        only_referrals(&shop).await;
        let mei = shop.customer("Mei").await;
        app.open_connections().await;
        for number in 0..12 {
            let friend = shop.customer(&format!("friend{number}")).await;
            let order = shop.admin.make("/v1/orders", json!({"channel": "web", "customer_id": friend, "lines": [{"sku": "BOOK", "quantity": 1}]})).await;
            let pay = format!("/v1/orders/{}/pay", order["id"].as_str().unwrap());
            let (paid, brought) = futures_util::future::join(shop.admin.post(&pay, json!({})), bring(&shop.admin, &mei, &friend)).await;
            paid.expect(200);
            let expected = if brought.status == 200 {
                (0, 100)
            } else {
                brought.problem(409, "not_a_new_customer");
                (0, 0)
            };
            assert_eq!(points(&shop.admin, &friend).await, expected);
        }
    }

    async fn of_two_orders_paid_at_once_one_is_the_first(app: &TestApp) {
        let shop = Shop::open(app).await;
        only_referrals(&shop).await;
        let (mei, lin) = (shop.customer("Mei").await, shop.customer("Lin").await);
        bring(&shop.admin, &mei, &lin).await.expect(200);
        let mut pays = Vec::new();
        for _ in 0..4 {
            let order = shop.admin.make("/v1/orders", json!({"channel": "web", "customer_id": lin, "lines": [{"sku": "BOOK", "quantity": 1}]})).await;
            pays.push(format!("/v1/orders/{}/pay", order["id"].as_str().unwrap()));
        }
        app.open_connections().await;
        for reply in join_all(pays.iter().map(|path| shop.admin.post(path, json!({})))).await {
            reply.expect(200);
        }
        assert_eq!((points(&shop.admin, &mei).await, points(&shop.admin, &lin).await), ((0, 200), (0, 100)));
    }
}
