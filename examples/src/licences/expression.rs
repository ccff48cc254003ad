//! Licence expressions, and whether somebody should look at one.

/// Licences that ask for nothing but a notice.
const PERMISSIVE: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Why somebody should look at a licence; nothing when one may choose terms that ask for a notice only.
#[must_use]
pub fn attention(expression: &str) -> Option<String> {
    if expression.trim().is_empty() {
        return Some("the manifest names no licence".to_owned());
    }
    let terms = terms(expression);
    let mut parser = Parser {
        terms: &terms,
        at: 0,
    };
    match parser.any() {
        Some(open) if parser.at == terms.len() => (!open.is_empty())
            .then(|| format!("it asks for more than a notice: {}", open.join(", "))),
        _ => Some(format!("'{expression}' is no licence expression")),
    }
}

fn terms(expression: &str) -> Vec<String> {
    expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// Reads `A OR (B AND C)`. Each part answers with the licences in it that are not permissive:
/// of a choice the best part counts, of a conjunction all parts do.
struct Parser<'a> {
    terms: &'a [String],
    at: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Option<Vec<String>> {
        let mut best = self.all()?;
        while self.takes("OR") {
            let other = self.all()?;
            if other.len() < best.len() {
                best = other;
            }
        }
        Some(best)
    }

    fn all(&mut self) -> Option<Vec<String>> {
        let mut open = self.one()?;
        while self.takes("AND") {
            open.extend(self.one()?);
        }
        Some(open)
    }

    fn one(&mut self) -> Option<Vec<String>> {
        if self.takes("(") {
            let open = self.any()?;
            return self.takes(")").then_some(open);
        }
        let name = self
            .terms
            .get(self.at)
            .filter(|term| is_name(term))?
            .clone();
        self.at += 1;
        let exception = if self.takes("WITH") {
            let exception = self.terms.get(self.at).filter(|term| is_name(term))?;
            self.at += 1;
            Some(exception)
        } else {
            None
        };
        // An exception only gives more rights.
        if PERMISSIVE.contains(&name.as_str()) {
            return Some(Vec::new());
        }
        Some(vec![exception.map_or(name.clone(), |exception| {
            format!("{name} WITH {exception}")
        })])
    }

    fn takes(&mut self, term: &str) -> bool {
        let there = self.terms.get(self.at).is_some_and(|found| found == term);
        self.at += usize::from(there);
        there
    }
}

fn is_name(term: &str) -> bool {
    !matches!(term, "OR" | "AND" | "WITH" | "(" | ")")
        && term
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | ':'))
}
