//! The Librarian: what was said stays as it was said, is found again, summed up, and forgotten for good.
//!
//! `SqliteMemory` keeps the contract of [`alma_core::Memory`] on one SQLite file, with no
//! model, key or network.
//!
//! # Examples
//! ```
//! # #[cfg(feature = "sqlite")]
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> alma_core::Result<()> {
//! use alma_core::{Memory, MemoryExt, Mode, Query, Scope, Selection};
//! use alma_memory::SqliteMemory;
//!
//! let (memory, ana) = (SqliteMemory::in_memory().await?, Scope::new("home/ana")?);
//! let id = memory.remember_text(&ana, "The spare key hangs behind the clock.").await?;
//! let recall = memory.recall(&ana, &Query::text("where are the spare keys?")).await?;
//! assert_eq!(recall.hits[0].record.id, id);
//! let receipt = memory.forget(&ana, &Selection::id(id), Mode::Erase).await?;
//! assert!(receipt.is_erased());
//! # Ok(()) }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! # How a question is answered
//! 1. *Lexical*: BM25 over stems, with statistics of the scope alone. A turn borrows the words
//!    of the turns around it (same source, next positions, same sitting), since an answer
//!    rarely repeats the words of its question; the best records of a source lift the others
//!    of it; a record that only asks counts less.
//! 2. *Dense*: the cosine of vectors, scanned exactly. Without a model these are the
//!    [`LexicalEmbedder`](embed::LexicalEmbedder)'s, which see through misspelling; with one
//!    they find what shares no word.
//! 3. Both are brought to one scale and added by weight; each hit tells its rank in either.
//! 4. The share of the question's rare words that the best hits leave uncovered tells how
//!    likely it is that nothing relevant was found.
//!
//! The words of these facts are searched beside the text: `title`, `heading`, `speaker`,
//! `author`, `caption`, `label`, `tags` (and of names that end so, such as `image_caption`); of messages and events the day; of documents and
//! their chunks the end of the source's path.
//!
//! Postings are rows of the scope, so a question touches nothing of another scope, needs no
//! query language that text could break, and what is erased is deleted rows.
//!
//! # Modules
//! | module | what it does | needs |
//! |---|---|---|
//! | [`text`] | words, terms, chunks of documents | |
//! | [`embed`] | vectors without a model | |
//! | [`summary`] | summaries and labels without a model | |
//! | `cluster` | groups of vectors, behind a seam of plain slices | `clustering` |
//! | `SqliteMemory` | the memory | `sqlite` |
//!
//! # Features
//! | feature | default | what it adds |
//! |---|---|---|
//! | `sqlite` | yes | `SqliteMemory`; brings `clustering` |
//! | `clustering` | | `cluster` alone, without a runtime or a database |

#[cfg(feature = "clustering")]
pub mod cluster;
pub mod embed;
#[cfg(feature = "sqlite")]
mod index;
#[cfg(feature = "sqlite")]
mod sqlite;
pub mod summary;
pub mod text;
#[cfg(feature = "sqlite")]
mod topics;

#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteMemory, SqliteMemoryBuilder};
