//! The chain of proposals on disk.

use alma_core::{Amount, Budget, Clock, ErrorKind, Evaluator, Proposal, Scope, Verdict};
use alma_meta::{ProposalDir, ProposalState};

use super::pupil::stage;

#[tokio::test]
async fn keeps_proposals_in_a_chain_that_shows_every_change() {
    let stage = stage();
    let home = tempfile::tempdir().unwrap();
    let directory = ProposalDir::new(home.path().join("proposals"));
    let evaluator = stage.evaluator.clone().with_proposals(directory.clone());
    let budget = Budget::new(Amount::calls(2_000));
    let found = evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    let proposal = &found[0];
    while !matches!(
        evaluator
            .judge(&stage.scope, &stage.subject, proposal)
            .await
            .unwrap(),
        Verdict::Promote { .. }
    ) {
        evaluator
            .judge(&stage.scope, &stage.subject, proposal)
            .await
            .unwrap();
        stage.days.pass();
    }
    let links = directory.verify(&stage.scope).unwrap();
    let states: Vec<ProposalState> = links.iter().map(|link| link.state).collect();
    assert_eq!(
        states,
        [
            ProposalState::Draft,
            ProposalState::OnTrial,
            ProposalState::Promoted
        ]
    );
    let folder = directory.path(&stage.scope, proposal);
    let report = std::fs::read_to_string(folder.join("0003-promoted.md")).unwrap();
    assert!(
        report.contains("| skill | default |") && report.contains("ln_e_needed"),
        "{report}"
    );
    let kept: Proposal =
        serde_json::from_slice(&std::fs::read(folder.join("proposal.json")).unwrap()).unwrap();
    assert_eq!(kept, *proposal);
    assert!(folder.join("rollback.json").exists());

    // What a crash left of the last step is no step, and the next one takes its place.
    let chain = folder.parent().unwrap().join("chain.jsonl");
    let whole = std::fs::read(&chain).unwrap();
    std::fs::write(&chain, [whole.as_slice(), b"{\"number\":4,\"at"].concat()).unwrap();
    assert_eq!(directory.verify(&stage.scope).unwrap(), links);
    directory
        .record_draft(&stage.scope, &stage.skill(0.7).await, stage.days.now())
        .unwrap();
    assert_eq!(directory.verify(&stage.scope).unwrap().len(), 4);

    // A changed number, a changed step and a lost file are each noticed.
    let numbers = folder.join("0003-promoted.json");
    let honest = std::fs::read_to_string(&numbers).unwrap();
    std::fs::write(&numbers, honest.replace("\"trial\":1", "\"trial\":2")).unwrap();
    assert!(
        directory
            .verify(&stage.scope)
            .unwrap_err()
            .message()
            .contains("0003-promoted.json")
    );
    std::fs::remove_file(&numbers).unwrap();
    assert_eq!(
        directory.verify(&stage.scope).unwrap_err().kind(),
        ErrorKind::Corrupt
    );
    std::fs::write(&numbers, honest).unwrap();
    directory.verify(&stage.scope).unwrap();
    let text = std::fs::read_to_string(&chain).unwrap();
    std::fs::write(&chain, text.replacen("on_trial", "promoted", 1)).unwrap();
    assert!(
        directory
            .verify(&stage.scope)
            .unwrap_err()
            .message()
            .contains("step 2")
    );
    // Another scope sees nothing of it.
    assert_eq!(
        directory.verify(&Scope::new("home/ben").unwrap()).unwrap(),
        []
    );
}
