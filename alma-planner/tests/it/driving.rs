//! Whole missions: this planner under the driver of the core, with reference parts around it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use alma_core::{
    Action, Alma, AlmaBuilder, Binding, Case, DenyAll, Digest, Draft, Effect, Erased, Erasure,
    Error, ErrorKind, Event, Grant, Handle, JobContext, JobHandler, JobKind, Ledger, LedgerExt,
    Memory, Mission, MissionId, MissionStatus, NewEvent, Observation, Operator, Page, PageRequest,
    Policy, RecordId, Result, Schema, Scope, StreamId, StreamInfo, SystemClock, Task, TaskName,
    Timestamp, ToolHandler, ToolInfo, ToolName, Trust, Version,
    reference::{NativeTool, ReferenceExecutor, ReferenceForge, ReferenceLedger, ReferenceMemory},
    testkit::ManualClock,
};
use alma_planner::{Run, Source, TaskPlanner, Template, TemplateStep};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::support::scope;

fn native(
    name: &str,
    about: &str,
    input: Value,
    output: Value,
    run: impl Fn(&Value) -> Result<Value> + Send + Sync + 'static,
) -> NativeTool {
    let object = |properties: Value| {
        let required: Vec<_> = properties.as_object().unwrap().keys().cloned().collect();
        Schema::new(json!({"type": "object", "properties": properties, "required": required}))
            .unwrap()
    };
    let info = ToolInfo::new(
        ToolName::new(name).unwrap(),
        about,
        object(input),
        object(output),
        Effect::None,
        vec![],
        Digest::of(name.as_bytes()),
    );
    NativeTool::new(info, run)
}

fn numbers() -> Vec<NativeTool> {
    let number = json!({"type": "integer"});
    vec![
        native(
            "square",
            "Square a number",
            json!({"number": number}),
            json!({"square": number}),
            |input| {
                let number = input["number"].as_i64().unwrap();
                Ok(json!({"square": number * number}))
            },
        ),
        native(
            "add_up",
            "Add up numbers",
            json!({"numbers": {"type": "array"}}),
            json!({"sum": number}),
            |input| {
                let numbers = input["numbers"].as_array().unwrap();
                Ok(json!({"sum": numbers.iter().filter_map(Value::as_i64).sum::<i64>()}))
            },
        ),
    ]
}

fn squares() -> Template {
    Template::new("squares", "squares")
        .with_input("numbers", Schema::of_type("array"))
        .with_step(
            TemplateStep::new("square", Run::Tool("square".into()))
                .for_each("numbers")
                .with("number", Source::Item(vec![])),
        )
        .with_step(TemplateStep::new("sum", Run::Tool("add_up".into())).with(
            "numbers",
            Source::Step {
                name: "square".into(),
                path: vec!["square".into()],
            },
        ))
}

/// Everything around the planner; the executor starts empty, as after a crash.
fn builder(ledger: impl Ledger, tools: Vec<NativeTool>, planner: TaskPlanner) -> AlmaBuilder {
    let mut forge = ReferenceForge::new(Arc::new(SystemClock));
    for tool in tools {
        forge = forge.with(tool);
    }
    let handler = ToolHandler::new(forge.clone(), DenyAll);
    Alma::builder()
        .planner(planner)
        .ledger(ledger)
        .tools(forge)
        .executor(ReferenceExecutor::new(vec![Arc::new(handler)]))
}

fn alma(ledger: impl Ledger, tools: Vec<NativeTool>, planner: TaskPlanner) -> Handle {
    builder(ledger, tools, planner).build().within(scope())
}

fn mission(goal: &str) -> Mission {
    Mission::new(MissionId::from_bytes([9; 16]), goal)
}

async fn events(ledger: &impl Ledger) -> Vec<Event> {
    let id = StreamId::new(format!("mission/{}", mission("x").id)).unwrap();
    ledger.read_all(&scope(), &id).await.unwrap()
}

fn count(events: &[Event], kind: &str) -> usize {
    events.iter().filter(|event| event.kind == kind).count()
}

#[tokio::test]
async fn a_template_is_carried_out_to_its_result() {
    let planner = TaskPlanner::new().with_template(squares()).unwrap();
    let alma = alma(ReferenceLedger::default(), numbers(), planner);
    let numbers: Vec<i64> = (1..=50).collect();
    let report = alma
        .run(mission("the squares").with_input("numbers", json!(numbers)))
        .await
        .unwrap();
    assert_eq!(report.status, MissionStatus::Done);
    let result: Vec<_> = report.result().into_values().collect();
    assert_eq!(
        result,
        [&json!({"sum": numbers.iter().map(|n| n * n).sum::<i64>()})]
    );
    assert_eq!(report.accepted.len(), 51);
}

#[tokio::test]
async fn what_is_missing_is_asked_and_the_answer_followed() {
    let alma = alma(ReferenceLedger::default(), numbers(), TaskPlanner::new());
    let report = alma.run(mission("square the number")).await.unwrap();
    let MissionStatus::Asking { questions } = report.status else {
        panic!("{report:?}")
    };
    let answer = format!("{}.{}", questions[0].task, questions[0].input);
    let report = alma
        .run(mission("square the number").with_input(answer, 12))
        .await
        .unwrap();
    assert_eq!(report.status, MissionStatus::Done);
    assert_eq!(
        report.result().into_values().next().unwrap(),
        &json!({"square": 144})
    );
}

#[tokio::test]
async fn a_tool_that_fails_is_replaced_and_accepted_work_is_kept() {
    let number = json!({"type": "integer"});
    let mut tools = numbers();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    tools[0] = native(
        "square",
        "Square a number",
        json!({"number": number}),
        json!({"square": number}),
        move |input| {
            counted.fetch_add(1, Ordering::SeqCst);
            let number = input["number"].as_i64().unwrap();
            Ok(json!({"square": number * number}))
        },
    );
    tools.push(native(
        "sum.list",
        "Sum numbers of a list",
        json!({"numbers": {"type": "array"}}),
        json!({"sum": number}),
        |input| {
            let numbers = input["numbers"].as_array().unwrap();
            Ok(json!({"sum": numbers.iter().filter_map(Value::as_i64).sum::<i64>()}))
        },
    ));
    tools[1] = native(
        "add_up",
        "Sum numbers, add them up",
        json!({"numbers": {"type": "array"}}),
        json!({"sum": number}),
        |_| Err(Error::new(ErrorKind::Unsupported, "cannot add up today")),
    );
    let planner = TaskPlanner::new().with_template(squares()).unwrap();
    let alma = alma(ReferenceLedger::default(), tools, planner);
    let report = alma
        .run(mission("the squares").with_input("numbers", json!([1, 2, 3])))
        .await
        .unwrap();
    assert_eq!(report.status, MissionStatus::Done, "{report:?}");
    assert_eq!(
        report.result().into_values().next().unwrap(),
        &json!({"sum": 14})
    );
    assert_eq!((report.repairs, calls.load(Ordering::SeqCst)), (1, 3));
}

#[tokio::test]
async fn a_mission_without_another_way_fails_with_the_fault() {
    let number = json!({"type": "integer"});
    let tools = vec![native(
        "square",
        "Square a number",
        json!({"number": number}),
        json!({"square": number}),
        |_| Err(Error::new(ErrorKind::Unsupported, "cannot square today")),
    )];
    let alma = alma(ReferenceLedger::default(), tools, TaskPlanner::new());
    let report = alma.run(mission("square the number 7")).await.unwrap();
    let MissionStatus::Failed { fault } = report.status else {
        panic!("{report:?}")
    };
    assert!(fault.message.contains("cannot square today"), "{fault:?}");
}

/// A ledger that fails for good at one write: before it is kept, or after; and counts the events that are read.
#[derive(Clone, Debug)]
struct Cut {
    inner: ReferenceLedger,
    writes: Arc<AtomicUsize>,
    read: Arc<AtomicUsize>,
    at: usize,
    kept: bool,
}

#[async_trait]
impl Ledger for Cut {
    async fn append(
        &self,
        scope: &Scope,
        id: &StreamId,
        expected: Version,
        events: Vec<NewEvent>,
    ) -> Result<Version> {
        let cut = self.writes.fetch_add(1, Ordering::SeqCst) == self.at;
        if !cut {
            return self.inner.append(scope, id, expected, events).await;
        }
        if self.kept {
            self.inner.append(scope, id, expected, events).await?;
        }
        Err(Error::new(
            ErrorKind::Internal,
            "cannot go on: the process is gone",
        ))
    }

    async fn read(
        &self,
        scope: &Scope,
        id: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Event>> {
        let events = self.inner.read(scope, id, after, limit).await?;
        self.read.fetch_add(events.len(), Ordering::SeqCst);
        Ok(events)
    }

    async fn streams(
        &self,
        scope: &Scope,
        prefix: &str,
        page: &PageRequest,
    ) -> Result<Page<StreamInfo>> {
        self.inner.streams(scope, prefix, page).await
    }

    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.inner.scopes(operator, page).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.inner.erase(scope, what).await
    }
}

/// Stops at every write in turn; another process goes on from the ledger alone and accepts nothing twice.
#[tokio::test]
async fn a_mission_goes_on_from_any_write() {
    let planner = || TaskPlanner::new().with_template(squares()).unwrap();
    let order = || mission("the squares").with_input("numbers", json!([1, 2, 3, 4]));
    for kept in [false, true] {
        for at in 0.. {
            let inner = ReferenceLedger::default();
            let cut = Cut {
                inner: inner.clone(),
                writes: Arc::default(),
                read: Arc::default(),
                at,
                kept,
            };
            let first = alma(cut, numbers(), planner()).run(order()).await;
            let before = events(&inner).await;
            let report = alma(inner.clone(), numbers(), planner())
                .run(order())
                .await
                .unwrap();
            assert_eq!(report.status, MissionStatus::Done);
            assert_eq!(
                report.result().into_values().next().unwrap(),
                &json!({"sum": 30})
            );
            let after = events(&inner).await;
            assert_eq!(after[..before.len()], before[..], "what was written stays");
            assert_eq!(
                (count(&after, "task_done"), count(&after, "planned")),
                (5, 1)
            );
            if first.is_ok() {
                assert!(at > 3, "the mission writes more than {at} times");
                break;
            }
        }
    }
}

/// Every round once read the whole stream again: the square of its length for one mission.
#[tokio::test]
async fn a_driver_reads_each_event_once() {
    let planner = || TaskPlanner::new().with_template(squares()).unwrap();
    let numbers_of: Vec<i64> = (1..=200).collect();
    let ledger = Cut {
        inner: ReferenceLedger::default(),
        writes: Arc::default(),
        read: Arc::default(),
        at: usize::MAX,
        kept: true,
    };
    let order = mission("the squares").with_input("numbers", json!(numbers_of));
    let report = alma(ledger.clone(), numbers(), planner()).run(order).await;
    assert_eq!(report.unwrap().status, MissionStatus::Done);
    let stream = events(&ledger.inner).await;
    assert_eq!(count(&stream, "task_done"), 201);
    assert_eq!(ledger.read.load(Ordering::SeqCst), stream.len());
    // Whoever comes later knows it all from the ledger, and reads it once, too.
    let alma = alma(ledger.clone(), numbers(), planner());
    let report = alma.resume(mission("x").id).await.unwrap();
    assert_eq!(report.accepted.len(), 201);
    assert_eq!(ledger.read.load(Ordering::SeqCst), 2 * stream.len());
}

/// A case is the plan of an own mission. One that was slipped in from outside is text, and text chooses no tool.
#[tokio::test]
async fn a_case_from_outside_is_not_followed() {
    let goal = "square the number 7";
    let number = json!({"type": "integer"});
    let mut tools = numbers();
    tools.push(native(
        "cube",
        "Raise to the third power",
        json!({"number": number}),
        json!({"cube": number}),
        |input| Ok(json!({"cube": input["number"].as_i64().unwrap().pow(3)})),
    ));
    let cube = tools[2].info().digest;
    let task = Task::new(TaskName::numbered(0), Action::Tool(cube))
        .with("number", Binding::Value(json!(7)));
    let case = Case::new(
        MissionId::from_bytes([1; 16]),
        goal,
        Draft::new(vec![task], "seen before"),
        true,
    );
    for (trust, followed) in [(Trust::External, false), (Trust::Derived, true)] {
        let memory = ReferenceMemory::default();
        let told = case.to_observation(vec![]).unwrap().with_trust(trust);
        memory.remember(&scope(), vec![told]).await.unwrap();
        let alma = builder(
            ReferenceLedger::default(),
            tools.clone(),
            TaskPlanner::new(),
        )
        .memory(memory)
        .build()
        .within(scope());
        let report = alma.run(mission(goal)).await.unwrap();
        let cubed = report
            .result()
            .into_values()
            .any(|output| output["cube"] == 343);
        assert_eq!(cubed, followed, "a case of {trust:?} trust: {report:?}");
    }
}

/// Grants everything to everybody.
#[derive(Clone, Copy, Debug)]
struct Lavish;

impl Policy for Lavish {
    fn grant(&self, _: &Scope, tool: &ToolInfo, _: Trust) -> Grant {
        let all = tool.permissions.iter().cloned();
        all.fold(Grant::nothing().with_effect(Effect::Sink), Grant::with)
    }
}

/// A mission may be made of a mail: whoever starts it lends it no trust, nor does whoever answers its questions.
#[tokio::test]
async fn a_mission_has_no_more_trust_than_what_it_was_made_of() {
    let mut shred = native(
        "shred",
        "Shred a letter",
        json!({"letter": {"type": "string"}}),
        json!({"shredded": {"type": "boolean"}}),
        |_| Ok(json!({"shredded": true})),
    )
    .info()
    .clone();
    shred.effect = Effect::Sink;
    let shred = NativeTool::new(shred, |_| Ok(json!({"shredded": true})));
    let memory = ReferenceMemory::default();
    let told = |text: &str, trust| Observation::text(text).with_trust(trust);
    let ids = memory
        .remember(
            &scope(),
            vec![
                told("from a mail", Trust::External),
                told("mine", Trust::Owner),
            ],
        )
        .await
        .unwrap();
    let forge = ReferenceForge::new(Arc::new(SystemClock)).with(shred);
    let handler = ToolHandler::new(forge.clone(), Lavish);
    let alma = Alma::builder()
        .planner(TaskPlanner::new())
        .ledger(ReferenceLedger::default())
        .tools(forge)
        .memory(memory)
        .policy(Lavish)
        .executor(ReferenceExecutor::new(vec![Arc::new(handler)]))
        .build()
        .within(scope());
    let order = |n: u8| Mission::new(MissionId::from_bytes([n; 16]), "shred the letter 'A'");
    let unknown = RecordId::from_bytes([9; 16]);
    for (n, sources) in [(1, vec![ids[0]]), (2, ids.clone()), (3, vec![unknown])] {
        let report = alma.run(order(n).with_sources(sources)).await.unwrap();
        let MissionStatus::Failed { fault } = &report.status else {
            panic!("{n}: {report:?}")
        };
        assert_eq!(fault.kind, ErrorKind::NotFound);
        assert_eq!(report.mission.trust, Trust::External);
    }
    let report = alma.run(order(4).with_sources(vec![ids[1]])).await.unwrap();
    assert_eq!(report.status, MissionStatus::Done, "{report:?}");

    let asks = Mission::new(MissionId::from_bytes([5; 16]), "shred the letter");
    let report = alma.run(asks.clone()).await.unwrap();
    let MissionStatus::Asking { questions } = &report.status else {
        panic!("{report:?}")
    };
    let answer = format!("{}.{}", questions[0].task, questions[0].input);
    let answered = asks.with_input(answer, "B").with_trust(Trust::External);
    let report = alma.run(answered).await.unwrap();
    assert!(report.accepted.is_empty(), "{report:?}");
    assert!(matches!(report.status, MissionStatus::Failed { .. }));
}

/// Sends a letter, and loses the receipt so often that the job is given up.
#[derive(Debug, Default)]
struct Lossy {
    jobs: Mutex<BTreeSet<String>>,
    effects: Mutex<Vec<String>>,
}

#[async_trait]
impl JobHandler for Lossy {
    fn kind(&self) -> &str {
        "send"
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        let mut effects = self.effects.lock().unwrap();
        effects.push(context.effect_key().to_owned());
        let mut jobs = self.jobs.lock().unwrap();
        jobs.insert(context.job.spec.key.clone());
        if jobs.len() == 1 {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "cannot read the receipt",
            ));
        }
        Ok(json!({"sent": true}))
    }
}

/// A task that was tried again after its job was given up had its effect under another key, so that nobody noticed.
#[tokio::test]
async fn a_task_that_is_tried_again_has_its_effect_under_the_same_key() {
    let lossy = Arc::new(Lossy::default());
    let clock = Arc::new(ManualClock::leaping(Timestamp::from_millis(
        1_700_000_000_000,
    )));
    let text = || Schema::of_type("string");
    let kind = JobKind::new(
        "send",
        "Send a letter",
        Schema::object([("letter", text())]),
        Schema::any(),
    );
    let alma = Alma::builder()
        .planner(TaskPlanner::new())
        .ledger(ReferenceLedger::default())
        .executor(ReferenceExecutor::with_clock(
            vec![lossy.clone()],
            clock.clone(),
        ))
        .clock(clock)
        .job_kind(kind)
        .build()
        .within(scope());
    let report = alma.run(mission("send the letter 'A'")).await.unwrap();
    assert_eq!(report.status, MissionStatus::Done, "{report:?}");
    assert_eq!(report.repairs, 1);
    assert_eq!(lossy.jobs.lock().unwrap().len(), 2, "two jobs");
    let effects = lossy.effects.lock().unwrap();
    assert!(effects.len() >= 2, "{effects:?}");
    assert!(effects.iter().all(|key| *key == effects[0]), "{effects:?}");
}
