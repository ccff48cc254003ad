//! Forty-Two: nothing changes how Alma behaves before fresh evidence has shown that it is better.
//!
//! [`GatedEvaluator`] is the default backend of [`Evaluator`](alma_core::Evaluator). It scores
//! subjects, searches their declared parameters, tries what was found on fresh cases night by
//! night, and watches what was promoted. Under it lies [`verdict`]: a pure function of the
//! [`Evidence`] that fresh pairs gave and of the [`Account`] that bounds how often a year may be
//! wrong. "Not enough evidence" is its normal answer.
//!
//! | Part | What it is |
//! |---|---|
//! | [`Wealth`], [`Evidence`], [`Account`], [`Rules`], [`verdict`], [`Watch`] | the gate, as plain values |
//! | [`Salt`], [`split`], [`seed`] | what keeps a search from the cases that confirm |
//! | [`Tpe`] | the search |
//! | [`Bench`], [`World`], [`Guard`] | where cases come from, and what must not get worse |
//! | [`RetrievalSubject`], [`ForgeSubject`], [`PlannerSubject`], [`WorkerSubject`] | parts of Alma behind their traits, made fresh for each case |
//! | [`RetrievalWorld`], [`ForgeWorld`], [`PlannerWorld`], [`WorkerWorld`] | generated tasks for them, and attacks |
//! | [`ProposalDir`] | proposals and reports as a directory with a chain of digests |
//!
//! What is kept lies in the ledger of each scope: `gate/account`, `gate/trial/…`, `gate/watch/…`,
//! `gate/cases/…`, and `generations`, which belongs to [`Generations`](alma_core::Generations).
//!
//! # Examples
//! ```
//! use std::collections::BTreeMap;
//! use alma_core::Digest;
//! use alma_meta::{Account, Entry, Evidence, Rules, Ruling, verdict};
//!
//! let (old, new) = (Digest::of(b"k = 5"), Digest::of(b"k = 8"));
//! let mut account = Account::new();
//! let enrolment = account.enrol(20_000, new, old, &BTreeMap::new(), &Rules::default())?;
//! account.apply(Entry::Enrolled(enrolment.clone()))?;
//!
//! let mut evidence = Evidence::of(&enrolment)?;
//! evidence.observe(20_000, 1.0, 20)?; // 20 answers got right, 10 wrong, 170 stayed
//! evidence.observe(20_000, -1.0, 10)?;
//! evidence.observe(20_000, 0.0, 170)?;
//! assert!(matches!(verdict(&evidence, &account), Ruling::Wait { .. }));
//! # Ok::<(), alma_core::Error>(())
//! ```

mod bench;
mod draws;
mod evaluator;
mod gate;
mod proposal;
mod search;
mod subject;
mod world;

pub use bench::{Bench, Guard, World, suite_of};
pub use draws::Draws;
pub use evaluator::GatedEvaluator;
pub use gate::{
    Account, Closing, Enrolment, Entry, Evidence, Lacking, Night, Rules, Ruling, STAKES, Salt,
    Share, Standing, Watch, Wealth, YEAR, seed, split, verdict,
};
pub use proposal::{Link, ProposalDir, ProposalState};
pub use search::Tpe;
pub use subject::{ForgeSubject, PlannerSubject, RetrievalSubject, WorkerSubject};
pub use world::{ForgeWorld, PlannerWorld, RetrievalWorld, WorkerWorld};
