//! The parser of the text form.

use alma_core::{Error, Result};
use serde_json::Value as Json;

use super::{Expr, Form, Param, Program, Type, Value, check::MAX_DEPTH, find_op};

/// The longest program text that is read.
const MAX_TEXT: usize = 64 << 10;

pub(crate) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !matches!(
            name,
            "if" | "then" | "else" | "true" | "false" | "null" | "date"
        )
}

pub(crate) fn program(text: &str) -> Result<Program> {
    if text.len() > MAX_TEXT {
        return Err(Error::invalid(format!(
            "cannot read a program of more than {MAX_TEXT} bytes"
        )));
    }
    let mut parser = Parser {
        text,
        at: 0,
        names: Vec::new(),
        params: 0,
    };
    let (params, gives) = parser.head()?;
    parser.names = params.iter().map(|param| param.name.clone()).collect();
    parser.params = params.len();
    let body = parser.expr(0)?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.wrong("something follows the end"));
    }
    Program::new(params, gives, body)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Parameters, then the variables of the lambdas around.
    names: Vec<String>,
    params: usize,
}

impl<'a> Parser<'a> {
    fn wrong(&self, why: &str) -> Error {
        Error::invalid(format!(
            "cannot read the program at byte {}: {why}",
            self.at
        ))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes `sign` when it comes next.
    fn take(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn want(&mut self, sign: &str) -> Result<()> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.wrong(&format!("'{sign}' is missing")))
        }
    }

    fn word(&mut self) -> &'a str {
        self.blanks();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn head(&mut self) -> Result<(Vec<Param>, Type)> {
        let mut params = Vec::new();
        self.want("(")?;
        if !self.take(")") {
            loop {
                let name = self.word().to_owned();
                self.want(":")?;
                let ty = self.ty()?;
                params.push(Param { name, ty });
                if self.take(")") {
                    break;
                }
                self.want(",")?;
            }
        }
        if params.len() > 16 {
            return Err(self.wrong("it has more than 16 parameters"));
        }
        self.want("->")?;
        let gives = self.ty()?;
        self.want("=")?;
        Ok((params, gives))
    }

    fn ty(&mut self) -> Result<Type> {
        self.blanks();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphabetic() && c != '<' && c != '>')
            .unwrap_or(rest.len());
        self.at += end;
        rest[..end].parse()
    }

    fn expr(&mut self, depth: usize) -> Result<Expr> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("it is nested too deep"));
        }
        self.blanks();
        let start = self.at;
        let next = self.rest().chars().next();
        if !next.is_some_and(|c| c.is_ascii_alphabetic()) {
            return self.literal(depth).map(Expr::Literal);
        }
        let word = self.word();
        match word {
            "if" => {
                let condition = self.expr(depth + 1)?;
                self.keyword("then")?;
                let yes = self.expr(depth + 1)?;
                self.keyword("else")?;
                let no = self.expr(depth + 1)?;
                Ok(Expr::If([condition, yes, no].into()))
            }
            "true" | "false" | "null" | "date" => {
                self.at = start;
                self.literal(depth).map(Expr::Literal)
            }
            name if self.take("(") => self.call(name, depth),
            name => self.name(name),
        }
    }

    fn keyword(&mut self, keyword: &str) -> Result<()> {
        if self.word() == keyword {
            Ok(())
        } else {
            Err(self.wrong(&format!("'{keyword}' is missing")))
        }
    }

    fn name(&self, name: &str) -> Result<Expr> {
        let found = self.names.iter().rposition(|other| other == name);
        let found = found.ok_or_else(|| self.wrong(&format!("'{name}' is unknown here")))?;
        let number =
            |at: usize| u8::try_from(at).map_err(|_| self.wrong("there are too many names"));
        Ok(if found < self.params {
            Expr::Param(number(found)?)
        } else {
            Expr::Local(number(found - self.params)?)
        })
    }

    fn call(&mut self, name: &str, depth: usize) -> Result<Expr> {
        if let Some(form) = Form::named(name) {
            let mut lists = Vec::with_capacity(2);
            for _ in 0..form.lists() {
                lists.push(self.expr(depth + 1)?);
                self.want(",")?;
            }
            let body = self.lambda(form, depth + 1)?;
            self.want(")")?;
            return Ok(Expr::Each(form, lists.into(), body.into()));
        }
        let Some(op) = find_op(name) else {
            return Err(self.wrong(&format!("there is no operation '{name}'")));
        };
        let mut args = Vec::with_capacity(op.takes().len());
        for at in 0..op.takes().len() {
            if at > 0 {
                self.want(",")?;
            }
            args.push(self.expr(depth + 1)?);
        }
        self.want(")")?;
        Ok(Expr::Call(op, args.into()))
    }

    fn lambda(&mut self, form: Form, depth: usize) -> Result<Expr> {
        let level = self.names.len();
        if form.variables() == 2 {
            self.want("(")?;
            let first = self.word().to_owned();
            self.want(",")?;
            let second = self.word().to_owned();
            self.want(")")?;
            self.names.extend([first, second]);
        } else {
            let name = self.word().to_owned();
            self.names.push(name);
        }
        if !self.names[level..].iter().all(|name| is_name(name)) {
            return Err(self.wrong("a variable has no name"));
        }
        self.want("=>")?;
        let body = self.expr(depth);
        self.names.truncate(level);
        body
    }

    fn literal(&mut self, depth: usize) -> Result<Value> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("it is nested too deep"));
        }
        if self.take("[") {
            let mut items = Vec::new();
            if !self.take("]") {
                loop {
                    items.push(self.literal(depth + 1)?);
                    if self.take("]") {
                        break;
                    }
                    self.want(",")?;
                }
            }
            return Ok(Value::list(items));
        }
        let is_date = self.take("date");
        self.blanks();
        let end = literal_end(self.rest());
        let json: Json = serde_json::from_str(&self.rest()[..end])
            .map_err(|_| self.wrong("a value is missing"))?;
        self.at += end;
        let ty = if is_date { Type::DATE } else { Type::JSON };
        Value::from_json(&json, ty).ok_or_else(|| self.wrong("a value is out of range"))
    }
}

/// Where a literal that is no list ends.
fn literal_end(rest: &str) -> usize {
    if !rest.starts_with('"') {
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        return rest.find(|c| !inside(c)).unwrap_or(rest.len());
    }
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
