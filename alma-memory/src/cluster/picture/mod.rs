//! A picture of clusters: one HTML page with the tree that they were cut from, a map of the rows and a table.
//!
//! # Map
//! - `groups`: who is in the picture, its name and colour.
//! - `tree`, `icicle`: the condensed tree, laid out and drawn.
//! - `sample`, `project`, `scatter`: rows that are shown, their places on a plane, and the map.
//! - `table`, `page`, `text`: the rest of the page, and what makes text harmless.

mod groups;
mod icicle;
mod page;
mod project;
mod sample;
mod scatter;
mod table;
mod text;
mod tree;

use groups::Groups;
use tree::Tree;

use super::{ClusterError, Rows, hdbscan::Hdbscan};

/// A self-contained page that shows clusters: no script, nothing loaded, light and dark.
///
/// It may hold the condensed tree (what each cluster split from, and for how long it persists), a
/// map that puts rows near their neighbours, and a table of clusters. Text is escaped, so names
/// may come from anywhere. The same rows and labels give the same page; the order of the rows moves
/// no dot.
///
/// # Examples
/// ```
/// use alma_memory::cluster::{Picture, Rows, hdbscan::Hdbscan};
/// use linfa::{DatasetBase, traits::Fit};
/// use ndarray::Array2;
/// let numbers = vec![0.0_f32, 0.1, 0.3, 7.0, 7.1, 7.3];
/// let records = Array2::from_shape_vec((6, 1), numbers.clone())?;
/// let model = Hdbscan::params(3).min_samples(1).fit(&DatasetBase::from(records))?;
/// let names = ["near <b>".to_owned(), "far".to_owned()];
/// let html = Picture::new(model.labels())
///     .with_tree(&model)
///     .with_rows(Rows::new(&numbers, 1)?)
///     .with_names(&names)
///     .to_html()?;
/// assert!(html.contains("near &lt;b&gt;"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    title: &'a str,
    labels: &'a [Option<u32>],
    model: Option<&'a Hdbscan>,
    rows: Option<Rows<'a>>,
    names: &'a [String],
    words: &'a [Vec<String>],
}

impl<'a> Picture<'a> {
    /// A picture of these clusters, one label a row.
    #[must_use]
    pub const fn new(labels: &'a [Option<u32>]) -> Self {
        Self {
            title: "Clusters",
            labels,
            model: None,
            rows: None,
            names: &[],
            words: &[],
        }
    }

    /// Sets the title of the page.
    #[must_use]
    pub const fn with_title(mut self, title: &'a str) -> Self {
        self.title = title;
        self
    }

    /// Shows the condensed tree of a fit to the same rows.
    ///
    /// The labels may be others than the fit's: a cluster of the tree takes the colour and the name
    /// that most of its rows have.
    #[must_use]
    pub const fn with_tree(mut self, model: &'a Hdbscan) -> Self {
        self.model = Some(model);
        self
    }

    /// Shows a map of the rows: at most 2,500 of them, of each cluster its share.
    #[must_use]
    pub const fn with_rows(mut self, rows: Rows<'a>) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Names clusters, by label; others are called by their number.
    #[must_use]
    pub const fn with_names(mut self, names: &'a [String]) -> Self {
        self.names = names;
        self
    }

    /// Tells the words that set each cluster apart, by label.
    #[must_use]
    pub const fn with_words(mut self, words: &'a [Vec<String>]) -> Self {
        self.words = words;
        self
    }

    /// The page.
    ///
    /// # Errors
    /// `Labels` when the tree or the rows are not as many as the labels.
    pub fn to_html(&self) -> Result<String, ClusterError> {
        let labels = self.labels.len();
        let fitted = self.model.map(|model| model.labels().len());
        for rows in self.rows.map(|rows| rows.len()).into_iter().chain(fitted) {
            if rows != labels {
                return Err(ClusterError::Labels { labels, rows });
            }
        }
        let mut groups = Groups::new(self.labels, self.names, self.words);
        let tree = self.model.and_then(|model| Tree::new(model, &mut groups));
        let mut page = page::Page::new(self.title, &groups);
        if let Some(tree) = &tree {
            page.section(
                "Condensed tree",
                &icicle::note(tree),
                &icicle::draw(tree, &groups),
            );
        }
        if let Some(rows) = self.rows.filter(|rows| !rows.is_empty()) {
            let shown = sample::sample(&rows, &groups);
            let places = project::places(&rows, &shown);
            let note = scatter::note(shown.len(), labels);
            page.section("Map", &note, &scatter::draw(&shown, &places, &groups));
        }
        if !groups.is_empty() {
            page.section("Clusters", "", &table::draw(&groups));
        }
        Ok(page.finish())
    }
}
