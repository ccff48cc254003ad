//! Programs: parameters, a result type and a body, checked when they are made.

use std::{fmt, str::FromStr};

use alma_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize, de};
use serde_json::Value as Json;

use super::{
    Expr, Limits, Meter, Stop, Type, Value,
    check::check,
    eval::{Frame, eval},
    parse, print,
};

/// A parameter of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// The name: a letter, then letters, digits and underscores.
    pub name: String,
    /// The type.
    pub ty: Type,
}

/// A program of the language; its text form is what it is stored as.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    params: Vec<Param>,
    gives: Type,
    body: Expr,
}

impl Program {
    /// A program, once its body is known to give what it says.
    ///
    /// # Errors
    /// `InvalidInput` when a name is no name or taken twice, or the body has another type.
    pub fn new(params: Vec<Param>, gives: Type, body: Expr) -> Result<Self> {
        for (at, param) in params.iter().enumerate() {
            if !parse::is_name(&param.name) || params[..at].iter().any(|p| p.name == param.name) {
                return Err(Error::invalid(format!(
                    "cannot use '{}' as a parameter",
                    param.name
                ))
                .with_remedy("names start with a letter, go on with letters, digits and underscores, and are used once"));
            }
        }
        let types: Vec<_> = params.iter().map(|param| param.ty).collect();
        let found = check(&body, &types, gives)?;
        if found != gives {
            return Err(Error::invalid(format!(
                "cannot use a body of type {found} where {gives} is promised"
            )));
        }
        Ok(Self {
            params,
            gives,
            body,
        })
    }

    /// The parameters, in order.
    #[must_use]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The type of the result.
    #[must_use]
    pub const fn gives(&self) -> Type {
        self.gives
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Expr {
        &self.body
    }

    /// The value for `args`, one for each parameter.
    ///
    /// # Errors
    /// The [`Stop`] that ended the evaluation.
    pub fn run(&self, args: &[Value], limits: Limits) -> Result<Value, Stop> {
        if args.len() != self.params.len() {
            return Err(Stop::Domain("the number of arguments differs"));
        }
        if !args
            .iter()
            .zip(&self.params)
            .all(|(arg, param)| arg.is(param.ty))
        {
            return Err(Stop::Domain("an argument has the wrong type"));
        }
        let mut frame = Frame {
            params: args,
            locals: Vec::new(),
        };
        eval(&self.body, &mut frame, &mut Meter::new(limits))
    }

    /// The value for JSON arguments, as JSON.
    ///
    /// # Errors
    /// `InvalidInput` when an argument has another type or lies outside of what the program
    /// is defined for; `BudgetExceeded` when it needs more than `limits`.
    pub fn run_json(&self, args: &[Json], limits: Limits) -> Result<Json> {
        if args.len() != self.params.len() {
            return Err(Error::invalid(format!(
                "cannot run a program of {} parameters with {} arguments",
                self.params.len(),
                args.len()
            )));
        }
        let mut values = Vec::with_capacity(args.len());
        for (json, param) in args.iter().zip(&self.params) {
            values.push(Value::from_json(json, param.ty).ok_or_else(|| {
                Error::invalid(format!("cannot read '{}' as {}", param.name, param.ty))
            })?);
        }
        match self.run(&values, limits) {
            Ok(value) => Ok(value.to_json()),
            Err(stop @ (Stop::Steps | Stop::Bytes)) => Err(Error::new(
                ErrorKind::BudgetExceeded,
                format!("cannot finish the program: {stop}"),
            )
            .with_remedy("call it with a smaller input")),
            Err(stop @ Stop::Domain(_)) => Err(Error::invalid(format!(
                "cannot compute a value for this input: {stop}"
            ))),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::program(self, f)
    }
}

impl FromStr for Program {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse::program(text)
    }
}

impl Serialize for Program {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Program {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(de::Error::custom)
    }
}
