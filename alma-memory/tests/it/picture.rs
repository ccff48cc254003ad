//! The picture of clusters: complete, harmless, and the same each time.

use alma_memory::cluster::{
    ClusterError, Picture, Rows,
    hdbscan::{Hdbscan, HdbscanParams},
};
use linfa::{DatasetBase, traits::Fit};
use ndarray::Array2;
use proptest::prelude::*;

/// `groups` bundles on a line of `size` rows each, and one row far from all.
fn bundles(groups: usize, size: usize) -> Vec<f32> {
    let row = |at: usize| (at % groups) as f32 * 50.0 + (at / groups) as f32 * 0.1;
    let mut rows: Vec<f32> = (0..groups * size).map(row).collect();
    rows.push(-9_000.0);
    rows
}

fn fit(numbers: &[f32], params: HdbscanParams) -> Hdbscan {
    let records = Array2::from_shape_vec((numbers.len(), 1), numbers.to_vec()).unwrap();
    params.fit(&DatasetBase::from(records)).unwrap()
}

fn page(numbers: &[f32], params: HdbscanParams, names: &[String]) -> String {
    let model = fit(numbers, params);
    let words: Vec<Vec<String>> = names.iter().map(|name| vec![name.clone(); 3]).collect();
    Picture::new(model.labels())
        .with_title(names.first().map_or("Rows", String::as_str))
        .with_tree(&model)
        .with_rows(Rows::new(numbers, 1).unwrap())
        .with_names(names)
        .with_words(&words)
        .to_html()
        .unwrap()
}

/// The tags of a page that has nothing but complete ones, each closed by its own kind.
fn tags(html: &str) -> Vec<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    let mut rest = html.strip_prefix("<!doctype html>").unwrap();
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        assert!(!tag.contains('<'), "a tag within a tag: {tag}");
        assert_eq!(tag.matches('"').count() % 2, 0, "an open quote: {tag}");
        rest = &rest[end + 1..];
        let name = tag.trim_matches('/').split(' ').next().unwrap();
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') || name == "meta" => {}
            None => open.push(name),
        }
        all.push(name.to_owned());
        if tag == "style" {
            rest = &rest[rest.find("</style").unwrap()..];
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    all
}

/// What a page may be made of; anything else was smuggled in.
fn is_harmless(html: &str) {
    const KNOWN: [&str; 26] = [
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "bdi",
        "section", "svg", "path", "rect", "line", "text", "div", "table", "thead", "tbody", "tr",
        "th", "td", "span", "br",
    ];
    for tag in tags(html) {
        assert!(KNOWN.contains(&tag.as_str()), "<{tag}>");
    }
    for word in ["src=", "href", "url(", "@import", "<script"] {
        assert!(!html.contains(word), "{word}");
    }
}

#[test]
fn it_tells_counts_names_words_and_stabilities() {
    let numbers = bundles(3, 12);
    let names = ["boilers", "rivers", "songs"].map(str::to_owned);
    let html = page(&numbers, Hdbscan::params(5).min_samples(2), &names);
    is_harmless(&html);
    assert!(html.contains("37 rows: 3 clusters, and 1 row (2.7 %) in none"));
    assert!(html.contains("All 37 rows."));
    for part in [
        "Condensed tree",
        "Map",
        "Stability",
        "boilers",
        "rivers",
        "songs",
        "in no cluster",
    ] {
        assert!(html.contains(part), "{part}");
    }
    // Each cluster is outlined in the tree, has its dots, and its line of the table.
    for group in 0..3 {
        assert!(html.contains(&format!("class=\"pick k{group}\"")));
        assert!(html.contains(&format!("class=\"dots k{group}\"")));
        assert!(html.contains(&format!("<tr class=\"k{group}\">")));
    }
    assert_eq!(dots(&html).len(), numbers.len());
}

/// The dots of the map.
fn dots(html: &str) -> Vec<&str> {
    let paths = html.split("<path class=\"dots").skip(1);
    let mut all: Vec<&str> = paths
        .flat_map(|path| {
            let from = path.find(" d=\"").unwrap() + 4;
            let to = from + path[from..].find('"').unwrap();
            path[from..to].split('M').skip(1)
        })
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn hostile_text_is_shown_and_does_nothing() {
    let names = [
        "</text></svg><script>alert(1)</script>",
        "\" onload=\"alert(1)' x='",
        "&lt; --> ]]> <style>*{display:none}</style>\u{202E}\u{0}\n\r",
        "a\u{336}\u{336}\u{336}\u{336}\u{336}\u{336}\u{336}\u{336}\u{336}",
    ]
    .map(str::to_owned);
    let html = page(&bundles(4, 12), Hdbscan::params(5).min_samples(2), &names);
    is_harmless(&html);
    assert!(html.contains("&lt;script&gt;"));
    assert!(html.contains("&amp;lt;"));
    assert!(!html.contains('\u{202E}') && !html.contains('\u{0}'));
    assert!(!html.contains("\u{336}\u{336}\u{336}"));
}

#[test]
fn few_equal_and_no_rows_are_shown_too() {
    for numbers in [
        vec![],
        vec![1.0],
        vec![2.0; 30],
        vec![f32::MAX, f32::MIN, 0.0],
    ] {
        for single in [false, true] {
            let params = Hdbscan::params(2).allow_single_cluster(single);
            let html = page(&numbers, params, &[]);
            is_harmless(&html);
            assert!(!html.contains("NaN") && !html.contains("inf"));
        }
    }
    let nothing = Picture::new(&[None, None]).to_html().unwrap();
    assert!(nothing.contains("2 rows: 0 clusters, and 2 rows (100.0 %) in none"));
}

#[test]
fn other_rows_than_the_labels_are_refused() {
    let model = fit(&[0.0, 1.0, 2.0], Hdbscan::params(2));
    let told = Picture::new(&[None]).with_tree(&model).to_html();
    assert_eq!(
        told.unwrap_err(),
        ClusterError::Labels { labels: 1, rows: 3 }
    );
    let rows = Rows::new(&[1.0, 2.0], 1).unwrap();
    let told = Picture::new(&[None]).with_rows(rows).to_html();
    assert_eq!(
        told.unwrap_err(),
        ClusterError::Labels { labels: 1, rows: 2 }
    );
}

#[test]
fn of_many_rows_each_cluster_shows_its_share() {
    let groups = 40;
    let numbers = bundles(groups, 100);
    let labels: Vec<Option<u32>> = (0..4_001)
        .map(|row| (row < 4_000).then_some((row % groups) as u32))
        .collect();
    let html = Picture::new(&labels)
        .with_rows(Rows::new(&numbers, 1).unwrap())
        .to_html()
        .unwrap();
    let shown = dots(&html).len();
    assert!((2_400..=2_541).contains(&shown), "{shown}");
    let told = format!("{},{} of 4,001 rows", shown / 1_000, shown % 1_000);
    assert!(html.contains(&told), "{told}");
    for group in 0..groups {
        assert!(html.contains(&format!("class=\"dots k{group}\"")));
    }
    assert!(html.len() < 400_000, "{}", html.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_text_breaks_the_page(names in proptest::collection::vec(any::<String>(), 3)) {
        is_harmless(&page(&bundles(3, 8), Hdbscan::params(4).min_samples(2), &names));
    }

    #[test]
    fn the_order_of_rows_moves_no_dot(size in 3..9_usize, shift in 1..20_usize) {
        let numbers = bundles(3, size);
        let mut turned = numbers.clone();
        turned.rotate_left(shift % numbers.len());
        turned.reverse();
        let params = Hdbscan::params(3).min_samples(2);
        let (html, again) = (page(&numbers, params, &[]), page(&turned, params, &[]));
        prop_assert_eq!(dots(&html), dots(&again));
        prop_assert_eq!(html, page(&numbers, params, &[]));
    }
}
