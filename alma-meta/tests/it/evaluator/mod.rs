//! The evaluator over a ledger: trials over nights, promotion, the way back, and what it refuses.

mod budgets;
mod cases;
mod gate;
mod promotion;
mod proposals;
mod pupil;
