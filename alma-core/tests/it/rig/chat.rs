//! Whole replies: words, JSON, tool calls, and what models write instead.

use alma_core::{
    ErrorKind, Schema,
    model::{ChatMessage, ChatRequest, LanguageModel, Role, ToolRequest, Usage, rig::RigModel},
    testkit::{Answer, ModelServer},
};
use serde_json::json;

use super::{KEY, PROMPT, ask, model, weather};

#[tokio::test]
async fn a_reply_in_words_with_its_cost() {
    let server = ModelServer::saying(vec![Answer::text("It was yellow.")]).unwrap();
    let model = model(&server);
    assert_eq!(model.name(), "openai/tiny");
    assert!(!format!("{model:?}").contains(KEY));
    let mut request = ask().with_max_tokens(50).with_temperature(0.0);
    request
        .messages
        .insert(0, ChatMessage::new(Role::System, "Be brief."));
    request.seed = Some(42);
    let reply = model.chat(&request).await.unwrap();
    assert_eq!(reply.text, "It was yellow.");
    assert_eq!(reply.usage, Usage::new(11, 7));
    assert!(reply.requests.is_empty() && !reply.truncated);
    let [asked] = &server.asked()[..] else {
        panic!("one attempt is made")
    };
    assert_eq!(asked.path, "/v1/chat/completions");
    assert!(asked.headers.contains(&format!("Bearer {KEY}")));
    assert_eq!(asked.body["model"], "tiny");
    assert_eq!(asked.body["max_tokens"], 50);
    assert_eq!(asked.body["temperature"], 0.0);
    assert_eq!(asked.body["seed"], 42);
    assert_eq!(asked.body["messages"][0]["role"], "system");
    assert!(asked.body["messages"][1].to_string().contains(PROMPT));
}

#[tokio::test]
async fn a_reply_that_was_cut_off_says_so() {
    let cut = Answer::chat(json!({"role": "assistant", "content": "It was"}), "length");
    let server = ModelServer::saying(vec![cut]).unwrap();
    let reply = model(&server).chat(&ask()).await.unwrap();
    assert_eq!(reply.text, "It was");
    assert!(reply.truncated);
}

#[tokio::test]
async fn no_key_is_no_header() {
    let server = ModelServer::saying(vec![Answer::text("yes")]).unwrap();
    let model = RigModel::openai_compatible(&server.v1(), "", "tiny");
    model.chat(&ask()).await.unwrap();
    assert!(
        !server.asked()[0]
            .headers
            .to_lowercase()
            .contains("authorization")
    );
}

#[tokio::test]
async fn ollama_answers_too() {
    let server = ModelServer::saying(vec![Answer::text("yes")]).unwrap();
    let model = RigModel::ollama(&server.root(), "llama3.2");
    assert_eq!(model.name(), "ollama/llama3.2");
    assert_eq!(model.chat(&ask()).await.unwrap().text, "yes");
    assert_eq!(server.asked()[0].path, "/v1/chat/completions");
}

#[tokio::test]
async fn json_by_schema_comes_out_of_its_fence() {
    let schema = || Schema::object([("colour", Schema::of_type("string"))]);
    let plain = r#"{"colour": "yellow"}"#;
    let server = ModelServer::saying(vec![
        Answer::text(plain),
        Answer::text(&format!("```json\n{plain}\n```")),
        Answer::text(&format!("Sure! {plain}")),
    ])
    .unwrap();
    let model = model(&server);
    let request = ask().with_json(schema());
    assert_eq!(model.chat(&request).await.unwrap().text, plain);
    assert_eq!(model.chat(&request).await.unwrap().text, plain);
    // Whatever else stands there is the caller's to judge.
    assert_eq!(
        model.chat(&request).await.unwrap().text,
        format!("Sure! {plain}")
    );
    let format = &server.asked()[0].body["response_format"];
    assert_eq!(format["type"], "json_schema");
    assert_eq!(
        format["json_schema"]["schema"]["required"],
        json!(["colour"])
    );
}

#[tokio::test]
async fn a_tool_is_asked_for_and_its_result_goes_back() {
    let call = json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "call-1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Porto\"}"}},
        {"id": "call-2", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": "}},
    ]});
    let server = ModelServer::saying(vec![
        Answer::chat(call, "tool_calls"),
        Answer::text("Sunny."),
    ])
    .unwrap();
    let model = model(&server);
    let request = ask().with_tools(vec![weather()]);
    let reply = model.chat(&request).await.unwrap();
    assert_eq!(
        reply.requests[0],
        ToolRequest::new("call-1", "weather", json!({"city": "Porto"}))
    );
    // What is no JSON stays what it was.
    assert_eq!(
        reply.requests[1],
        ToolRequest::new("call-2", "weather", json!("{\"city\": "))
    );
    let mut said = ChatMessage::new(Role::Assistant, "");
    said.requests = vec![reply.requests[0].clone()];
    let mut messages = request.messages.clone();
    messages.extend([
        said,
        ChatMessage::tool_result("call-1", "{\"sky\": \"clear\"}"),
    ]);
    let request = ChatRequest::new(messages).with_tools(vec![weather()]);
    assert_eq!(model.chat(&request).await.unwrap().text, "Sunny.");
    let asked = server.asked();
    let tool = &asked[0].body["tools"][0]["function"];
    assert_eq!(
        (&tool["name"], &tool["parameters"]["type"]),
        (&json!("weather"), &json!("object"))
    );
    let messages = asked[1].body["messages"].as_array().unwrap();
    assert_eq!(messages[1]["tool_calls"][0]["id"], "call-1");
    assert_eq!(messages[2]["role"], "tool");
    assert_eq!(messages[2]["tool_call_id"], "call-1");
}

#[tokio::test]
async fn tool_calls_as_plain_text_are_tool_calls() {
    let spoken = [
        r#"{"name": "weather", "arguments": {"city": "Porto"}}"#,
        r#"{"name": "weather", "parameters": {"city": "Porto"}}"#,
        r#"{"type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Porto\"}"}}"#,
        "```json\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Porto\"}}\n```",
        "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Porto\"}}\n</tool_call>",
        r#"[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Porto"}}]"#,
    ];
    let server = ModelServer::saying(spoken.iter().map(|said| Answer::text(said))).unwrap();
    let model = model(&server);
    for said in spoken {
        let reply = model
            .chat(&ask().with_tools(vec![weather()]))
            .await
            .unwrap();
        assert_eq!(reply.requests.len(), 1, "{said}");
        assert_eq!(reply.requests[0].name, "weather");
        assert_eq!(reply.requests[0].input, json!({"city": "Porto"}), "{said}");
        assert!(reply.text.is_empty());
    }
}

#[tokio::test]
async fn words_about_a_tool_stay_words() {
    let words = [
        r#"You could call {"name": "weather", "arguments": {}}"#,
        r#"{"name": "delete_all", "arguments": {}}"#,
        r#"{"name": "weather"}"#,
        r#"{"arguments": {}}"#,
        "[]",
        "<tool_call>weather</tool_call>",
        "```",
        "42",
    ];
    let server = ModelServer::saying(words.iter().map(|said| Answer::text(said))).unwrap();
    let model = model(&server);
    for said in words {
        let reply = model
            .chat(&ask().with_tools(vec![weather()]))
            .await
            .unwrap();
        assert_eq!((reply.requests.len(), reply.text.as_str()), (0, said));
    }
}

#[tokio::test]
async fn what_no_provider_takes_is_refused_before_it_is_sent() {
    let server = ModelServer::saying([]).unwrap();
    let model = model(&server);
    let nameless = {
        let mut tool = weather();
        tool.name.clear();
        ask().with_tools(vec![tool])
    };
    let answers_nothing = ChatRequest::new(vec![
        ChatMessage::new(Role::User, "hello"),
        ChatMessage::tool_result("call-9", "{}"),
    ]);
    for request in [ChatRequest::new(vec![]), nameless, answers_nothing] {
        let error = model.chat(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
