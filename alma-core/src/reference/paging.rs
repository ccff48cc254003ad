//! Pages of a list whose items have keys: a cursor is the last key seen.

use crate::{Cursor, Error, Page, PageRequest, Result};

/// Cuts a page out of `items`, which come in the order of their keys.
///
/// Keys rather than counts keep a walk whole while items come and go. `valid` tells the
/// keys that this list can have given from anything else.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = (String, T)>,
    request: &PageRequest,
    valid: impl Fn(&str) -> bool,
) -> Result<Page<T>> {
    let after = request.after.as_str();
    if !request.after.is_start() && !valid(after) {
        return Err(foreign());
    }
    let limit = request.limit.clamp(1, PageRequest::MAX);
    let mut rest = items
        .into_iter()
        .skip_while(|(key, _)| !request.after.is_start() && key.as_str() <= after);
    let mut next = request.after.clone();
    let mut taken = Vec::new();
    for (key, item) in rest.by_ref().take(limit) {
        next = Cursor::new(key);
        taken.push(item);
    }
    let more = rest.next().is_some();
    Ok(Page::new(taken, next, more))
}

pub(super) fn foreign() -> Error {
    Error::invalid("cannot read the cursor: it was not given by this list")
        .with_remedy("begin at the start")
}

/// A number as a key: text order is number order.
pub(super) fn number(number: u64) -> String {
    format!("{number:020}")
}

/// Whether a key is a number.
pub(super) fn is_number(key: &str) -> bool {
    key.len() == 20 && key.bytes().all(|byte| byte.is_ascii_digit())
}
