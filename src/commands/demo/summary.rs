//! What the book city is, for the person who made it.

use std::time::Duration;

use super::Outcome;
use crate::{
    config::Config,
    db::DbConnection,
    demo::CURRENCY,
    domain::{
        campaigns::{Campaign, CampaignSearch, CampaignSort, report::CampaignReport},
        customer_values::CustomerValue,
        ids::Id,
        lift::Conclusion,
        paging::PageRequest,
        scoring_runs::{RankingSort, ScoreFilter},
        statistics::Estimate,
        value_score::Tier,
    },
    error::Error,
    http::app::App,
    services::{
        campaigns, customers,
        overview::{Overview, overview},
        scoring_runs, value_scores,
    },
};

/// How the city came to be there.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// Whether it was made just now.
    pub is_new: bool,
    /// How long loading took.
    pub loading: Duration,
    /// How long scoring took.
    pub scoring: Duration,
    /// Who logs in.
    pub email: &'a str,
    /// With what.
    pub password: &'a str,
}

/// How many of the best customers are shown.
const BEST: u32 = 5;

/// Prints what there is, the tiers, the best five with their factors, a login, and curl lines that work as printed.
///
/// # Errors
/// The database's.
pub fn print(app: &App, config: &Config, story: &Story<'_>) -> Outcome {
    let (counts, tiers, best) = app.db.long_read(|tx| {
        let counts = overview(tx)?;
        let page = PageRequest { sort: RankingSort::HighestFirst, after: None, limit: BEST, with_total: true };
        let mut tiers = Vec::new();
        for tier in [Tier::MostValuable, Tier::Growth, Tier::Ordinary] {
            let filter = ScoreFilter { tier: Some(tier), ..ScoreFilter::default() };
            let found = scoring_runs::list_ranking(tx, &app.values, &filter, &PageRequest { limit: 1, ..page })?;
            tiers.push((tier, found.total.unwrap_or(0)));
        }
        let ranking = scoring_runs::list_ranking(tx, &app.values, &ScoreFilter::default(), &page)?;
        let mut best = Vec::new();
        for ranked in ranking.items {
            let name = customers::get_customer(tx, ranked.score.customer_id)?.draft.name;
            best.push((name, value_scores::value_now(tx, &app.values, ranked.score.customer_id, app.clock.now())?));
        }
        Ok::<_, Error>((counts, tiers, best))
    })?;
    print_counts(config, story, &counts);
    print_tiers(&counts, &tiers);
    print_best(&best);
    let campaign = app.db.long_read(newest_campaign)?;
    if let Some((campaign, report)) = &campaign {
        print_campaign(campaign, report);
    }
    if let Some((_, value)) = best.first() {
        print_login(config, story, &value.customer_id.to_string(), campaign.map(|(campaign, _)| campaign.id));
    }
    Ok(())
}

fn print_counts(config: &Config, story: &Story<'_>, counts: &Overview) {
    let Overview { customers, cards, categories, products, orders, lines } = counts;
    println!("\nThe book city in {}", config.database);
    println!(
        "  {customers} customers with {cards} cards, {products} products in {categories} categories, {orders} orders with {lines} lines"
    );
    if story.is_new {
        println!("  loaded in {:.1} s, scored in {:.1} s", story.loading.as_secs_f64(), story.scoring.as_secs_f64());
    } else {
        println!("  was there already; delete the database to build it anew");
    }
}

fn print_tiers(counts: &Overview, tiers: &[(Tier, i64)]) {
    println!("\nTiers");
    let scored: i64 = tiers.iter().map(|(_, count)| count).sum();
    for (tier, count) in tiers.iter().copied().chain([(Tier::Prospect, counts.customers - scored)]) {
        println!("  {:<14} {count:>6}", tier.to_string());
    }
}

fn print_best(best: &[(String, CustomerValue)]) {
    println!("\nThe best five, with what each factor contributes");
    println!("  {:>6} {:>8} {:>10} {:>8} {:>13} {:>13}  name", "score", "recency", "frequency", "amount", "product type", "product user");
    for (name, value) in best {
        let Ok(score) = value.score() else { continue };
        println!(
            "  {:>6} {:>8} {:>10} {:>8} {:>13} {:>13}  {name}",
            score.score.to_string(),
            score.recency.contribution.to_string(),
            score.frequency.contribution.to_string(),
            score.monetary.contribution.to_string(),
            score.product_type.contribution.to_string(),
            score.product_user.contribution.to_string(),
        );
    }
}

fn newest_campaign(tx: &mut DbConnection) -> Result<Option<(Campaign, CampaignReport)>, Error> {
    let page = PageRequest { sort: CampaignSort::NewestFirst, after: None, limit: 1, with_total: false };
    let found = campaigns::list_campaigns(tx, &CampaignSearch::default(), &page)?;
    found.items.first().map(|campaign| campaigns::report::report(tx, campaign.id)).transpose()
}

fn print_campaign(campaign: &Campaign, report: &CampaignReport) {
    let (treated, held_out) = (&report.treated.group, &report.held_out.group);
    println!("\nThe campaign \"{}\"", campaign.draft.name);
    println!("  {} people were to be written to, {} were held out", treated.people(), held_out.people());
    let percent = |rate: Option<Estimate>| rate.map_or(0.0, |rate| 100.0 * rate.value);
    let days = campaign.draft.attribution_window_days;
    println!(
        "  {:.1} % and {:.1} % of them bought within {days} days",
        percent(treated.conversion_rate()),
        percent(held_out.conversion_rate())
    );
    if let Some(Estimate { value, interval: Some(interval) }) = report.lift.conversion.difference {
        let [value, low, high] = [value, interval.low, interval.high].map(|share| 100.0 * share);
        match report.lift.conversion.conclusion {
            Conclusion::Higher => println!("  so {value:.1} of 100 bought who would not have bought anyway (95 %: {low:.1} to {high:.1})"),
            Conclusion::TooFew => println!("  those are too few to conclude anything"),
            Conclusion::Lower | Conclusion::NoDifference => println!("  which shows no gain (95 %: {low:.1} to {high:.1} of 100)"),
        }
    }
    let Some(Estimate { value, interval: Some(interval) }) = report.earnings.map(|earnings| earnings.incremental_revenue) else { return };
    let yuan = |fen: f64| format!("{:.0}", fen / 100.0);
    let (low, high, cost) = (yuan(interval.low), yuan(interval.high), report.cost / 100);
    match report.lift.revenue_per_person.conclusion {
        Conclusion::Higher => {
            println!(
                "  it earned {} {CURRENCY} that would not have come anyway (95 %: {low} to {high}), and cost {cost} {CURRENCY}",
                yuan(value)
            );
        }
        Conclusion::TooFew => println!("  of what it earned nothing can be concluded: too few bought; it cost {cost} {CURRENCY}"),
        Conclusion::Lower | Conclusion::NoDifference => {
            println!("  that it earned anything is not shown (95 %: {low} to {high} {CURRENCY}); it cost {cost} {CURRENCY}");
        }
    }
}

fn print_login(config: &Config, story: &Story<'_>, customer: &str, campaign: Option<Id<Campaign>>) {
    let (email, password, base) = (story.email, story.password, format!("http://{}", config.addr));
    println!("\nLog in as {email} with the password {password} (a new one each time)\n");
    println!(
        "  TOKEN=$(curl -s {base}/v1/auth/token -d grant_type=password -d username={email} -d password={password} | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')"
    );
    println!("  curl -s -H \"Authorization: Bearer $TOKEN\" {base}/v1/customers/{customer}/value-score");
    println!("  curl -s -H \"Authorization: Bearer $TOKEN\" '{base}/v1/value-scores?tier=most_valuable&limit=5'");
    println!("  curl -s -H \"Authorization: Bearer $TOKEN\" '{base}/v1/customers?q=%E7%8E%8B&limit=3'");
    if let Some(campaign) = campaign {
        println!("  curl -s -H \"Authorization: Bearer $TOKEN\" {base}/v1/campaigns/{campaign}/report");
    }
    println!("\nDocumentation: {base}/docs\n");
}
