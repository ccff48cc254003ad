//! The kernel for AVX2: eight columns a register, four codes a step, in seven bits.

use std::arch::x86_64::{
    __m256, __m256i, _CMP_LE_OQ, _mm_loadu_si128, _mm256_add_epi16, _mm256_add_epi32,
    _mm256_add_ps, _mm256_blendv_ps, _mm256_cmp_ps, _mm256_cvtepi8_epi16, _mm256_cvtepi32_ps,
    _mm256_loadu_ps, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_max_ps,
    _mm256_min_ps, _mm256_movemask_ps, _mm256_mul_ps, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setzero_si256, _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_epi32,
};

use super::{
    super::super::distance::{Number, euclidean},
    BLOCK, Codes, Columns, HEAD, Limits, ROWS, Tile, compiled_for, fine, plain,
};

/// With codes up to this, and columns lifted to at most 127, two sums of two products fit in sixteen bits:
/// 4 * 127 * 63 is 32,004. With eight bits the processor would saturate.
pub(super) const LARGEST: i8 = 63;

/// What is added to the codes of columns, so that they are unsigned; its products with a row are subtracted again.
pub(super) const LIFT: u8 = 64;

/// Rows and registers of columns that are in the making at once: their sums fill the register file.
const TALL: usize = 3;
const WIDE: usize = 2;

#[target_feature(enable = "avx2")]
pub(super) fn compare(
    codes: &Codes,
    row: usize,
    bytes: &[u8],
    block: usize,
    columns: Columns<'_>,
    limits: Limits<'_>,
    tile: &mut Tile,
) {
    let width = codes.width();
    let panel = &bytes[block * BLOCK * width..(block + 1) * BLOCK * width];
    tile.near = [0; ROWS];
    let mut least = _mm256_set1_ps(f32::INFINITY);
    for top in (0..ROWS).step_by(TALL) {
        for left in (0..BLOCK).step_by(8 * WIDE) {
            let sums = products(&codes.from(row + top)[..TALL * width], panel, left, width);
            for (at, sums) in (top..).zip(&sums) {
                for (left, &sum) in (left..).step_by(8).zip(sums) {
                    let limits = (limits.rows[at], limits.columns);
                    let squares = &mut tile.squares[at];
                    let (bits, far) = finish(codes, row + at, left, sum, columns, limits, squares);
                    tile.near[at] |= u64::from(bits) << left;
                    // Where it is no number, as beyond the last row, the second operand stays.
                    least = _mm256_min_ps(far, least);
                }
            }
        }
    }
    let mut lanes = [0.0_f32; 8];
    // SAFETY: the lanes are as wide as the register.
    unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), least) };
    tile.least = lanes.into_iter().fold(f32::INFINITY, f32::min);
}

/// Products of `TALL` rows with the columns from `left` on.
#[inline]
#[target_feature(enable = "avx2")]
fn products(rows: &[i8], panel: &[u8], left: usize, width: usize) -> [[__m256i; WIDE]; TALL] {
    assert!(rows.len() == TALL * width && left + 8 * WIDE <= BLOCK && width.is_multiple_of(8));
    let ones = _mm256_set1_epi16(1);
    let mut sums = [[_mm256_setzero_si256(); WIDE]; TALL];
    for (step, columns) in panel.chunks_exact(8 * BLOCK).enumerate() {
        for at in 0..WIDE {
            // SAFETY: a chunk has two groups of 256 bytes, and 4 * left + 32 * at + 32 is at most 256.
            let (first, second) = unsafe {
                let first = columns.as_ptr().add(4 * left + 32 * at);
                (
                    _mm256_loadu_si256(first.cast()),
                    _mm256_loadu_si256(first.add(4 * BLOCK).cast()),
                )
            };
            for (row, sums) in sums.iter_mut().enumerate() {
                // SAFETY: the panel has `width / 8` steps, so the eight codes lie within row `row` of the `TALL` rows.
                let (one, two) = unsafe {
                    let codes = rows.as_ptr().add(row * width + 8 * step).cast::<i32>();
                    (codes.read_unaligned(), codes.add(1).read_unaligned())
                };
                let one = _mm256_maddubs_epi16(first, _mm256_set1_epi32(one));
                let two = _mm256_maddubs_epi16(second, _mm256_set1_epi32(two));
                let both = _mm256_madd_epi16(_mm256_add_epi16(one, two), ones);
                sums[at] = _mm256_add_epi32(sums[at], both);
            }
        }
    }
    sums
}

/// From products to squared distances: which of them are within reach, and the others, with infinity for those.
#[inline]
#[target_feature(enable = "avx2")]
fn finish(
    codes: &Codes,
    row: usize,
    left: usize,
    sum: __m256i,
    columns: Columns<'_>,
    limits: (f32, &[f32; BLOCK]),
    squares: &mut [f32; BLOCK],
) -> (u8, __m256) {
    assert!(left + 8 <= BLOCK);
    // SAFETY: `left + 8` is at most 64, the length of each array.
    let load = |numbers: &[f32; BLOCK]| unsafe { _mm256_loadu_ps(numbers.as_ptr().add(left)) };
    let lifted = _mm256_set1_epi32(codes.sums()[row].wrapping_mul(i32::from(LIFT)));
    let dots = _mm256_cvtepi32_ps(_mm256_sub_epi32(sum, lifted));
    let scale = _mm256_mul_ps(
        _mm256_set1_ps(-2.0 * codes.scales()[row]),
        load(columns.scales),
    );
    let own = _mm256_add_ps(_mm256_set1_ps(codes.squares()[row]), load(columns.squares));
    let square = _mm256_add_ps(own, _mm256_mul_ps(scale, dots));
    let limit = _mm256_max_ps(_mm256_set1_ps(limits.0), load(limits.1));
    let error = _mm256_add_ps(_mm256_set1_ps(codes.errors()[row]), load(columns.errors));
    // Rounded up: the sum of three and the square lose less than this.
    let reach = _mm256_mul_ps(_mm256_add_ps(limit, error), _mm256_set1_ps(1.0 + 1e-6));
    let near = _mm256_cmp_ps::<_CMP_LE_OQ>(square, _mm256_mul_ps(reach, reach));
    // SAFETY: as above.
    unsafe { _mm256_storeu_ps(squares.as_mut_ptr().add(left), square) };
    let far = _mm256_blendv_ps(square, _mm256_set1_ps(f32::INFINITY), near);
    (_mm256_movemask_ps(near) as u8, far)
}

compiled_for!("avx2");

/// The product of two rows of codes.
#[target_feature(enable = "avx2")]
pub(super) fn product(a: &[i8], b: &[i8]) -> i32 {
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    let mut sums = _mm256_setzero_si256();
    for (a, b) in a.iter().zip(b) {
        // SAFETY: each chunk has the sixteen bytes that are read.
        let (a, b) = unsafe {
            (
                _mm_loadu_si128(a.as_ptr().cast()),
                _mm_loadu_si128(b.as_ptr().cast()),
            )
        };
        let products = _mm256_madd_epi16(_mm256_cvtepi8_epi16(a), _mm256_cvtepi8_epi16(b));
        sums = _mm256_add_epi32(sums, products);
    }
    let mut lanes = [0_i32; 8];
    // SAFETY: the lanes are as wide as the register.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
    lanes.iter().sum::<i32>() + plain::product(a_rest, b_rest)
}
