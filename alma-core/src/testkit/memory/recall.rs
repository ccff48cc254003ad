//! Clauses on recalling.

use std::time::Duration;

use crate::{
    Clock as _, Memory, MemoryExt as _, Observation, Query, Recall, RecordId, RecordKind, Scope,
    SystemClock, TimeRange, Timestamp,
    testkit::{ana, ben, clause::Clause as _},
};

use super::{remember, three_subjects};

async fn recall(memory: &dyn Memory, scope: &Scope, query: &Query) -> Recall {
    let recall = memory
        .recall(scope, query)
        .await
        .must("Memory, recall: any question is answered");
    let hits = &recall.hits;
    assert!(hits.len() <= query.k, "Memory, recall: at most k hits");
    for hit in hits {
        assert!(
            (0.0..=1.0).contains(&hit.score),
            "Memory, recall: scores lie in 0..=1"
        );
        assert!(
            hit.ranks.iter().all(|rank| rank.rank >= 1),
            "Memory, recall: ranks count from 1"
        );
        assert_eq!(
            hit.citation().record,
            hit.record.id,
            "Memory, recall: a hit can be cited"
        );
    }
    let sorted = hits.windows(2).all(|pair| {
        pair[0].score > pair[1].score
            || (pair[0].score == pair[1].score && pair[0].record.id < pair[1].record.id)
    });
    assert!(
        sorted,
        "Memory, recall: hits are sorted by score, ties by id"
    );
    assert!(
        (0.0..=1.0).contains(&recall.nothing_relevant),
        "Memory, recall: nothing_relevant lies in 0..=1"
    );
    assert!(
        !hits.is_empty() || recall.abstains(),
        "Memory, recall: without hits it abstains"
    );
    recall
}

fn found(recall: &Recall) -> Vec<RecordId> {
    recall.hits.iter().map(|hit| hit.record.id).collect()
}

pub(super) async fn finds_what_was_said(memory: &dyn Memory) {
    let scope = ana();
    let empty = recall(memory, &scope, &Query::text("anything?")).await;
    assert!(
        empty.hits.is_empty(),
        "Memory, recall: an empty scope has no hits"
    );
    remember(memory, &scope, three_subjects()).await;
    let key = remember(
        memory,
        &scope,
        vec![Observation::text("the passport lies in the blue drawer")],
    )
    .await[0];
    let query = Query::text("where is my passport?").with_k(5);
    let first = recall(memory, &scope, &query).await;
    let clause = "Memory, recall: a record that alone shares the question's telling word is first";
    assert_eq!(
        found(&first).first(),
        Some(&key),
        "{clause}; read your writes"
    );
    assert!(
        !first.hits[0].ranks.is_empty(),
        "Memory, recall: a hit that a retriever found tells its rank"
    );
    let second = recall(memory, &scope, &query).await;
    assert_eq!(first, second, "Memory, recall: repeatable");
}

pub(super) async fn gives_k_hits(memory: &dyn Memory) {
    let scope = ana();
    remember(memory, &scope, three_subjects()).await;
    for k in [1, 2, 10, 24] {
        for text in ["orchestra", "zyzzyva qwxyz", "", "the"] {
            let hits = recall(memory, &scope, &Query::text(text).with_k(k))
                .await
                .hits;
            assert_eq!(
                hits.len(),
                k,
                "Memory, recall: complete; {k} hits for '{text}' when 24 records fit"
            );
        }
    }
    let hits = recall(memory, &scope, &Query::text("orchestra").with_k(100))
        .await
        .hits;
    assert_eq!(hits.len(), 24, "Memory, recall: no more hits than records");
    let mut ids: Vec<_> = hits.iter().map(|hit| hit.record.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 24, "Memory, recall: no record twice");
    let orchestra = hits
        .iter()
        .take(8)
        .filter(|hit| hit.record.text.contains("orchestra"))
        .count();
    assert_eq!(
        orchestra, 8,
        "Memory, recall: records with the asked word come before those without"
    );

    let short = recall(
        memory,
        &scope,
        &Query::text("orchestra").with_k(24).with_token_budget(60),
    )
    .await
    .hits;
    let bytes: usize = short.iter().map(|hit| hit.record.text.len()).sum();
    assert!(
        !short.is_empty() && short.len() < 24 && (short.len() == 1 || bytes <= 60 * 4 + 64),
        "Memory, recall: a token budget shortens the answer"
    );
    let least = recall(
        memory,
        &scope,
        &Query::text("orchestra").with_token_budget(0),
    )
    .await
    .hits;
    assert_eq!(
        least.len(),
        1,
        "Memory, recall: a token budget leaves one hit"
    );
}

pub(super) async fn keeps_filters(memory: &dyn Memory) {
    let scope = ana();
    let at = |n: i64| Timestamp::from_millis(n * 86_400_000);
    let kinds = [RecordKind::Message, RecordKind::Fact, RecordKind::Event];
    let days = (1..=12_u8).map(|day| {
        Observation::text(format!("the day {day} was sunny"))
            .with_kind(kinds[usize::from(day) % 3])
            .with_occurred(at(day.into()))
            .with_source("diary")
            .with_position(day.into())
    });
    remember(memory, &scope, days.collect()).await;
    let query = Query::text("sunny")
        .with_kinds(vec![RecordKind::Fact, RecordKind::Event])
        .with_k(50);
    let hits = recall(memory, &scope, &query).await.hits;
    assert_eq!(
        hits.len(),
        8,
        "Memory, recall: all records of the kinds are found"
    );
    assert!(
        hits.iter()
            .all(|hit| hit.record.kind != RecordKind::Message),
        "Memory, recall: only the kinds asked for"
    );
    let range = TimeRange {
        from: Some(at(3)),
        until: Some(at(6)),
    };
    let hits = recall(
        memory,
        &scope,
        &Query::text("sunny").with_time(range).with_k(50),
    )
    .await
    .hits;
    let mut days: Vec<_> = hits.iter().map(|hit| hit.record.occurred).collect();
    days.sort_unstable();
    assert_eq!(
        days,
        [at(3), at(4), at(5)],
        "Memory, recall: a time range holds its start and not its end"
    );
    let both = Query::text("")
        .with_time(range)
        .with_kinds(vec![RecordKind::Message])
        .with_k(50);
    let hits = recall(memory, &scope, &both).await.hits;
    assert_eq!(
        hits.len(),
        1,
        "Memory, recall: filters narrow together, also without words"
    );
}

pub(super) async fn takes_any_question(memory: &dyn Memory) {
    let scope = ana();
    let at = |n: i64| Timestamp::from_millis(1_700_000_000_000 + n * 86_400_000);
    let said = (0..6).map(|n| Observation::text(format!("entry number {n}")).with_occurred(at(n)));
    let ids = remember(memory, &scope, said.collect()).await;
    let long = "many words ".repeat(4_000);
    let odd = [
        "\"",
        "'",
        "AND",
        "NEAR(a, b)",
        "a OR",
        "NOT",
        "*",
        "entry*",
        "col:entry",
        "(",
        "^entry",
        "--",
        "%",
        "_",
        "\u{0}",
        "\u{202e}",
        "🙂",
        "日本語",
        "'; DROP TABLE records; --",
        "{}",
        "\\",
        &long,
    ];
    for text in odd {
        let hits = recall(memory, &scope, &Query::text(text).with_k(3))
            .await
            .hits;
        assert_eq!(
            hits.len(),
            3,
            "Memory, recall: '{}' is a question too",
            text.chars().take(20).collect::<String>()
        );
    }
    for text in ["", "  \n"] {
        let newest = recall(memory, &scope, &Query::text(text).with_k(2)).await;
        assert_eq!(
            found(&newest),
            [ids[5], ids[4]],
            "Memory, recall: an empty question finds the newest"
        );
    }
}

pub(super) async fn knows_the_past(memory: &dyn Memory) {
    let scope = ana();
    let version = |text: &str| Observation::text(text).with_source("doc").with_position(0);
    let old = remember(memory, &scope, vec![version("the price is ten")]).await[0];
    let first = memory
        .record(&scope, old)
        .await
        .must("Memory: a record is read")
        .recorded;
    // Moments of storing have milliseconds: the next version must come later than this.
    let mut tries = 0;
    let new = loop {
        SystemClock.sleep(Duration::from_millis(2)).await;
        let probe = remember(
            memory,
            &scope,
            vec![Observation::text(format!("probe {tries}"))],
        )
        .await[0];
        if memory
            .record(&scope, probe)
            .await
            .must("Memory: a record is read")
            .recorded
            > first
        {
            break remember(memory, &scope, vec![version("the price is twelve")]).await[0];
        }
        tries += 1;
        assert!(tries < 1_000, "Memory: the clock of the store goes on");
    };
    let ask = |time| Query::text("price").with_as_of(time).with_k(1);
    let then = recall(memory, &scope, &ask(first)).await;
    assert_eq!(
        found(&then),
        [old],
        "Memory, as_of: what was replaced later was current then"
    );
    let replaced = memory
        .record(&scope, old)
        .await
        .must("Memory: a record is read")
        .superseded;
    let replaced = replaced.unwrap_or(first);
    assert!(replaced > first, "Memory, supersede: tells when");
    let now = recall(memory, &scope, &ask(replaced)).await;
    assert_eq!(
        found(&now),
        [new],
        "Memory, as_of: from its replacement on the old is absent"
    );
    let before = recall(
        memory,
        &scope,
        &ask(Timestamp::from_millis(first.as_millis() - 1)),
    )
    .await;
    assert!(
        before.hits.is_empty(),
        "Memory, as_of: what was stored later is absent"
    );
}

pub(super) async fn reaches_named_scopes(memory: &dyn Memory) {
    let (ana, ben) = (ana(), ben());
    let nested = Scope::new("home/ana/work").must("Scope: home/ana/work is a scope");
    let mine = remember(memory, &ana, vec![Observation::text("my canary sings")]).await[0];
    let his = remember(memory, &ben, vec![Observation::text("his canary sings")]).await[0];
    let inner = remember(memory, &nested, vec![Observation::text("a canary at work")]).await[0];
    let alone = recall(memory, &ana, &Query::text("canary")).await;
    assert_eq!(
        found(&alone),
        [mine],
        "Memory, scope: nothing of another scope, nested or not, is found"
    );
    let reach = Query::text("canary").with_reach(vec![ben.clone(), ben.clone(), ana.clone()]);
    let both = recall(memory, &ana, &reach).await;
    let mut ids = found(&both);
    ids.sort_unstable();
    let mut wanted = vec![mine, his];
    wanted.sort_unstable();
    assert_eq!(
        ids, wanted,
        "Memory, reach: scopes that are named are asked too, each once"
    );
    let scopes: Vec<_> = both
        .hits
        .iter()
        .map(|hit| (hit.record.id, hit.record.scope.clone()))
        .collect();
    assert!(
        scopes.contains(&(his, ben)),
        "Memory, reach: a hit names the scope that it is from"
    );
    let work = recall(memory, &nested, &Query::text("canary")).await;
    assert_eq!(
        found(&work),
        [inner],
        "Memory, scope: prefixes have no meaning"
    );
}
