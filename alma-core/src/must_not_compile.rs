//! What must not compile: data calls without a scope, and doors that do not exist.
//!
//! Each case stands beside a twin that compiles and differs in what is forbidden alone, so that it cannot fail for
//! another reason. The error codes are checked by a nightly rustdoc; a stable one checks that it fails.

/// `part.call(scope, …)` compiles, and the same call without its first argument does not.
macro_rules! first_argument {
    ($first:literal: $($name:ident: $part:literal $call:literal $rest:literal;)+) => {$(
        #[doc = concat!(
            "```\n", case!($part, $call, $first, $rest), "```\n",
            "```compile_fail,E0061\n", case!($part, $call, "", $rest), "```",
        )]
        const $name: () = ();
    )+};
}

macro_rules! case {
    ($part:literal, $call:literal, $first:literal, $rest:literal) => {
        concat!(
            "use alma_core::*;\n",
            "async fn case(part: &dyn ",
            $part,
            ", scope: &Scope, operator: &Operator) {\n",
            "    let _ = part.",
            $call,
            "(",
            $first,
            $rest,
            ").await;\n",
            "}\n",
        )
    };
}

first_argument! { "scope, ":
    REMEMBER: "Memory" "remember" "Vec::new()";
    RECALL: "Memory" "recall" "&Query::text(\"x\")";
    RECORDS: "Memory" "records" "&RecordQuery::all(), &PageRequest::default()";
    CONSOLIDATE: "Memory" "consolidate" "&Consolidate::new(\"night\")";
    UNDO: "Memory" "undo" "ConsolidationId::of_parts(&[])";
    FORGET: "Memory" "forget" "&Selection::All, Mode::Erase";
    APPEND: "Ledger" "append" "&StreamId::new(\"x\").unwrap(), Version(0), Vec::new()";
    READ: "Ledger" "read" "&StreamId::new(\"x\").unwrap(), Version(0), 10";
    STREAMS: "Ledger" "streams" "\"\", &PageRequest::default()";
    ERASE_EVENTS: "Ledger" "erase" "&Erasure::new(ErasureId::of_parts(&[]), Vec::new())";
    SUBMIT: "Executor" "submit" "Vec::new()";
    STATUS: "Executor" "status" "&[]";
    OUTCOMES: "Executor" "outcomes" "&OutcomeQuery::all()";
    CANCEL: "Executor" "cancel" "&[]";
    ERASE_WORK: "Executor" "erase" "&Erasure::new(ErasureId::of_parts(&[]), Vec::new())";
    ENQUEUE: "JobStore" "enqueue" "Vec::new()";
    RENEW: "JobStore" "renew" "&[], std::time::Duration::ZERO";
    COMPLETE: "JobStore" "complete" "todo!(), serde_json::Value::Null";
    FAIL: "JobStore" "fail" "todo!(), todo!()";
    RELEASE: "JobStore" "release" "todo!()";
    STATUS_OF: "JobStore" "status" "&[]";
    OUTCOMES_OF: "JobStore" "outcomes" "&OutcomeQuery::all()";
    CANCEL_OF: "JobStore" "cancel" "&[]";
    JOBS: "JobStore" "jobs" "&JobQuery::default(), &PageRequest::default()";
    REPLAY: "JobStore" "replay" "&[]";
    PURGE: "JobStore" "purge" "Timestamp::default()";
    ERASE_JOBS: "JobStore" "erase" "&Erasure::new(ErasureId::of_parts(&[]), Vec::new())";
    FIND: "ToolForge" "find" "&Need::text(\"x\"), 3";
    FORGE: "ToolForge" "forge" "todo!()";
    CALL: "ToolForge" "call" "todo!(), &Grant::nothing()";
    LIST: "ToolForge" "list" "&PageRequest::default()";
    RETIRE: "ToolForge" "retire" "&Digest::of(b\"x\")";
    ERASE_TOOLS: "ToolForge" "erase" "&Erasure::new(ErasureId::of_parts(&[]), Vec::new())";
    PLAN: "Planner" "plan" "todo!(), todo!()";
    REPAIR: "Planner" "repair" "todo!(), todo!(), todo!()";
    EVALUATE: "Evaluator" "evaluate" "todo!(), todo!()";
    PROPOSE: "Evaluator" "propose" "todo!(), &Budget::unlimited()";
    JUDGE: "Evaluator" "judge" "todo!(), todo!()";
}

// Which scopes exist is shown to an operator alone.
first_argument! { "operator, ":
    SCOPES_OF_MEMORY: "Memory" "scopes" "&PageRequest::default()";
    SCOPES_OF_THE_LEDGER: "Ledger" "scopes" "&PageRequest::default()";
}

/// Whoever holds `Alma` alone reaches no data: every call is on the handle of a scope.
///
/// ```
/// async fn case(alma: &alma_core::Alma, scope: alma_core::Scope) {
///     let _ = alma.within(scope).recall(&alma_core::Query::text("x")).await;
/// }
/// ```
/// ```compile_fail,E0599
/// async fn case(alma: &alma_core::Alma, scope: alma_core::Scope) {
///     let _ = alma.recall(&alma_core::Query::text("x")).await;
/// }
/// ```
/// ```compile_fail,E0308
/// fn case(alma: &alma_core::Alma) {
///     let _ = alma.within("home/ana");
/// }
/// ```
const HANDLE: () = ();

/// A scope comes out of a checked path alone, and an operator out of its one spoken door.
///
/// ```
/// let _: alma_core::Result<alma_core::Scope> = alma_core::Scope::new("home/ana");
/// let _: alma_core::Operator = alma_core::Operator::assume();
/// ```
/// ```compile_fail,E0423
/// let _: alma_core::Scope = alma_core::Scope("home/ana".into());
/// ```
/// ```compile_fail,E0277
/// let _: alma_core::Scope = "home/ana".into();
/// ```
/// ```compile_fail,E0599
/// let _: alma_core::Scope = alma_core::Scope::default();
/// ```
/// ```compile_fail,E0423
/// let _: alma_core::Operator = alma_core::Operator(());
/// ```
/// ```compile_fail,E0599
/// let _: alma_core::Operator = alma_core::Operator::default();
/// ```
/// ```compile_fail,E0308
/// async fn case(part: &dyn alma_core::Memory, scope: &alma_core::Scope) {
///     let _ = part.scopes(scope, &alma_core::PageRequest::default()).await;
/// }
/// ```
const SCOPE: () = ();

/// A plan comes out of a checked draft alone.
///
/// ```
/// let _ = alma_core::Draft::default().check(&alma_core::Offer::default());
/// ```
/// ```compile_fail,E0423
/// let _ = alma_core::Plan(alma_core::Draft::default());
/// ```
/// ```compile_fail,E0624
/// let _ = alma_core::Plan::proven(alma_core::Draft::default());
/// ```
/// ```compile_fail,E0277
/// let _: alma_core::Plan = alma_core::Draft::default().into();
/// ```
const PLAN_OF_A_DRAFT: () = ();

/// No tool is called without a grant, and a grant is neither written nor read.
///
/// ```
/// async fn case(tools: &dyn alma_core::ToolForge, scope: &alma_core::Scope, call: alma_core::Call) {
///     let _ = tools.call(scope, call, &alma_core::Grant::nothing()).await;
/// }
/// ```
/// ```compile_fail,E0061
/// async fn case(tools: &dyn alma_core::ToolForge, scope: &alma_core::Scope, call: alma_core::Call) {
///     let _ = tools.call(scope, call).await;
/// }
/// ```
/// ```compile_fail,E0277
/// let _ = serde_json::to_string(&alma_core::Grant::nothing());
/// ```
/// ```compile_fail,E0277
/// let _ = serde_json::from_str::<alma_core::Grant>("{}");
/// ```
const GRANT: () = ();
