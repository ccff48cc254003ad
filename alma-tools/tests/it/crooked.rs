//! A forge that breaks one law at a time, and the law that notices.

use alma_core::{
    Call, Digest, Effect, Erased, Erasure, ErrorKind, Example, ForgeOutcome, Grant, Need, Page,
    PageRequest, Result, Schema, Scope, Tool, ToolForge, ToolMatch, ToolName, ToolResult, ToolSpec,
    Trust, sqlite::Database,
};
use alma_tools::{Native, SqliteForge, build::Effort};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::laws::{
    abstains, ana, checks_both_ways, denies, digest_is_honest, ignores_order, keeps_evidence,
    refuses_contradictions, reproduces,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    None,
    /// Says something else than the tool does, now and then.
    Misspeaks,
    /// Admits without the last stage.
    SkipsAStage,
    /// Takes the first of two examples that contradict each other.
    BelievesTheFirst,
    /// Looks at the first two examples only, and says what the first one says.
    FirstComesFirst,
    /// Shows another description than the digest was made of.
    Repaints,
    /// Passes on whatever comes in and goes out.
    ChecksNothing,
    /// Calls under a grant of everything.
    GrantsAll,
    /// Finds its favourite for every need.
    AlwaysFinds,
}

#[derive(Debug)]
struct Crooked {
    inner: SqliteForge,
    natives: Vec<Native>,
    defect: Defect,
}

async fn crooked(defect: Defect) -> Crooked {
    let echo = Native::new(
        "echo",
        "1",
        "Say a text again",
        Schema::of_type("string"),
        Schema::of_type("string"),
        |_call, input: Value| async move { Ok(input) },
    );
    let send = Native::new(
        "send",
        "1",
        "Send a letter",
        Schema::any(),
        Schema::any(),
        |_call, input: Value| async move { Ok(input) },
    );
    let natives = vec![
        echo.unwrap(),
        send.unwrap().with_effect(Effect::Sink, Vec::new()),
    ];
    let mut inner = SqliteForge::open(Database::in_memory().unwrap())
        .await
        .unwrap()
        .with_effort(Effort {
            evaluations: 6_000,
            ..Effort::default()
        });
    for native in &natives {
        inner = inner.with(native.clone()).unwrap();
    }
    Crooked {
        inner,
        natives,
        defect,
    }
}

#[async_trait]
impl ToolForge for Crooked {
    async fn find(&self, scope: &Scope, need: &Need, k: usize) -> Result<Vec<ToolMatch>> {
        let mut found = self.inner.find(scope, need, k).await?;
        if self.defect == Defect::AlwaysFinds && found.is_empty() {
            found.push(ToolMatch::new(self.natives[0].info().clone(), 0.6));
        }
        Ok(found)
    }

    async fn forge(&self, scope: &Scope, spec: &ToolSpec) -> Result<ForgeOutcome> {
        let mut spec = spec.clone();
        if self.defect == Defect::BelievesTheFirst {
            let mut kept: Vec<Example> = Vec::new();
            for example in spec.examples {
                if kept.iter().all(|other| other.input != example.input) {
                    kept.push(example);
                }
            }
            spec.examples = kept;
        }
        if self.defect == Defect::FirstComesFirst {
            let first = spec.examples[0].output.clone();
            let by = first.as_f64().unwrap_or(0.0);
            for example in &mut spec.examples {
                let number = example.input["x"].as_f64().unwrap_or(0.0);
                example.output = json!(number + by);
            }
        }
        let mut outcome = self.inner.forge(scope, &spec).await?;
        if let (Defect::SkipsAStage, ForgeOutcome::Accepted { report, .. }) =
            (self.defect, &mut outcome)
        {
            report.stages.pop();
        }
        Ok(outcome)
    }

    async fn call(&self, scope: &Scope, call: Call, grant: &Grant) -> Result<ToolResult> {
        let input = call.input.clone();
        let grant = match self.defect {
            Defect::GrantsAll => Grant::nothing().with_effect(Effect::Sink),
            _ => grant.clone(),
        };
        let answer = self.inner.call(scope, call, &grant).await;
        match (self.defect, answer) {
            (Defect::Misspeaks, Ok(mut result)) => {
                if result.output.as_f64().is_some_and(|number| number > 40.0) {
                    result.output = json!(40);
                }
                Ok(result)
            }
            (Defect::ChecksNothing, Err(error)) if error.kind() == ErrorKind::InvalidInput => {
                Ok(ToolResult::new(input, Trust::External))
            }
            (_, answer) => answer,
        }
    }

    async fn list(&self, scope: &Scope, page: &PageRequest) -> Result<Page<Tool>> {
        let mut page = self.inner.list(scope, page).await?;
        if self.defect == Defect::Repaints {
            for tool in &mut page.items {
                tool.info.description.push_str(", gladly");
            }
        }
        Ok(page)
    }

    async fn retire(&self, scope: &Scope, tool: &Digest) -> Result<()> {
        self.inner.retire(scope, tool).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.inner.erase(scope, what).await
    }
}

fn order() -> ToolSpec {
    let example = |number: i32| Example {
        input: json!({"x": number}),
        output: json!(number + 17),
    };
    let name = ToolName::new("add_17").unwrap();
    ToolSpec::new(
        name,
        "Add 17 to the number",
        [3, 40, 1, 22, 9, 60].map(example).into(),
    )
}

/// The names of the laws that this forge breaks.
async fn broken(forge: &Crooked) -> Vec<&'static str> {
    let spec = order();
    let mut lies = spec.clone();
    lies.examples.push(Example {
        input: json!({"x": 3}),
        output: json!(21),
    });
    let mut turned = spec.clone();
    turned.examples.reverse();
    let (echo, send) = (forge.natives[0].info(), forge.natives[1].info());
    let wrong = Some(ErrorKind::InvalidInput);
    let mut laws = vec![
        ("reproduces", reproduces(forge, &spec).await),
        ("contradictions", refuses_contradictions(forge, &lies).await),
        (
            "order",
            ignores_order(forge, &spec, &turned, &spec.examples).await,
        ),
        (
            "schemas",
            checks_both_ways(forge, echo, &json!(3), wrong).await,
        ),
        ("grants", denies(forge, send, &Grant::nothing()).await),
        (
            "abstains",
            abstains(forge, &Need::text("paint the fence")).await,
        ),
    ];
    for tool in forge
        .list(&ana(), &PageRequest::first(10))
        .await
        .unwrap()
        .items
    {
        laws.push(("digest", digest_is_honest(&tool)));
    }
    if let ForgeOutcome::Accepted { tool, report } = forge.forge(&ana(), &spec).await.unwrap() {
        let kept = forge.inner.report(&ana(), &tool.info.digest).await.unwrap();
        laws.push(("evidence", keeps_evidence(&report, &kept)));
    }
    let mut names: Vec<&str> = laws
        .into_iter()
        .filter_map(|(name, law)| law.err().map(|_| name))
        .collect();
    names.dedup();
    names
}

#[tokio::test]
async fn each_law_notices_who_breaks_it() {
    for (defect, laws) in [
        (Defect::None, &[][..]),
        (Defect::Misspeaks, &["reproduces"]),
        (Defect::SkipsAStage, &["reproduces", "evidence"]),
        (Defect::BelievesTheFirst, &["contradictions"]),
        (
            Defect::FirstComesFirst,
            &["reproduces", "contradictions", "order"],
        ),
        (Defect::Repaints, &["digest"]),
        (Defect::ChecksNothing, &["schemas"]),
        (Defect::GrantsAll, &["grants"]),
        (Defect::AlwaysFinds, &["abstains"]),
    ] {
        assert_eq!(broken(&crooked(defect).await).await, laws, "{defect:?}");
    }
}
