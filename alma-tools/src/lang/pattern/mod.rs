//! How dates and times of day are written: patterns such as `D MMM YYYY` and `h:mm A`.

mod dates;
mod times;
mod tokens;

pub use dates::DatePattern;
pub(crate) use dates::{MONTHS, WEEKDAYS};
pub use times::TimePattern;
