use std::time::Duration;

use serde_json::{Map, Value, json};

/// What a workload has shown: names and figures, each with its unit in the name.
pub(crate) struct Row {
    workload: &'static str,
    figures: Vec<(&'static str, f64)>,
}

impl Row {
    pub(crate) fn new(workload: &'static str, figures: Vec<(&'static str, f64)>) -> Self {
        Self { workload, figures }
    }

    pub(crate) fn json(&self) -> Value {
        let mut row = Map::from_iter([("workload".to_owned(), json!(self.workload))]);
        row.extend(self.figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure))));
        Value::Object(row)
    }
}

pub(crate) fn print_table(rows: &[Row]) {
    println!("\n| workload | figures |\n| --- | --- |");
    for row in rows {
        let figures: Vec<String> =
            row.figures.iter().map(|(name, figure)| format!("{name} {figure:.1}")).collect();
        println!("| {} | {} |", row.workload, figures.join(" · "));
    }
}

/// The sample below which `share` of all lie, in microseconds.
pub(crate) fn percentile(samples: &mut [Duration], share: f64) -> f64 {
    samples.sort_unstable();
    #[expect(clippy::as_conversions, reason = "an index of a sample; rounding does no harm")]
    let at = ((samples.len().saturating_sub(1)) as f64 * share) as usize;
    samples.get(at).map_or(0.0, |sample| sample.as_secs_f64() * 1e6)
}
