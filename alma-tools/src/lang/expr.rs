//! Expressions: what a program's body is made of.

use std::sync::Arc;

use super::{Op, Value};

/// An expression; sharing is cheap, so that a search can hold many.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// The parameter with this number.
    Param(u8),
    /// A lambda's variable, counted from the outermost lambda inwards.
    Local(u8),
    /// A fixed value.
    Literal(Value),
    /// An operation on arguments.
    Call(Op, Arc<[Expr]>),
    /// A choice: condition, then, else. Only the chosen side is evaluated.
    If(Arc<[Expr; 3]>),
    /// A lambda applied over lists.
    Each(Form, Arc<[Expr]>, Arc<Expr>),
}

impl Expr {
    /// How many nodes the expression has.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + match self {
            Self::Param(_) | Self::Local(_) | Self::Literal(_) => 0,
            Self::Call(_, args) => args.iter().map(Self::size).sum(),
            Self::If(parts) => parts.iter().map(Self::size).sum(),
            Self::Each(_, lists, body) => lists.iter().map(Self::size).sum::<usize>() + body.size(),
        }
    }

    /// Calls `visit` on this expression and everything in it.
    pub fn walk(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        match self {
            Self::Param(_) | Self::Local(_) | Self::Literal(_) => {}
            Self::Call(_, args) => args.iter().for_each(|arg| arg.walk(visit)),
            Self::If(parts) => parts.iter().for_each(|part| part.walk(visit)),
            Self::Each(_, lists, body) => {
                lists.iter().for_each(|list| list.walk(visit));
                body.walk(visit);
            }
        }
    }
}

/// What is done with a lambda and its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// The lambda's value for each item.
    Map,
    /// The items for which the lambda is true.
    Filter,
    /// How many items make the lambda true.
    CountIf,
    /// Whether all items make the lambda true.
    All,
    /// Whether some item makes the lambda true.
    Any,
    /// The first item that makes the lambda true; none is an error.
    Find,
    /// The items before the first that makes the lambda false.
    TakeWhile,
    /// The items from the first that makes the lambda false.
    DropWhile,
    /// The items by rising value of the lambda; equals keep their order.
    SortBy,
    /// The first item with the largest value of the lambda.
    MaxBy,
    /// The first item with the smallest value of the lambda.
    MinBy,
    /// The lambda's value for each pair of items of two lists, as far as the shorter goes.
    ZipWith,
    /// The lambda's value for each item and its successor.
    Adjacent,
    /// The last of the values that the lambda makes of the value so far and each item.
    Fold,
    /// All of the values that the lambda makes of the value so far and each item.
    Scan,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 15] = [
        Self::Map,
        Self::Filter,
        Self::CountIf,
        Self::All,
        Self::Any,
        Self::Find,
        Self::TakeWhile,
        Self::DropWhile,
        Self::SortBy,
        Self::MaxBy,
        Self::MinBy,
        Self::ZipWith,
        Self::Adjacent,
        Self::Fold,
        Self::Scan,
    ];

    /// The form's name in program text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Filter => "filter",
            Self::CountIf => "count_if",
            Self::All => "all",
            Self::Any => "any",
            Self::Find => "find",
            Self::TakeWhile => "take_while",
            Self::DropWhile => "drop_while",
            Self::SortBy => "sort_by",
            Self::MaxBy => "max_by",
            Self::MinBy => "min_by",
            Self::ZipWith => "zip_with",
            Self::Adjacent => "adjacent",
            Self::Fold => "fold",
            Self::Scan => "scan",
        }
    }

    /// The form with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// How many arguments stand before the lambda.
    #[must_use]
    pub const fn lists(self) -> usize {
        match self {
            Self::ZipWith | Self::Fold | Self::Scan => 2,
            _ => 1,
        }
    }

    /// How many variables the lambda has.
    #[must_use]
    pub const fn variables(self) -> u8 {
        match self {
            Self::ZipWith | Self::Adjacent | Self::Fold | Self::Scan => 2,
            _ => 1,
        }
    }
}
