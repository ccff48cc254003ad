//! Products of codes, tile by tile: the one inner loop, as each processor does it best.
//!
//! A kernel packs columns into a panel and compares rows with it. It decides what is looked at and never what is
//! answered, so all kernels give the same results; distances are the same bits from each, because none of them fuses
//! or reorders their sums.

#![expect(
    unsafe_code,
    reason = "the instructions of a processor; each use states why it may"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
mod plain;
#[cfg(target_arch = "x86_64")]
mod vnni;

/// Plain code, compiled for what a processor has.
#[cfg(target_arch = "x86_64")]
macro_rules! compiled_for {
    ($features:literal) => {
        #[target_feature(enable = $features)]
        pub(super) fn distance<F: Number>(a: &[F], b: &[F]) -> f64 {
            euclidean(a, b)
        }

        #[target_feature(enable = $features)]
        pub(super) fn compare_finely(
            rows: &fine::Rows,
            columns: &fine::Columns,
            block: usize,
            slack: f32,
            limits: Limits<'_>,
            tile: &mut Tile,
        ) {
            plain::compare_finely(rows, columns, block, slack, limits, tile);
        }

        #[target_feature(enable = $features)]
        pub(super) fn combine(weights: &[f32], rows: &[[f32; HEAD]]) -> [f32; HEAD] {
            plain::combine(weights, rows)
        }
    };
}
#[cfg(target_arch = "x86_64")]
use compiled_for;

use super::{
    super::distance::{Number, euclidean},
    codes::Codes,
    fine,
    head::HEAD,
};

/// Rows of a tile.
pub(in super::super) const ROWS: usize = 6;
/// Columns of a tile.
pub(in super::super) const BLOCK: usize = 64;

/// A kernel that this machine has: the variants beside `Plain` are made only where the processor was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kernel {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2(Detected),
    #[cfg(target_arch = "x86_64")]
    Vnni(Detected),
}

/// Witness that the processor has what the kernel around it needs.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Detected(());

/// What a tile leaves: by row, a bit for each column that cannot be ruled out, and the squared distances of the codes.
#[derive(Debug)]
pub(in super::super) struct Tile {
    pub(in super::super) near: [u64; ROWS],
    pub(in super::super) squares: [[f32; BLOCK]; ROWS],
    /// The smallest square of the pairs that are ruled out; infinite when there is none.
    pub(super) least: f32,
}

impl Tile {
    pub(in super::super) const fn new() -> Self {
        Self {
            near: [0; ROWS],
            squares: [[0.0; BLOCK]; ROWS],
            least: f32::INFINITY,
        }
    }
}

/// How far the rows and the columns of a tile look.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Limits<'a> {
    pub(in super::super) rows: &'a [f32; ROWS],
    pub(in super::super) columns: &'a [f32; BLOCK],
}

/// Columns as a kernel reads them.
#[derive(Debug, Default)]
pub(in super::super) struct Panel {
    /// For vector kernels: by block and by four codes, those of 64 columns, lifted above zero.
    bytes: Vec<u8>,
    /// For plain code: by block and by code, those of 64 columns.
    words: Vec<[i16; BLOCK]>,
    first: usize,
    /// By block, the largest error of its columns.
    errors: Vec<f32>,
}

impl Panel {
    /// The column that it begins with.
    pub(in super::super) const fn first(&self) -> usize {
        self.first
    }

    /// The largest error of the columns of a block.
    pub(super) fn error(&self, block: usize) -> f32 {
        self.errors[block]
    }
}

impl Kernel {
    /// Plain code, on any machine.
    pub(in super::super) const fn plain() -> Self {
        Self::Plain
    }

    /// The one for AVX2, if this machine has it.
    pub(in super::super) fn avx2() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            return Some(Self::Avx2(Detected(())));
        }
        None
    }

    /// The one for AVX-512 VNNI, if this machine has it.
    pub(in super::super) fn vnni() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vnni")
        {
            return Some(Self::Vnni(Detected(())));
        }
        None
    }

    /// The fastest of this machine.
    pub(in super::super) fn fastest() -> Self {
        let best = Self::vnni().or_else(Self::avx2);
        best.unwrap_or(Self::plain())
    }

    /// The largest code whose products the kernel adds without loss.
    pub(in super::super) const fn largest(self) -> i8 {
        match self {
            Self::Plain => plain::LARGEST,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => avx2::LARGEST,
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => 127,
        }
    }

    /// Packs `blocks` blocks of columns, from column `first` on.
    pub(in super::super) fn pack(
        self,
        codes: &Codes,
        first: usize,
        blocks: usize,
        panel: &mut Panel,
    ) {
        panel.first = first;
        let starts = (0..blocks).map(|block| first + block * BLOCK);
        panel.errors.clear();
        let errors = starts.map(|start| codes.error_of(start..start + BLOCK));
        panel.errors.extend(errors);
        match self {
            Self::Plain => plain::pack(codes, first, blocks, &mut panel.words),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => interleave(codes, first, blocks, avx2::LIFT, &mut panel.bytes),
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => interleave(codes, first, blocks, vnni::LIFT, &mut panel.bytes),
        }
    }

    /// Compares the rows from `row` on with one block of a panel.
    pub(super) fn compare(
        self,
        codes: &Codes,
        row: usize,
        panel: &Panel,
        block: usize,
        limits: Limits<'_>,
        tile: &mut Tile,
    ) {
        self.compare_across((codes, codes), row, panel, block, limits, tile);
    }

    /// Compares the rows from `row` on of the first codes with one block of a panel that was packed from the second.
    pub(in super::super) fn compare_across(
        self,
        (codes, theirs): (&Codes, &Codes),
        row: usize,
        panel: &Panel,
        block: usize,
        limits: Limits<'_>,
        tile: &mut Tile,
    ) {
        let columns = Columns::new(theirs, panel.first + block * BLOCK);
        match self {
            Self::Plain => plain::compare(codes, row, &panel.words, block, columns, limits, tile),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX2.
                unsafe { avx2::compare(codes, row, &panel.bytes, block, columns, limits, tile) }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX-512 F, BW and VNNI.
                unsafe { vnni::compare(codes, row, &panel.bytes, block, columns, limits, tile) }
            }
        }
    }

    /// Compares rows in single precision with one block of columns.
    pub(super) fn compare_finely(
        self,
        rows: &fine::Rows,
        columns: &fine::Columns,
        block: usize,
        slack: f32,
        limits: Limits<'_>,
        tile: &mut Tile,
    ) {
        match self {
            Self::Plain => plain::compare_finely(rows, columns, block, slack, limits, tile),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX2.
                unsafe { avx2::compare_finely(rows, columns, block, slack, limits, tile) }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX-512 F.
                unsafe { vnni::compare_finely(rows, columns, block, slack, limits, tile) }
            }
        }
    }

    /// The product of two rows of codes.
    pub(super) fn product(self, a: &[i8], b: &[i8]) -> i32 {
        match self {
            Self::Plain => plain::product(a, b),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX2.
                unsafe { avx2::product(a, b) }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX-512 F, BW and VNNI.
                unsafe { vnni::product(a, b) }
            }
        }
    }

    /// The sum of rows, each with its weight.
    pub(super) fn combine(self, weights: &[f32], rows: &[[f32; HEAD]]) -> [f32; HEAD] {
        match self {
            Self::Plain => plain::combine(weights, rows),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX2.
                unsafe { avx2::combine(weights, rows) }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX-512 F.
                unsafe { vnni::combine(weights, rows) }
            }
        }
    }

    /// The distance of two rows, the same bits from every kernel.
    pub(in super::super) fn distance<F: Number>(self, a: &[F], b: &[F]) -> f64 {
        match self {
            Self::Plain => euclidean(a, b),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX2.
                unsafe { avx2::distance(a, b) }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Vnni(_) => {
                // SAFETY: `Detected` is made only where the processor said that it has AVX-512 F.
                unsafe { vnni::distance(a, b) }
            }
        }
    }
}

/// What is known of the columns of a block.
#[derive(Clone, Copy)]
struct Columns<'a> {
    scales: &'a [f32; BLOCK],
    squares: &'a [f32; BLOCK],
    errors: &'a [f32; BLOCK],
}

impl<'a> Columns<'a> {
    fn new(codes: &'a Codes, first: usize) -> Self {
        Self {
            scales: array(codes.scales(), first),
            squares: array(codes.squares(), first),
            errors: array(codes.errors(), first),
        }
    }
}

/// `N` numbers from `first` on; nothing is near what lies beyond the padding.
pub(in super::super) fn array<const N: usize>(numbers: &[f32], first: usize) -> &[f32; N] {
    numbers[first..].first_chunk().unwrap_or(&[f32::NAN; N])
}

/// Blocks of 64 columns as groups of four codes a column, each code plus `lift`.
#[cfg(target_arch = "x86_64")]
fn interleave(codes: &Codes, first: usize, blocks: usize, lift: u8, bytes: &mut Vec<u8>) {
    let width = codes.width();
    bytes.resize(blocks * BLOCK * width, lift);
    for (at, block) in bytes
        .chunks_exact_mut(BLOCK * width)
        .take(blocks)
        .enumerate()
    {
        for column in 0..BLOCK {
            let codes = codes.code(first + at * BLOCK + column);
            for (four, to) in codes.chunks_exact(4).zip(block.chunks_exact_mut(4 * BLOCK)) {
                for (to, &code) in to[4 * column..4 * column + 4].iter_mut().zip(four) {
                    *to = lift.wrapping_add_signed(code);
                }
            }
        }
    }
}
