//! Clauses on finding.

use crate::{
    Need, ToolForge,
    testkit::{ana, clause::Clause as _},
};

use super::{native, probes::Probes};

async fn found(tools: &dyn ToolForge, text: &str, k: usize) -> Vec<String> {
    let matches = tools
        .find(&ana(), &Need::text(text), k)
        .await
        .must("ToolForge, find: answers");
    assert!(matches.len() <= k, "ToolForge, find: at most k");
    let scores: Vec<_> = matches.iter().map(|one| one.score).collect();
    assert!(
        scores.windows(2).all(|pair| pair[0] >= pair[1])
            && scores.iter().all(|score| (0.0..=1.0).contains(score)),
        "ToolForge, find: best first, scores in 0..=1"
    );
    matches
        .into_iter()
        .map(|one| one.tool.name.to_string())
        .collect()
}

pub(super) async fn finds_by_words_and_abstains(tools: &dyn ToolForge, _probes: &Probes) {
    let cases = [
        ("writes an entry into the diary", "diary"),
        ("sends a letter by mail", "courier"),
        ("reads the hour from the wall clock", "clock"),
    ];
    for (text, wanted) in cases {
        let names = found(tools, text, 3).await;
        assert_eq!(
            names.first().map(String::as_str),
            Some(wanted),
            "ToolForge, find: the best fit for '{text}'"
        );
        assert_eq!(
            names,
            found(tools, text, 3).await,
            "ToolForge, find: repeatable"
        );
        assert_eq!(
            found(tools, text, 1).await,
            [wanted],
            "ToolForge, find: at most k"
        );
    }
    for text in ["prove the riemann hypothesis", "qwxyz zyzzyva", ""] {
        let names = found(tools, text, 3).await;
        assert!(
            names.is_empty(),
            "ToolForge, find: none when nothing fits well; got {names:?} for '{text}'"
        );
    }
    let diary = native(tools, "diary").await;
    tools
        .retire(&ana(), &diary.digest)
        .await
        .must("ToolForge, retire: answers");
    let names = found(tools, "writes an entry into the diary", 5).await;
    assert!(
        !names.contains(&"diary".to_owned()),
        "ToolForge, find: only callable tools are found"
    );
}
