//! Search over declared parameters, on cases that the gate never uses.

mod parzen;
mod space;
mod tpe;

pub use tpe::Tpe;
