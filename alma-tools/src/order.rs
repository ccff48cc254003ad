//! Orders: what a specification says about parameters and result, stated or inferred.

use alma_core::{Error, Example, Result, Schema, ToolSpec};
use serde_json::{Map, Value as Json, json};

use crate::{
    build::Sample,
    lang::{Base, Expr, Limits, Param, Program, Type, Value},
};

/// The most examples that a builder looks at.
pub(crate) const MOST_EXAMPLES: usize = 64;
/// The most bytes of values that one example may hold: a search makes nothing longer either.
const LARGEST_EXAMPLE: usize = 16 << 10;

/// How the input of a tool holds the arguments of its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An object with these names.
    Named(Vec<String>),
    /// A list with this many places.
    Placed(usize),
    /// The input is the one argument.
    Single,
}

impl Shape {
    /// The arguments in an input; `None` when it has another shape.
    pub(crate) fn arguments<'a>(&self, input: &'a Json) -> Option<Vec<&'a Json>> {
        match self {
            Self::Named(names) => names.iter().map(|name| input.get(name)).collect(),
            Self::Placed(places) => input
                .as_array()
                .filter(|list| list.len() == *places)
                .map(|list| list.iter().collect()),
            Self::Single => Some(vec![input]),
        }
    }

    /// The shape that a program's parameters and a tool's input schema stand for.
    pub(crate) fn of(schema: &Schema, params: &[Param]) -> Self {
        match schema.types()[..] {
            ["object"] => Self::Named(params.iter().map(|param| param.name.clone()).collect()),
            ["array"] if schema.as_value().get("maxItems").is_some() => Self::Placed(params.len()),
            _ => Self::Single,
        }
    }
}

/// What is to be built, in the terms of the language.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) params: Vec<Param>,
    pub(crate) gives: Type,
    pub(crate) samples: Vec<Sample>,
    pub(crate) input: Schema,
    pub(crate) output: Schema,
    stated: bool,
}

impl Order {
    /// Reads a specification.
    ///
    /// # Errors
    /// `InvalidInput` when there are no examples or too many, when they are too large, differ in shape, or break a stated schema.
    pub(crate) fn read(spec: &ToolSpec) -> Result<Self> {
        let count = spec.examples.len();
        let wrong = |why: &str| Error::invalid(format!("cannot build '{}': {why}", spec.name));
        if !(2..=MOST_EXAMPLES).contains(&count) {
            return Err(wrong(&format!("it has {count} examples"))
                .with_remedy(format!("give 2 to {MOST_EXAMPLES} examples")));
        }
        for example in &spec.examples {
            if let Some(schema) = &spec.input {
                schema.check(&example.input)?;
            }
            if let Some(schema) = &spec.output {
                schema.check(&example.output)?;
            }
        }
        let shape = shape(&spec.examples).ok_or_else(|| {
            wrong("its examples have inputs of different shapes")
                .with_remedy("give each example the same names, or the same number of places")
        })?;
        let rows: Vec<Vec<&Json>> = spec
            .examples
            .iter()
            .filter_map(|example| shape.arguments(&example.input))
            .collect();
        let names: Vec<String> = match &shape {
            Shape::Named(names) => names.clone(),
            Shape::Placed(places) => (1..=*places).map(|place| format!("arg{place}")).collect(),
            Shape::Single => vec!["input".to_owned()],
        };
        let mut params = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            let ty = Type::infer(rows.iter().map(|row| row[at])).ok_or_else(|| {
                wrong(&format!("'{name}' is of no type that a program can take"))
                    .with_remedy("use texts, numbers, truths, and lists of them")
            })?;
            params.push(Param { name, ty });
        }
        let gives =
            Type::infer(spec.examples.iter().map(|example| &example.output)).ok_or_else(|| {
                wrong("its outputs are of no type that a program can give")
                    .with_remedy("use texts, numbers, truths, and lists of them")
            })?;
        let samples = spec
            .examples
            .iter()
            .zip(&rows)
            .map(|(example, row)| {
                let input: Option<Vec<Value>> = row
                    .iter()
                    .zip(&params)
                    .map(|(argument, param)| Value::from_json(argument, param.ty))
                    .collect();
                Some(Sample {
                    input: input?,
                    output: Value::from_json(&example.output, gives)?,
                })
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| wrong("a number in its examples is too large to be exact"))?;
        let large = |sample: &Sample| {
            let input: usize = sample.input.iter().map(Value::weight).sum();
            input + sample.output.weight() > LARGEST_EXAMPLE
        };
        if let Some(at) = samples.iter().position(large) {
            return Err(wrong(&format!("example {} is too large", at + 1))
                .with_remedy(format!("give examples of at most {LARGEST_EXAMPLE} bytes")));
        }
        let input = match &spec.input {
            Some(schema) => schema.clone(),
            None => Schema::new(input_schema(&shape, &params))?,
        };
        let output = match &spec.output {
            Some(schema) => schema.clone(),
            None => Schema::new(gives.schema())?,
        };
        if Shape::of(&input, &params) != shape {
            return Err(wrong(
                "its examples have another shape than its input schema",
            ));
        }
        let stated = spec.input.is_some() || spec.output.is_some();
        Ok(Self {
            params,
            gives,
            samples,
            input,
            output,
            stated,
        })
    }

    /// The order with lists of anything in place of lists of numbers or texts, where `body` does not care.
    ///
    /// Stated schemas stay as they are.
    pub(crate) fn widened(mut self, body: &Expr) -> Self {
        if self.stated {
            return self;
        }
        let widen = |ty: Type| {
            if ty.depth() > 0 {
                Type::of(Base::Json).lists(ty.depth())
            } else {
                ty
            }
        };
        let params: Vec<Param> = self
            .params
            .iter()
            .map(|param| Param {
                name: param.name.clone(),
                ty: widen(param.ty),
            })
            .collect();
        for gives in [widen(self.gives), self.gives] {
            let Ok(program) = Program::new(params.clone(), gives, body.clone()) else {
                continue;
            };
            let same = |sample: &Sample| {
                program
                    .run(&sample.input, Limits::default())
                    .is_ok_and(|value| value.same(&sample.output))
            };
            if self.samples.iter().all(same)
                && let (Ok(input), Ok(output)) = (
                    Schema::new(input_schema(&Shape::of(&self.input, &params), &params)),
                    Schema::new(gives.schema()),
                )
            {
                (self.params, self.gives, self.input, self.output) = (params, gives, input, output);
                return self;
            }
        }
        self
    }

    /// The order without repetitions: an example says nothing new the second time.
    pub(crate) fn distinct(mut self) -> Self {
        let mut kept: Vec<Sample> = Vec::new();
        for sample in self.samples {
            if !kept.contains(&sample) {
                kept.push(sample);
            }
        }
        self.samples = kept;
        self
    }

    /// The first pair of examples with one input and two outputs.
    pub(crate) fn contradiction(&self) -> Option<(usize, usize)> {
        let samples = &self.samples;
        (0..samples.len()).find_map(|b| {
            (0..b)
                .find(|a| {
                    samples[*a].input == samples[b].input
                        && !samples[*a].output.same(&samples[b].output)
                })
                .map(|a| (a, b))
        })
    }
}

fn shape(examples: &[Example]) -> Option<Shape> {
    let first = &examples.first()?.input;
    match first {
        Json::Object(map) => {
            let names: Vec<String> = map.keys().cloned().collect();
            let mut sorted = names;
            sorted.sort_unstable();
            let same = |example: &Example| {
                example.input.as_object().is_some_and(|map| {
                    map.len() == sorted.len() && sorted.iter().all(|name| map.contains_key(name))
                })
            };
            (!sorted.is_empty() && examples.iter().all(same)).then_some(Shape::Named(sorted))
        }
        Json::Array(list) if !list.is_empty() => {
            let places = list.len();
            let all_lists = examples.iter().all(|example| example.input.is_array());
            let same = |example: &Example| {
                example
                    .input
                    .as_array()
                    .is_some_and(|list| list.len() == places)
            };
            if examples.iter().all(same) {
                Some(Shape::Placed(places))
            } else {
                all_lists.then_some(Shape::Single)
            }
        }
        Json::Array(_) => examples
            .iter()
            .all(|example| example.input.is_array())
            .then_some(Shape::Single),
        _ => {
            let plain = |example: &Example| !example.input.is_object() && !example.input.is_array();
            examples.iter().all(plain).then_some(Shape::Single)
        }
    }
}

fn input_schema(shape: &Shape, params: &[Param]) -> Json {
    match shape {
        Shape::Named(names) => {
            let properties: Map<String, Json> = params
                .iter()
                .map(|param| (param.name.clone(), param.ty.schema()))
                .collect();
            json!({
                "type": "object", "properties": properties, "required": names,
                "additionalProperties": false,
            })
        }
        // The places may hold different things, which this part of JSON Schema cannot say one by one.
        Shape::Placed(places) => json!({"type": "array", "minItems": places, "maxItems": places}),
        Shape::Single => params
            .first()
            .map_or_else(|| json!({}), |param| param.ty.schema()),
    }
}
