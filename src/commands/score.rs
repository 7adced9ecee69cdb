//! `patron score`.

use std::{fs::File, io::BufWriter, path::PathBuf, sync::Arc, time::Instant as Stopwatch};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Outcome;
use crate::{
    config::Config,
    db::Db,
    domain::{
        clock::SystemClock,
        instants::Instant,
        jobs::Progress,
        scoring_runs::{RunScore, ScoringRun, ScoringRunDraft},
    },
    jobs::{Tools, scoring_run::run_now},
    services::{scoring_runs, value_models},
    startup::{links, prepare_database},
};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Score at this instant, such as 2026-06-30T00:00:00Z; now when left out
    #[arg(long)]
    as_of: Option<Instant>,
    /// Count the purchases of so many days, 1 to 3650; the model's own when left out
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=3650))]
    window_days: Option<i32>,
    /// Score by the newest model of this name; the active one when left out
    #[arg(long)]
    model: Option<String>,
    /// Write every customer's measures, bands and score to this file
    #[arg(long)]
    csv: Option<PathBuf>,
    /// In that file, call customers what this system calls them
    #[arg(long, default_value = "ledger")]
    system: String,
}

/// Scores everybody in this process, then prints how they are spread over the tiers.
///
/// # Errors
/// The database's, a model that is not there, or a file that can not be written.
pub fn run(config: &Config, arguments: &Arguments) -> Outcome {
    let started = Stopwatch::now();
    prepare_database(config, true)?;
    let tools = Tools {
        db: Db::start_load(&config.database)?,
        clock: Arc::new(SystemClock),
        links: links(config)?,
        mailer: None,
        gateway: None,
        import_limit: config.import_limit,
    };
    let model_id = match &arguments.model {
        None => None,
        Some(name) => Some(tools.db.long_read(|conn| value_models::newest_model(conn, name))?.id),
    };
    let draft = ScoringRunDraft { model_id, as_of: arguments.as_of, window_days: arguments.window_days };
    // Hidden by itself where nobody watches.
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec}, {eta} left")?);
    let run = run_now(&tools, draft, &|Progress { done, total }| {
        bar.set_length(total.unwrap_or(done).try_into().unwrap_or(0));
        bar.set_position(done.try_into().unwrap_or(0));
    })?;
    tools.db.settle()?;
    bar.finish_and_clear();
    print_summary(&run, started.elapsed().as_secs_f64());
    if let Some(path) = &arguments.csv {
        let rows = write_csv(&tools.db, &run, &arguments.system, path)?;
        println!("Wrote {rows} rows to {}.", path.display());
    }
    Ok(())
}

/// Prints how a run's population is spread over the tiers.
pub fn print_summary(run: &ScoringRun, seconds: f64) {
    let population = run.population.unwrap_or(0);
    let ScoringRun { model, as_of, window_days, .. } = run;
    println!(
        "Scored {population} customers at {as_of} over {window_days} days by {} version {}, in {seconds:.1} s.",
        model.name, model.version
    );
    if let (Some(counts), Some(cuts)) = (run.tier_counts, &run.cuts) {
        println!("  most_valuable {:>9}   above {}", counts.most_valuable, cuts.tiers.growth_up_to);
        println!("  growth        {:>9}   above {}", counts.growth, cuts.tiers.ordinary_up_to);
        println!("  ordinary      {:>9}", counts.ordinary);
    }
}

const COLUMNS: [&str; 12] = [
    "customer_ref",
    "recency_days",
    "frequency",
    "monetary_minor",
    "recency_band",
    "frequency_band",
    "monetary_band",
    "product_type",
    "product_user",
    "score",
    "tier",
    "rank",
];

/// Writes a run's scores by the length of the customers' references, then by their text; answers how many. Who has no reference goes by their id.
fn write_csv(db: &Db, run: &ScoringRun, system: &str, path: &PathBuf) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let mut rows: Vec<(String, RunScore)> = Vec::new();
    db.long_read(|conn| {
        scoring_runs::for_each_score(conn, run.id, system, |reference, score| {
            rows.push((reference.unwrap_or_else(|| score.customer_id.to_string()), score));
        })
    })?;
    rows.sort_by(|(a, _), (b, _)| (a.chars().count(), a).cmp(&(b.chars().count(), b)));
    let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut writer = csv::Writer::from_writer(BufWriter::new(file));
    writer.write_record(COLUMNS)?;
    for (reference, score) in &rows {
        let numbers = [
            score.recency_days,
            score.frequency,
            score.monetary,
            score.recency_band.into(),
            score.frequency_band.into(),
            score.monetary_band.into(),
        ];
        writer.write_field(reference)?;
        for number in numbers {
            writer.write_field(number.to_string())?;
        }
        for points in [score.product_type, score.product_user, score.score] {
            writer.write_field(points.to_string())?;
        }
        writer.write_field(score.tier.to_string())?;
        writer.write_field(score.rank.to_string())?;
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    Ok(rows.len())
}
