//! Templates: data in, tasks out.

use alma_core::{Binding, ErrorKind, JobKind, Offer, Planner, Schema, TaskName};
use alma_planner::{Run, Source, TaskPlanner, Template, TemplateStep};
use serde_json::json;

use crate::support::{checked, mission, names, scope, tool, tools};

fn inventory() -> Template {
    serde_json::from_value(json!({
        "name": "licence-inventory",
        "goal": "inventory|list licence|license crates|packages",
        "inputs": [{"name": "crates", "schema": {"type": "array", "items": {"type": "object"}}}],
        "steps": [
            {"name": "read", "each": "crates", "run": {"tool": "read_manifest"},
             "inputs": {"path": {"item": ["path"]}}},
            {"name": "normalise", "each": "crates", "run": {"tool": "normalise_licence"},
             "inputs": {"licence": {"step": {"name": "read", "path": ["licence"]}}}},
            {"name": "report", "run": {"job": "licence_report"},
             "inputs": {"crates": {"input": "crates"},
                        "licences": {"step": {"name": "normalise", "path": ["licence"]}}}}
        ]
    }))
    .unwrap()
}

fn offer() -> Offer {
    let mut offer = Offer::tools(vec![
        tool(
            "read_manifest",
            "Read the manifest of a crate",
            &[("path", "string")],
            &[("licence", "string")],
        ),
        tool(
            "normalise_licence",
            "Normalise the text of a licence",
            &[("licence", "string")],
            &[("licence", "string")],
        ),
    ]);
    offer.kinds.push(JobKind::new(
        "licence_report",
        "Write the report",
        Schema::object([
            ("crates", Schema::of_type("array")),
            ("licences", Schema::of_type("array")),
        ]),
        Schema::any(),
    ));
    offer
}

#[tokio::test]
async fn one_task_an_item_then_a_task_that_gathers() {
    let crates: Vec<_> = (0..120)
        .map(|n| json!({"name": format!("c{n}"), "path": format!("/src/c{n}")}))
        .collect();
    let mission = mission("Inventory of licences: which crates are under which")
        .with_input("crates", json!(crates));
    let planner = TaskPlanner::new().with_template(inventory()).unwrap();
    let draft = planner.plan(&scope(), &mission, &offer()).await.unwrap();
    let plan = checked(&draft, &offer());
    assert_eq!(plan.tasks().len(), 241);
    assert!(
        plan.reason().contains("licence-inventory"),
        "{}",
        plan.reason()
    );
    let named = |name: &str| plan.task(&TaskName::new(name).unwrap()).unwrap();
    assert_eq!(
        named("read-7").inputs["path"],
        Binding::Value(json!("/src/c6"))
    );
    assert_eq!(
        named("normalise-7").inputs["licence"],
        Binding::field(named("read-7").name.clone(), "licence")
    );
    let Binding::Gather { tasks, path } = &named("report").inputs["licences"] else {
        panic!()
    };
    assert_eq!(
        (tasks.len(), path.as_slice()),
        (120, ["licence".to_owned()].as_slice())
    );
    assert_eq!(tasks[6], named("normalise-7").name);
    assert_eq!(plan.last(), [&named("report").name]);
}

#[tokio::test]
async fn an_empty_list_leaves_only_what_gathers() {
    let mission = mission("list licences of crates").with_input("crates", json!([]));
    let planner = TaskPlanner::new().with_template(inventory()).unwrap();
    let draft = planner.plan(&scope(), &mission, &offer()).await.unwrap();
    assert_eq!(names(&draft, &offer()), ["licence_report"]);
}

#[tokio::test]
async fn too_many_items_exceed_the_budget_of_tasks() {
    let crates: Vec<_> = (0..100)
        .map(|n| json!({"path": format!("/c{n}")}))
        .collect();
    let mission = mission("list licences of crates")
        .with_input("crates", json!(crates))
        .with_max_tasks(150);
    let planner = TaskPlanner::new().with_template(inventory()).unwrap();
    let error = planner
        .plan(&scope(), &mission, &offer())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
}

#[tokio::test]
async fn a_template_that_cannot_be_used_gives_way_and_says_why() {
    let planner = TaskPlanner::new().with_template(inventory()).unwrap();
    let draft = planner
        .plan(
            &scope(),
            &mission("list the licence in the manifest of the crates at '/src/serde'"),
            &offer(),
        )
        .await
        .unwrap();
    checked(&draft, &offer());
    assert!(
        draft.reason.contains("lacks the input 'crates'"),
        "{}",
        draft.reason
    );
}

#[tokio::test]
async fn values_in_the_goal_fill_the_inputs_of_a_template() {
    let template = Template::new("brief", "brief")
        .with_input("target_language", Schema::of_type("string"))
        .with_input("url", Schema::of_type("string"))
        .with_step(
            TemplateStep::new("read", Run::Tool("read_page".into()))
                .with("url", Source::Input("url".into())),
        )
        .with_step(
            TemplateStep::new("translate", Run::Tool("translate_text".into()))
                .with(
                    "text",
                    Source::Step {
                        name: "read".into(),
                        path: vec!["text".into()],
                    },
                )
                .with("target_language", Source::Input("target_language".into())),
        );
    let planner = TaskPlanner::new().with_template(template).unwrap();
    let offer = Offer::tools(tools());
    let draft = planner
        .plan(
            &scope(),
            &mission("Brief me on https://example.com in Danish"),
            &offer,
        )
        .await
        .unwrap();
    checked(&draft, &offer);
    assert_eq!(
        draft.tasks[0].inputs["url"],
        Binding::Value(json!("https://example.com"))
    );
    assert_eq!(
        draft.tasks[1].inputs["target_language"],
        Binding::Value(json!("Danish"))
    );
}

#[tokio::test]
async fn parts_are_templates_too_and_alternatives_are_tried_in_turn() {
    let page = |name: &str, tool: &str| {
        Template::new("fetch", "")
            .with_input("url", Schema::of_type("string"))
            .with_step(
                TemplateStep::new(name, Run::Tool(tool.into()))
                    .with("url", Source::Input("url".into())),
            )
    };
    let whole = Template::new("digest", "digest")
        .with_input("pages", Schema::of_type("array"))
        .with_step(
            TemplateStep::new("page", Run::Template("fetch".into()))
                .for_each("pages")
                .with("url", Source::Item(vec![])),
        )
        .with_step(
            TemplateStep::new("sum", Run::Tool("summarise_all".into())).with(
                "texts",
                Source::Step {
                    name: "page".into(),
                    path: vec!["text".into()],
                },
            ),
        );
    let mut all = tools();
    all.push(tool(
        "summarise_all",
        "Summarise texts",
        &[("texts", "array")],
        &[("summary", "string")],
    ));
    let offer = Offer::tools(all);
    let planner = TaskPlanner::new()
        .with_template(page("cache", "read_cache"))
        .and_then(|planner| planner.with_template(page("live", "read_page")))
        .and_then(|planner| planner.with_template(whole))
        .unwrap();
    let mission = mission("a digest please")
        .with_input("pages", json!(["https://a.example", "https://b.example"]));
    let draft = planner.plan(&scope(), &mission, &offer).await.unwrap();
    assert_eq!(
        names(&draft, &offer),
        ["read_page", "read_page", "summarise_all"]
    );
    let Binding::Gather { tasks, path } = &draft.tasks[2].inputs["texts"] else {
        panic!("{draft:?}")
    };
    let tasks: Vec<_> = tasks.iter().map(TaskName::as_str).collect();
    assert_eq!(
        (tasks, &path[..]),
        (vec!["page-1.live", "page-2.live"], &["text".to_owned()][..])
    );
}

#[tokio::test]
async fn templates_that_contain_themselves_end() {
    let endless = Template::new("loop", "loop")
        .with_step(TemplateStep::new("again", Run::Template("loop".into())));
    let planner = TaskPlanner::new().with_template(endless).unwrap();
    let error = planner
        .plan(&scope(), &mission("loop"), &Offer::tools(vec![]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn templates_that_do_not_hold_together_are_refused() {
    let step = |name: &str| TemplateStep::new(name, Run::Tool("t".into()));
    let read = |name: &str| Source::Step {
        name: name.into(),
        path: vec![],
    };
    for (template, word) in [
        (Template::new("", "x").with_step(step("a")), "no name"),
        (Template::new("x", "x"), "no step"),
        (
            Template::new("x", "x")
                .with_step(step("a"))
                .with_step(step("a")),
            "another step",
        ),
        (Template::new("x", "x").with_step(step("a b")), "its name"),
        (
            Template::new("x", "x").with_step(step("a").for_each("l")),
            "'l'",
        ),
        (
            Template::new("x", "x").with_step(step("a").with("i", Source::Item(vec![]))),
            "no list",
        ),
        (
            Template::new("x", "x").with_step(step("a").with("i", Source::Input("q".into()))),
            "'q'",
        ),
        (
            Template::new("x", "x")
                .with_step(step("a").with("i", read("b")))
                .with_step(step("b")),
            "'b'",
        ),
    ] {
        let error = TaskPlanner::new().with_template(template).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains(word), "{error}");
    }
    let unknown =
        serde_json::from_value::<Template>(json!({"name": "x", "steps": [], "stepz": []}));
    assert!(unknown.is_err());
}

#[test]
fn templates_are_data() {
    let text = serde_json::to_string(&inventory()).unwrap();
    assert_eq!(
        serde_json::from_str::<Template>(&text).unwrap(),
        inventory()
    );
}
