//! The test doubles do what they say.

use std::{sync::Arc, time::Duration};

use alma_core::{
    Clock, ErrorKind, Ledger, LedgerExt, Memory, MemoryExt, NewEvent, Observation, Scope, StreamId,
    Timestamp, Version,
    model::{
        ChatChunk, ChatMessage, ChatReply, ChatRequest, EmbedAs, Embedder, LanguageModel, Role,
    },
    reference::{ReferenceLedger, ReferenceMemory},
    testkit::{
        Draws, Faults, Flaky, Loss, ManualClock, ScriptedModel, WordEmbedder, block_on, join_all,
    },
};

fn ana() -> Scope {
    Scope::new("home/ana").unwrap()
}

#[test]
fn a_manual_clock_wakes_who_is_due_and_forgets_who_left() {
    let clock = Arc::new(ManualClock::default());
    let start = clock.now();
    let sleep = |seconds| {
        let clock = Arc::clone(&clock);
        async move {
            clock.sleep(Duration::from_secs(seconds)).await;
            clock.now().since(start)
        }
    };
    let mover = Arc::clone(&clock);
    let hand = std::thread::spawn(move || {
        for _ in 0..3 {
            while mover.sleepers() == 0 {
                std::thread::yield_now();
            }
            mover.advance(Duration::from_secs(1));
        }
    });
    let woken = block_on(join_all([sleep(0), sleep(2), sleep(3)]));
    hand.join().unwrap();
    assert_eq!(woken[0], Duration::ZERO);
    assert!(woken[1] >= Duration::from_secs(2) && woken[2] == Duration::from_secs(3));
    assert_eq!(clock.sleepers(), 0);
}

#[test]
fn a_leaping_clock_passes_the_time_of_whoever_sleeps() {
    let clock = ManualClock::leaping(Timestamp::from_millis(0));
    block_on(clock.sleep(Duration::from_secs(3_600)));
    assert_eq!(clock.now(), Timestamp::from_millis(3_600_000));
}

#[test]
fn a_scripted_model_speaks_in_order_whole_or_in_pieces() {
    let model = ScriptedModel::saying(["one two three", "four"]);
    let request = ChatRequest::new(vec![ChatMessage::new(Role::User, "count")]);
    let pieces = block_on(async {
        let mut stream = model.stream(&request).await.unwrap();
        let mut pieces = Vec::new();
        while let Some(piece) = stream.next().await {
            pieces.push(piece.unwrap());
        }
        pieces
    });
    assert_eq!(pieces.len(), 4);
    assert_eq!(pieces[3], ChatChunk::Done(ChatReply::text("one two three")));
    assert_eq!(model.left(), 1);
    assert_eq!(block_on(model.chat(&request)).unwrap().text, "four");
    let over = block_on(model.chat(&request)).unwrap_err();
    assert_eq!(over.kind(), ErrorKind::Unavailable);
    assert_eq!(
        model.requests(),
        vec![request.clone(), request.clone(), request]
    );
}

#[test]
fn a_word_embedder_keeps_the_contract_of_embedders() {
    let embedder = WordEmbedder::new(32);
    let texts = ["red apple", "apple RED", "", "blue whale"].map(str::to_owned);
    let vectors = block_on(embedder.embed(&texts, EmbedAs::Query)).unwrap();
    embedder.identity().check(texts.len(), &vectors).unwrap();
    assert_eq!(vectors[0], vectors[1]);
    assert_ne!(vectors[0], vectors[3]);
    let length: f32 = vectors[3].iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-5);
}

#[test]
fn faults_fall_where_they_were_told_to() {
    let fell = |faults: Faults| -> Vec<bool> {
        let ledger = Flaky::new(ReferenceLedger::default(), faults);
        let read = |_| block_on(ledger.read_all(&ana(), &StreamId::new("s").unwrap())).is_err();
        (0..6).map(read).collect()
    };
    let (no, yes) = (false, true);
    assert_eq!(
        fell(Faults::at(2, Loss::Request)),
        [no, yes, no, no, no, no]
    );
    assert_eq!(
        fell(Faults::from(3, Loss::Answer)),
        [no, no, yes, yes, yes, yes]
    );
    assert_eq!(fell(Faults::every(3)), [no, no, yes, no, no, yes]);
    assert_eq!(fell(Faults::some(5, 50)), fell(Faults::some(5, 50)));
    assert_eq!(fell(Faults::some(5, 0)), [no; 6]);
    assert_eq!(fell(Faults::some(5, 100)), [yes; 6]);
}

#[test]
fn a_lost_answer_is_work_done_and_a_lost_request_is_not() {
    let stream = StreamId::new("mission/1").unwrap();
    let event = || vec![NewEvent::new("said", 1.into()).with_key("k")];
    for (loss, there) in [(Loss::Request, 0), (Loss::Answer, 1)] {
        let ledger = Flaky::new(ReferenceLedger::default(), Faults::at(1, loss));
        let lost = block_on(ledger.append(&ana(), &stream, Version(0), event())).unwrap_err();
        assert!(lost.is_transient());
        let events = block_on(ledger.inner().read_all(&ana(), &stream)).unwrap();
        assert_eq!(events.len(), there);
        // Either way a repetition finds the same end.
        let at = block_on(ledger.append(&ana(), &stream, Version(0), event())).unwrap();
        assert_eq!(at, Version(1));
        assert_eq!(ledger.faults().calls(), 2);
    }
}

#[test]
fn repeating_what_failed_completes_it_whatever_was_lost() {
    let memory = Flaky::new(ReferenceMemory::default(), Faults::some(9, 60));
    let plain = ReferenceMemory::default();
    let mut draws = Draws::new(3);
    for n in 0..100 {
        let one = Observation::text(format!("text {n}"))
            .with_source("s")
            .with_position(draws.below(20) as u64);
        let ids = block_on(plain.remember(&ana(), vec![one.clone()])).unwrap();
        let retried = loop {
            match block_on(memory.remember(&ana(), vec![one.clone()])) {
                Ok(ids) => break ids,
                Err(error) => assert!(error.is_transient()),
            }
        };
        assert_eq!(ids, retried);
    }
    let all = |memory: &ReferenceMemory| {
        let query = alma_core::RecordQuery::all();
        let mut records = block_on(memory.all_records(&ana(), &query)).unwrap();
        records.sort_by_key(|record| record.id);
        records
            .into_iter()
            .map(|record| record.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(all(memory.inner()), all(&plain));
}
