//! The numbers behind a verdict, as plain JSON for reports.

use alma_core::Settings;
use serde_json::{Value, json};

use crate::{Account, Enrolment, Evidence, Night, Ruling, Watch};

/// The numbers of a trial.
pub(super) fn of_trial(
    enrolment: &Enrolment,
    evidence: &Evidence,
    account: &Account,
    night: Night,
    ruling: &Ruling,
) -> Value {
    let guards: serde_json::Map<String, Value> = evidence
        .guards()
        .iter()
        .map(|(name, wealth)| {
            let numbers =
                json!({"ln_e": wealth.ln_e(), "pairs": wealth.pairs(), "margin": -wealth.delta()});
            (name.clone(), numbers)
        })
        .collect();
    json!({
        "trial": enrolment.trial,
        "night": night,
        "enrolled": enrolment.night,
        "nights": evidence.nights().len(),
        "pairs": evidence.pairs(),
        "mean": evidence.mean(),
        "e": evidence.gain().e(),
        "ln_e": evidence.gain().ln_e(),
        "ln_e_needed": enrolment.ln_needed(),
        "alpha": enrolment.alpha(),
        "year_spent": account.spent(night),
        "ln_e_futile": evidence.futility().ln_e(),
        "guards": guards,
        "broken": evidence.broken(),
        "ruling": ruling,
    })
}

/// The numbers of a promotion that is watched.
pub(super) fn of_watch(watch: &Watch, night: Night, back: Option<&str>) -> Value {
    json!({
        "trial": watch.trial(),
        "night": night,
        "watch": {
            "pairs": watch.old_better().pairs(),
            "ln_e_old_better": watch.old_better().ln_e(),
            "go_back": back,
        },
    })
}

/// What a change would change, parameter by parameter.
pub(crate) fn changes(before: &Settings, after: &Settings) -> Vec<(String, Value, Value)> {
    let absent = Value::Null;
    let names = before.0.keys().chain(after.0.keys());
    let mut names: Vec<&String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| {
            let of = |settings: &Settings| settings.0.get(name).unwrap_or(&absent).clone();
            (name.clone(), of(before), of(after))
        })
        .filter(|(_, before, after)| before != after)
        .collect()
}
