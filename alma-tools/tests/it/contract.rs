//! The public suite.

use alma_core::{reference::NativeTool, sqlite::Database, testkit};
use alma_tools::{Native, SqliteForge};
use serde_json::Value;

fn native(tool: NativeTool) -> Native {
    let info = tool.info().clone();
    let run = move |_call, input: Value| {
        let output = tool.run(&input);
        async move { output }
    };
    Native::new(
        info.name.as_str(),
        "1",
        &info.description,
        info.input,
        info.output,
        run,
    )
    .unwrap()
    .with_effect(info.effect, info.permissions)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forge_keeps_its_contract() {
    testkit::tool_forge(async |tools| {
        let forge = SqliteForge::open(Database::in_memory().unwrap())
            .await
            .unwrap();
        tools
            .into_iter()
            .fold(forge, |forge, tool| forge.with(native(tool)).unwrap())
    })
    .await;
}
