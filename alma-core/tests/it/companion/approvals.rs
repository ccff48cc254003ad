//! Questions to the owner, and the generations that a yes makes.

use std::time::Duration;

use alma_core::{ApprovalKind, Digest, ErrorKind};

use super::World;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn one_digest_is_one_question() {
    let ana = World::new().ana();
    let digest = Digest::of(b"a tool");
    let first = ana
        .ask(ApprovalKind::Permission, digest, "May it?", HOUR)
        .await
        .unwrap();
    let again = ana
        .ask(ApprovalKind::Permission, digest, "May it?", HOUR)
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(ana.approvals().await.unwrap().len(), 1);
    assert!(
        !ana.approved(ApprovalKind::Permission, &digest)
            .await
            .unwrap()
    );
    ana.answer(first, true).await.unwrap();
    assert!(
        ana.approved(ApprovalKind::Permission, &digest)
            .await
            .unwrap()
    );
    // Yes to this digest and this kind is yes to nothing else.
    assert!(!ana.approved(ApprovalKind::Sink, &digest).await.unwrap());
    assert!(
        !ana.approved(ApprovalKind::Permission, &Digest::of(b"changed"))
            .await
            .unwrap()
    );
    assert!(ana.approvals().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_same_answer_again_is_no_error_and_another_one_is() {
    let ana = World::new().ana();
    let id = ana
        .ask(ApprovalKind::Draft, Digest::of(b"x"), "Which?", HOUR)
        .await
        .unwrap();
    ana.answer(id, false).await.unwrap();
    ana.answer(id, false).await.unwrap();
    assert_eq!(
        ana.answer(id, true).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
}

#[tokio::test]
async fn an_open_question_expires_and_may_be_asked_again() {
    let world = World::new();
    let ana = world.ana();
    let id = ana
        .ask(ApprovalKind::Sink, Digest::of(b"x"), "Send?", HOUR)
        .await
        .unwrap();
    world.clock.pass(HOUR * 2);
    assert!(ana.approvals().await.unwrap().is_empty());
    assert_eq!(
        ana.answer(id, true).await.unwrap_err().kind(),
        ErrorKind::Expired
    );
    assert_eq!(
        ana.ask(ApprovalKind::Sink, Digest::of(b"x"), "Send?", HOUR)
            .await
            .unwrap(),
        id
    );
    ana.answer(id, true).await.unwrap();
}

#[tokio::test]
async fn another_scope_sees_no_question() {
    let world = World::new();
    let id = world
        .ana()
        .ask(ApprovalKind::Sink, Digest::of(b"x"), "Send?", HOUR)
        .await
        .unwrap();
    let ben = world
        .builder()
        .build()
        .within(alma_core::Scope::new("home/ben").unwrap());
    assert!(ben.approvals().await.unwrap().is_empty());
    assert_eq!(
        ben.answer(id, true).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}
