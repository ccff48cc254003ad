//! Words that occur once in the world, and the search for their bytes.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use alma_core::testkit::Draws;

/// A word that occurs once in the world.
#[derive(Clone, Debug)]
pub(super) struct Canary {
    pub(super) token: String,
    /// What it was planted in.
    pub(super) class: &'static str,
    /// Whether it is to be forgotten.
    pub(super) doomed: bool,
}

/// A canary of 24 random letters; spelt so that tokenisers, JSON and other encodings treat it differently.
pub(super) fn token(draws: &mut Draws, spelling: usize) -> String {
    let mut part = |letters: &str| -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..8).map(|_| *draws.pick(&letters).unwrap()).collect()
    };
    const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
    let [a, b, c] = [part(LOWER), part(LOWER), part(LOWER)];
    match spelling % 6 {
        0 => a + &b + &c,
        1 => part("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") + &b + &c,
        2 => format!("{a}-{b}-{c}"),
        3 => format!("{a}_{b}_{c}"),
        4 => part("äöüßéñçåøžő") + &part("äöüßéñçåøžő") + &c,
        _ => format!("{a}\"{b}\\{c}"),
    }
}

/// How many bytes tell one canary from all others.
const MARK: usize = 8;

/// The beginnings and ends of a canary's parts, as UTF-8 and as UTF-16: stems, prefixes and suffixes are found, too.
fn marks(token: &str) -> Vec<[u8; MARK]> {
    let mut marks = Vec::new();
    for part in token.split(|c: char| !c.is_alphanumeric()) {
        let wide = || part.encode_utf16();
        let little: Vec<u8> = wide().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = wide().flat_map(u16::to_be_bytes).collect();
        for bytes in [part.as_bytes(), &little, &big] {
            let lower = bytes.to_ascii_lowercase();
            marks.extend(lower.first_chunk::<MARK>());
            marks.extend(lower.last_chunk::<MARK>());
        }
    }
    marks
}

/// The numbers of the canaries whose bytes stand in some file under `folder`, each with one such file.
pub(super) fn search(folder: &Path, canaries: &[Canary]) -> BTreeSet<(usize, PathBuf)> {
    let marks: HashMap<[u8; MARK], usize> = canaries
        .iter()
        .enumerate()
        .flat_map(|(number, canary)| {
            marks(&canary.token)
                .into_iter()
                .map(move |mark| (mark, number))
        })
        .collect();
    let mut found = BTreeSet::new();
    for path in files(folder) {
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(path.to_string_lossy().as_bytes());
        bytes.make_ascii_lowercase();
        for window in bytes.windows(MARK) {
            let number = window.first_chunk().and_then(|mark| marks.get(mark));
            found.extend(number.map(|number| (*number, path.clone())));
        }
    }
    found
}

/// Every file under `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
