//! The search: banks grow by cost, and at each cost longer answers are put together.

mod assemble;
mod lambdas;
mod search;
mod through;

pub(crate) use search::solve;
