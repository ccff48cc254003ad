//! Chunks: pieces of a document that are small enough to be found and cited.

use std::ops::Range;

use alma_core::text::sentences;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chunk {
    /// Its bytes in the document.
    pub range: Range<usize>,
    /// The headings it stands under, outermost first, such as `Install > Linux`; empty without.
    pub heading: String,
}

/// Cuts documents into chunks along their structure.
///
/// Markdown headings, paragraphs and code blocks are kept whole where they fit; a longer
/// paragraph is cut between sentences, a longer sentence between words. Where a cut falls
/// inside a section, the next chunk repeats the last sentence if that is short. Plain text
/// is a document without headings. Time and memory grow linearly with the text.
///
/// # Examples
/// ```
/// use alma_memory::text::Chunker;
/// let text = "# Use\n\nRun it.\n";
/// let chunks = Chunker::new().chunks(text);
/// assert_eq!(&text[chunks[0].range.clone()], "# Use\n\nRun it.");
/// assert_eq!(chunks[0].heading, "Use");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Chunker {
    max_words: usize,
}

/// A sentence up to this many words is repeated when a cut falls behind it.
const OVERLAP_WORDS: usize = 30;
/// Bytes a word may have on average before a chunk is cut for its bytes.
const BYTES_PER_WORD: usize = 12;

impl Chunker {
    /// Chunks of up to 200 words.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_words: 200 }
    }

    /// Chunks of up to `words` words; brought into 20..=2,000.
    #[must_use]
    pub fn with_max_words(mut self, words: usize) -> Self {
        self.max_words = words.clamp(20, 2_000);
        self
    }

    /// The most bytes that one chunk can have.
    #[must_use]
    pub const fn max_bytes(&self) -> usize {
        self.max_words * BYTES_PER_WORD
    }

    /// The chunks of `text`, in order. Blank text has none.
    #[must_use]
    pub fn chunks(&self, text: &str) -> Vec<Chunk> {
        let mut packer = Packer {
            text,
            chunker: *self,
            open: None,
            trail: Vec::new(),
            done: Vec::new(),
        };
        for block in blocks(text) {
            packer.add(block);
        }
        packer.close();
        packer.done
    }

    fn fits(&self, text: &str) -> bool {
        text.len() <= self.max_bytes() && count_words(text) <= self.max_words
    }
}

impl Default for Chunker {
    fn default() -> Self {
        Self::new()
    }
}

fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

struct Packer<'a> {
    text: &'a str,
    chunker: Chunker,
    /// The chunk that still grows, and the headings it began under.
    open: Option<(Range<usize>, String)>,
    trail: Vec<(usize, String)>,
    done: Vec<Chunk>,
}

impl Packer<'_> {
    fn add(&mut self, block: Block) {
        if let Some((level, title)) = block.heading {
            // A short section goes with the next, so that no chunk is a lone heading.
            let long_enough = self.open.as_ref().is_some_and(|(range, _)| {
                count_words(&self.text[range.clone()]) * 4 >= self.chunker.max_words
            });
            if long_enough {
                self.close();
            }
            self.trail.retain(|(above, _)| *above < level);
            self.trail.push((level, title));
        }
        for piece in self.pieces(block.range) {
            self.grow(piece);
        }
    }

    /// `range` itself when it fits into a chunk, otherwise cut into parts that do.
    fn pieces(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let block = &self.text[range.clone()];
        if self.chunker.fits(block) {
            return vec![range];
        }
        let mut parts = Vec::new();
        for sentence in sentences(block) {
            let sentence = range.start + sentence.start..range.start + sentence.end;
            if self.chunker.fits(&self.text[sentence.clone()]) {
                parts.push(sentence);
            } else {
                self.cut(sentence, &mut parts);
            }
        }
        parts
    }

    /// Cuts what has no sentences left: between words, and through a word that is too long itself.
    fn cut(&self, range: Range<usize>, parts: &mut Vec<Range<usize>>) {
        let max_bytes = self.chunker.max_bytes();
        let (mut start, mut words) = (range.start, 0);
        let mut last_space = None;
        let mut in_word = false;
        for (offset, c) in self.text[range.clone()].char_indices() {
            let at = range.start + offset;
            if at + c.len_utf8() - start > max_bytes || words > self.chunker.max_words {
                let end = last_space.filter(|&space| space > start).unwrap_or(at);
                parts.push(start..end);
                words = count_words(&self.text[end..at]);
                start = end;
                last_space = None;
            }
            if c.is_whitespace() {
                last_space = Some(at);
                in_word = false;
            } else if !in_word {
                in_word = true;
                words += 1;
            }
        }
        parts.push(start..range.end);
    }

    fn grow(&mut self, piece: Range<usize>) {
        if let Some((range, _)) = &mut self.open {
            let grown = range.start..piece.end;
            if self.chunker.fits(&self.text[grown.clone()]) {
                *range = grown;
                return;
            }
            let start = self.overlap(&piece).unwrap_or(piece.start);
            self.close();
            self.open = Some((start..piece.end, self.trail()));
        } else {
            self.open = Some((piece, self.trail()));
        }
    }

    /// Where the last sentence of the open chunk begins, if it may be repeated before `piece`.
    fn overlap(&self, piece: &Range<usize>) -> Option<usize> {
        let (range, _) = self.open.as_ref()?;
        // Only the tail is searched: the chunk may be long and the sentence must be short.
        let mut from = range.end.saturating_sub(OVERLAP_WORDS * BYTES_PER_WORD);
        from = from.max(range.start);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        let tail = &self.text[from..range.end];
        let last = sentences(tail).pop()?;
        let start = from + last.start;
        (start > range.start
            && last.start > 0
            && count_words(&tail[last]) <= OVERLAP_WORDS
            && self.chunker.fits(&self.text[start..piece.end]))
        .then_some(start)
    }

    fn trail(&self) -> String {
        let titles: Vec<_> = self.trail.iter().map(|(_, title)| title.as_str()).collect();
        titles.join(" > ")
    }

    fn close(&mut self) {
        if let Some((range, heading)) = self.open.take() {
            let piece = &self.text[range.clone()];
            let start = range.start + (piece.len() - piece.trim_start().len());
            let end = start + piece.trim().len();
            if start < end {
                self.done.push(Chunk {
                    range: start..end,
                    heading,
                });
            }
        }
    }
}

/// A heading, a paragraph or a code block.
struct Block {
    range: Range<usize>,
    heading: Option<(usize, String)>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut fenced = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let bare = line.trim();
        let fence = bare.starts_with("```") || bare.starts_with("~~~");
        let heading = if fenced { None } else { heading(bare) };
        if heading.is_some() || (bare.is_empty() && !fenced) {
            found.extend(open.take().map(|range| Block {
                range,
                heading: None,
            }));
        }
        if heading.is_some() {
            found.push(Block { range, heading });
            continue;
        }
        if !bare.is_empty() || fenced {
            open = Some(open.map_or(range.start, |open| open.start)..range.end);
        }
        fenced ^= fence;
    }
    found.extend(open.map(|range| Block {
        range,
        heading: None,
    }));
    found
}

/// Level and title of a Markdown heading line.
fn heading(line: &str) -> Option<(usize, String)> {
    let level = line.bytes().take_while(|&byte| byte == b'#').count();
    let title = line.get(level..)?;
    if !(1..=6).contains(&level) || !title.starts_with([' ', '\t']) {
        return None;
    }
    let title = title.trim().trim_end_matches('#').trim_end();
    // Long "headings" are text that happens to start with a hash.
    (!title.is_empty() && title.len() <= 200).then(|| (level, title.to_owned()))
}
