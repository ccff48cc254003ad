//! Operations: named, typed, total functions over values.

use std::fmt;

use super::{Base, Meter, Stop, Type, Value};

/// The type of an argument or result, in which `T` is whatever the call makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A day.
    Date,
    /// `T`.
    Item,
    /// `T`, which has an order.
    Ordered,
    /// A list of `T`.
    List,
    /// A list of `T`, which has an order.
    OrderedList,
    /// A list of numbers.
    Numbers,
    /// A list of texts.
    Texts,
    /// A list of lists of `T`.
    Nested,
}

impl Shape {
    /// Whether a value of `ty` fits; binds `T` when it is still open.
    pub fn accept(self, ty: Type, item: &mut Option<Type>) -> bool {
        let bound = match self {
            Self::Bool => return ty == Type::BOOL,
            Self::Number => return ty == Type::NUMBER,
            Self::Text => return ty == Type::TEXT,
            Self::Date => return ty == Type::DATE,
            Self::Numbers => return ty.depth() == 1 && ty.base() == Base::Number,
            Self::Texts => return ty.depth() == 1 && ty.base() == Base::Text,
            Self::Item => Some(ty),
            Self::Ordered => ty.is_ordered().then_some(ty),
            Self::List => ty.item(),
            Self::OrderedList => ty.item().filter(|item| item.is_ordered()),
            Self::Nested => ty.item().and_then(Type::item),
        };
        match (bound, *item) {
            (None, _) => false,
            (Some(bound), Some(item)) => bound == item,
            (Some(bound), None) => {
                *item = Some(bound);
                true
            }
        }
    }

    /// The type, once `T` is known; `None` when it would be nested too deep or `T` is open.
    #[must_use]
    pub fn resolve(self, item: Option<Type>) -> Option<Type> {
        Some(match self {
            Self::Bool => Type::BOOL,
            Self::Number => Type::NUMBER,
            Self::Text => Type::TEXT,
            Self::Date => Type::DATE,
            Self::Numbers => return Type::NUMBER.list(),
            Self::Texts => return Type::TEXT.list(),
            Self::Item | Self::Ordered => return item,
            Self::List | Self::OrderedList => return item?.list(),
            Self::Nested => return item?.list()?.list(),
        })
    }

    /// Whether the shape mentions `T`.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Item | Self::Ordered | Self::List | Self::OrderedList | Self::Nested
        )
    }
}

/// One parameter of an operation: its shape, and what a search should try there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Anything of this shape.
    Any(Shape),
    /// Something of this shape that depends on the input; a search tries no constant.
    Subject(Shape),
    /// A parameter, a variable or a constant of this shape; a search tries nothing deeper.
    Plain(Shape),
    /// A constant of this shape; a search takes parameters for less likely.
    Setting(Shape),
    /// A text constant that says how a date is written.
    DatePattern,
    /// A text constant that says how a time of day or a duration is written.
    TimePattern,
}

impl Take {
    /// The shape of what is taken.
    #[must_use]
    pub const fn shape(self) -> Shape {
        match self {
            Self::Any(shape) | Self::Subject(shape) | Self::Plain(shape) | Self::Setting(shape) => {
                shape
            }
            Self::DatePattern | Self::TimePattern => Shape::Text,
        }
    }
}

/// The row of an operation in the language's tables.
pub(crate) struct Spec {
    /// The name in program text.
    pub(crate) name: &'static str,
    /// The parameters.
    pub(crate) takes: &'static [Take],
    /// The result.
    pub(crate) gives: Shape,
    /// How much it adds to a program's cost: 2 for what is common, up to 5 for what is rare.
    pub(crate) weight: u8,
    /// Whether the order of its two arguments is without meaning.
    pub(crate) commutes: bool,
    /// Words in a description that hint at it, separated by blanks.
    pub(crate) words: &'static str,
    /// What it does.
    pub(crate) run: fn(&[Value], &mut Meter) -> Result<Value, Stop>,
}

/// An operation of the language.
#[derive(Clone, Copy)]
pub struct Op(pub(crate) &'static Spec);

impl Op {
    /// All operations of the language, in a fixed order.
    pub fn all() -> impl Iterator<Item = Self> {
        super::all_ops()
    }

    /// The name in program text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// The parameters.
    #[must_use]
    pub const fn takes(self) -> &'static [Take] {
        self.0.takes
    }

    /// The shape of the result.
    #[must_use]
    pub const fn gives(self) -> Shape {
        self.0.gives
    }

    /// How much the operation adds to a program's cost.
    #[must_use]
    pub const fn weight(self) -> u8 {
        self.0.weight
    }

    /// Words in a description that hint at it, separated by blanks.
    pub(crate) const fn words(self) -> &'static str {
        self.0.words
    }

    /// Whether the order of its two arguments is without meaning.
    pub(crate) const fn commutes(self) -> bool {
        self.0.commutes
    }

    /// Applies the operation; arguments of other types give an error, never a panic.
    pub(crate) fn apply(self, args: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
        // Whatever it does, it may look once at all that it is given.
        let looks = args.iter().map(|arg| match arg {
            Value::Text(text) => text.len() / 64,
            Value::List(items) => items.len() / 64,
            _ => 0,
        });
        meter.step(1 + looks.sum::<usize>())?;
        (self.0.run)(args, meter)
    }
}

impl PartialEq for Op {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Op {}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Op({})", self.0.name)
    }
}
