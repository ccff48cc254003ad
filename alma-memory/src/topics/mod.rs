//! Topics: drafted out of clusters, matched with those of the night before.

mod centre;
mod continued;
mod draft;
mod extract;
mod rarity;

pub(crate) use draft::{Draft, Earlier, Input, Member, draft};
pub(crate) use rarity::Rarity;
