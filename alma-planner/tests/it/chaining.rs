//! Chaining tools by words and schemas, without template, case or model.

use alma_core::{
    Binding, Digest, Effect, ErrorKind, JobKind, Offer, Planner, Schema, TaskName, ToolInfo,
    ToolName,
};
use alma_planner::TaskPlanner;
use serde_json::json;

use crate::support::{checked, mission, name, names, plan, scope, text, tool, tools};

#[tokio::test]
async fn a_chain_takes_each_output_where_it_is_needed() {
    let offer = Offer::tools(tools());
    let draft = plan(
        "Read https://example.com/a, translate it into German and send the translated text to ana@example.com",
        &offer,
    )
    .await
    .unwrap();
    assert_eq!(
        names(&draft, &offer),
        ["read_page", "translate_text", "send_email"]
    );
    let [read, translate, send] = &draft.tasks[..] else {
        panic!("{draft:?}")
    };
    assert_eq!(
        read.inputs["url"],
        Binding::Value(text("https://example.com/a"))
    );
    assert_eq!(
        translate.inputs["text"],
        Binding::field(read.name.clone(), "text")
    );
    assert_eq!(
        translate.inputs["target_language"],
        Binding::Value(text("German"))
    );
    assert_eq!(
        send.inputs["email"],
        Binding::Value(text("ana@example.com"))
    );
    assert_eq!(
        send.inputs["message"],
        Binding::field(translate.name.clone(), "translated_text")
    );
    assert!(draft.questions.is_empty());
}

#[tokio::test]
async fn what_nobody_says_becomes_a_question() {
    let offer = Offer::tools(tools());
    let draft = plan("Send an email to ana@example.com", &offer)
        .await
        .unwrap();
    assert_eq!(names(&draft, &offer), ["send_email"]);
    assert_eq!(draft.tasks[0].inputs["message"], Binding::Answer);
    assert_eq!(draft.questions.len(), 1);
    assert_eq!(draft.questions[0].input, "message");
    assert!(
        draft.questions[0].text.contains("message"),
        "{}",
        draft.questions[0].text
    );
}

#[tokio::test]
async fn a_tool_that_finds_what_another_needs_is_added_before_it() {
    let offer = Offer::tools(tools());
    let draft = plan("Order 2 units of the product 'blue lamp'", &offer)
        .await
        .unwrap();
    assert_eq!(
        names(&draft, &offer),
        ["shop.find_product", "shop.order_product"]
    );
    let order = draft
        .tasks
        .iter()
        .find(|task| name(task, &offer) == "shop.order_product")
        .unwrap();
    assert_eq!(order.inputs["quantity"], Binding::Value(json!(2)));
    assert!(
        matches!(&order.inputs["product_id"], Binding::Output { path, .. } if path[..] == ["product_id"])
    );
}

#[tokio::test]
async fn a_tool_that_changes_something_is_never_added_unasked() {
    // The only giver of an order number places orders: nobody asked for one.
    let mut all = tools();
    all.push(tool(
        "shop.track_order",
        "Track an order",
        &[("order_number", "string")],
        &[("place", "string")],
    ));
    let offer = Offer::tools(all);
    let draft = plan("Track my order", &offer).await.unwrap();
    assert_eq!(names(&draft, &offer), ["shop.track_order"]);
    assert_eq!(draft.tasks[0].inputs["order_number"], Binding::Answer);
}

#[tokio::test]
async fn a_list_of_things_asks_for_each_of_them() {
    let q = &[("q", "string")][..];
    let offer = Offer::tools(vec![
        tool(
            "weather.forecast",
            "Get the forecast of the weather",
            q,
            &[("forecast", "string")],
        ),
        tool(
            "weather.time_zone",
            "Get the time zone of a place",
            q,
            &[("zone", "string")],
        ),
        tool(
            "read_page",
            "Read the text of a web page",
            &[("url", "string")],
            &[("text", "string")],
        ),
    ]);
    let draft = plan("Get the forecast and the time zone for Oslo", &offer)
        .await
        .unwrap();
    assert_eq!(
        names(&draft, &offer),
        ["weather.forecast", "weather.time_zone"]
    );
    for task in &draft.tasks {
        assert_eq!(task.inputs["q"], Binding::Value(text("Oslo")));
    }
}

#[tokio::test]
async fn values_take_the_form_that_the_schema_wants() {
    let offer = Offer::tools(vec![tool(
        "book_table",
        "Book a table at a restaurant",
        &[
            ("guests", "string"),
            ("date", "string"),
            ("dishes", "array"),
        ],
        &[("booking", "string")],
    )]);
    let draft = plan(
        "Book a table for 4 guests on 2024-05-01 with dishes 'soup'",
        &offer,
    )
    .await
    .unwrap();
    checked(&draft, &offer);
    let task = &draft.tasks[0];
    assert_eq!(task.inputs["guests"], Binding::Value(text("4")));
    assert_eq!(task.inputs["date"], Binding::Value(text("2024-05-01")));
    assert_eq!(task.inputs["dishes"], Binding::Value(json!(["soup"])));
}

#[tokio::test]
async fn an_output_of_the_wrong_type_is_not_taken() {
    let offer = Offer::tools(vec![
        tool(
            "count_words",
            "Count the words of a page",
            &[("url", "string")],
            &[("count", "integer")],
        ),
        tool(
            "translate_text",
            "Translate a text",
            &[("text", "string"), ("target_language", "string")],
            &[("translated_text", "string")],
        ),
    ]);
    let draft = plan(
        "Count the words of https://example.com and translate it into French",
        &offer,
    )
    .await
    .unwrap();
    checked(&draft, &offer);
    let translate = draft
        .tasks
        .iter()
        .find(|task| name(task, &offer) == "translate_text")
        .unwrap();
    assert_eq!(translate.inputs["text"], Binding::Answer);
}

#[tokio::test]
async fn values_given_with_the_mission_fill_the_inputs_of_their_name() {
    let offer = Offer::tools(tools());
    let mission = mission("Summarise the text")
        .with_input("text", "a long story")
        .with_input("words", 20);
    let draft = TaskPlanner::new()
        .plan(&scope(), &mission, &offer)
        .await
        .unwrap();
    checked(&draft, &offer);
    assert_eq!(
        draft.tasks[0].inputs["text"],
        Binding::Value(text("a long story"))
    );
    assert_eq!(draft.tasks[0].inputs["words"], Binding::Value(json!(20)));
}

#[tokio::test]
async fn kinds_of_jobs_are_planned_like_tools() {
    let mut offer = Offer::tools(tools());
    offer.kinds.push(JobKind::new(
        "archive",
        "Archive a text for good",
        Schema::object([("text", Schema::of_type("string"))]),
        Schema::object([("place", Schema::of_type("string"))]),
    ));
    let draft = plan("Read https://example.com and archive the text", &offer)
        .await
        .unwrap();
    assert_eq!(names(&draft, &offer), ["read_page", "archive"]);
    let archive = draft
        .tasks
        .iter()
        .find(|task| name(task, &offer) == "archive")
        .unwrap();
    assert_eq!(
        archive.inputs["text"],
        Binding::field(TaskName::numbered(0), "text")
    );
}

#[tokio::test]
async fn goals_that_cannot_be_planned_say_why() {
    let offer = Offer::tools(tools());
    for (goal, kind) in [
        ("", ErrorKind::InvalidInput),
        (" \n\t ", ErrorKind::InvalidInput),
        (&"a ".repeat(9_000), ErrorKind::InvalidInput),
        ("zxcv qwerty", ErrorKind::NotFound),
        (
            &"read https://example.com. ".repeat(300),
            ErrorKind::BudgetExceeded,
        ),
    ] {
        let error = plan(goal, &offer).await.unwrap_err();
        assert_eq!(
            error.kind(),
            kind,
            "{}: {error}",
            &goal[..goal.len().min(40)]
        );
        assert!(error.remedy().is_some());
    }
    let nothing = plan("read a page", &Offer::tools(vec![]))
        .await
        .unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_plan_never_has_more_tasks_than_allowed() {
    let mut offer = Offer::tools(tools());
    offer.max_tasks = 1;
    let error = plan(
        "Read https://example.com and translate it into German",
        &offer,
    )
    .await
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
    offer.max_tasks = 2;
    assert_eq!(
        plan(
            "Read https://example.com and translate it into German",
            &offer
        )
        .await
        .unwrap()
        .tasks
        .len(),
        2
    );
    let small = mission("Read https://example.com and translate it into German").with_max_tasks(1);
    let error = TaskPlanner::new()
        .plan(&scope(), &small, &offer)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
}

#[tokio::test]
async fn equal_input_gives_an_equal_draft() {
    let offer = Offer::tools(tools());
    let goal =
        "Find a lamp in the shop, convert the price from USD to EUR and send it to ana@example.com";
    let first = plan(goal, &offer).await.unwrap();
    let planner = TaskPlanner::new();
    for _ in 0..3 {
        assert_eq!(
            planner
                .plan(&scope(), &mission(goal), &offer)
                .await
                .unwrap(),
            first
        );
    }
}

#[tokio::test]
async fn the_same_tool_may_be_asked_for_twice() {
    let offer = Offer::tools(tools());
    let draft = plan(
        "Translate 'good morning' into French and translate 'good night' into German",
        &offer,
    )
    .await
    .unwrap();
    assert_eq!(names(&draft, &offer), ["translate_text", "translate_text"]);
    assert_eq!(
        draft.tasks[1].inputs["text"],
        Binding::Value(text("good night"))
    );
}

#[tokio::test]
async fn who_asks_to_delete_gets_nothing_that_records() {
    let offer = Offer::tools(vec![tool(
        "record_audio",
        "Record audio into a file",
        &[("duration", "integer")],
        &[("audio_file", "string")],
    )]);
    let error = plan("delete all my files", &offer).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// A tool may give a plain text instead of an object: then the whole output is passed on.
#[tokio::test]
async fn an_output_that_is_no_object_is_passed_on_whole() {
    let plain = |name: &str, about: &str, input: &str| {
        ToolInfo::new(
            ToolName::new(name).unwrap(),
            about,
            Schema::object([(input, Schema::of_type("string"))]),
            Schema::of_type("string"),
            Effect::None,
            vec![],
            Digest::of(name.as_bytes()),
        )
    };
    let offer = Offer::tools(vec![
        plain("fetch_page", "Fetch the text of a page", "url"),
        plain("condense", "Summarise a text", "text"),
    ]);
    let draft = plan("Fetch https://example.com and summarise it", &offer)
        .await
        .unwrap();
    assert_eq!(names(&draft, &offer), ["fetch_page", "condense"]);
    assert_eq!(
        draft.tasks[1].inputs["text"],
        Binding::output(draft.tasks[0].name.clone())
    );
}
