//! The public suite of evaluators, on the default backend over the reference ledger.

use alma_core::{
    Suite,
    testkit::{self, EvaluatorParts, block_on},
};
use alma_meta::{Bench, GatedEvaluator, Rules, Salt};

async fn gated(parts: EvaluatorParts) -> GatedEvaluator {
    let mut rules = Rules::default();
    // A night's pairs out of a pool that has to last for a trial and a watch.
    rules.pairs = 40;
    let (subject, suite) = (parts.subject, parts.suite);
    let bench = Bench::of_suite(&subject, Suite::new(&suite.name, suite.metric, Vec::new()));
    let evaluator = GatedEvaluator::new(
        parts.ledger,
        Salt::new(b"0123456789abcdef".as_slice()).unwrap(),
    )
    .with_clock(parts.clock)
    .with_rules(rules)
    .with_bench(bench);
    let added = evaluator.add_cases(&parts.scope, &subject, &suite.cases);
    assert_eq!(added.await.unwrap(), suite.cases.len() as u64);
    evaluator
}

#[test]
fn keeps_the_contract() {
    block_on(testkit::evaluator(gated));
}
