//! The kernel for AVX-512 with VNNI: sixteen columns a register, four codes a step.

use std::arch::x86_64::{
    __m512, __m512i, _CMP_LE_OQ, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_cvtepi32_ps,
    _mm512_dpbusd_epi32, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mask_min_ps, _mm512_max_ps,
    _mm512_mul_ps, _mm512_reduce_add_epi32, _mm512_reduce_min_ps, _mm512_set1_epi8,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512, _mm512_storeu_ps, _mm512_sub_epi32,
    _mm512_xor_si512,
};

use super::{
    super::super::distance::{Number, euclidean},
    BLOCK, Codes, Columns, HEAD, Limits, ROWS, Tile, compiled_for, fine, plain,
};

/// What is added to the codes of columns, so that they are unsigned; its products with a row are subtracted again.
pub(super) const LIFT: u8 = 128;

/// Registers of columns in a block.
const WIDE: usize = BLOCK / 16;

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
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
    let rows = &codes.from(row)[..ROWS * width];
    let mut sums = [[_mm512_setzero_si512(); WIDE]; ROWS];
    for (step, columns) in panel.chunks_exact(4 * BLOCK).enumerate() {
        let mut theirs = [_mm512_setzero_si512(); WIDE];
        for (at, theirs) in theirs.iter_mut().enumerate() {
            // SAFETY: a chunk has 256 bytes, and `at` is below 4.
            *theirs = unsafe { _mm512_loadu_si512(columns.as_ptr().add(64 * at).cast()) };
        }
        for (at, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the panel has `width / 4` steps, so the four codes lie within row `at` of the `ROWS` rows.
            let ours = unsafe {
                rows.as_ptr()
                    .add(at * width + 4 * step)
                    .cast::<i32>()
                    .read_unaligned()
            };
            let ours = _mm512_set1_epi32(ours);
            for (sum, &theirs) in sums.iter_mut().zip(&theirs) {
                *sum = _mm512_dpbusd_epi32(*sum, theirs, ours);
            }
        }
    }
    let mut least = _mm512_set1_ps(f32::INFINITY);
    for (at, sums) in sums.iter().enumerate() {
        least = finish(
            codes,
            row + at,
            sums,
            columns,
            (limits.rows[at], limits.columns),
            (&mut tile.squares[at], &mut tile.near[at]),
            least,
        );
    }
    tile.least = _mm512_reduce_min_ps(least);
}

/// From products to squared distances, which of them are within reach, and the `least` of the others so far.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn finish(
    codes: &Codes,
    row: usize,
    sums: &[__m512i; WIDE],
    columns: Columns<'_>,
    limits: (f32, &[f32; BLOCK]),
    (squares, near): (&mut [f32; BLOCK], &mut u64),
    mut least: __m512,
) -> __m512 {
    let lifted = _mm512_set1_epi32(codes.sums()[row].wrapping_mul(i32::from(LIFT)));
    let scale = _mm512_set1_ps(-2.0 * codes.scales()[row]);
    let own = _mm512_set1_ps(codes.squares()[row]);
    let error = _mm512_set1_ps(codes.errors()[row]);
    let limit = _mm512_set1_ps(limits.0);
    // Rounded up: the sum of three and the square lose less than this.
    let above = _mm512_set1_ps(1.0 + 1e-6);
    *near = 0;
    for (at, &sum) in sums.iter().enumerate() {
        // SAFETY: `at` is below 4, so the 16 numbers from `16 * at` on lie within the 64 of each array.
        let load =
            |numbers: &[f32; BLOCK]| unsafe { _mm512_loadu_ps(numbers.as_ptr().add(16 * at)) };
        let dots = _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, lifted));
        let products = _mm512_mul_ps(_mm512_mul_ps(scale, load(columns.scales)), dots);
        let square = _mm512_add_ps(_mm512_add_ps(own, load(columns.squares)), products);
        let limit = _mm512_max_ps(limit, load(limits.1));
        let reach = _mm512_add_ps(_mm512_add_ps(limit, error), load(columns.errors));
        let reach = _mm512_mul_ps(reach, above);
        let bits = _mm512_cmp_ps_mask::<_CMP_LE_OQ>(square, _mm512_mul_ps(reach, reach));
        *near |= u64::from(bits) << (16 * at);
        // Where the square is no number, as beyond the last row, the second operand stays.
        least = _mm512_mask_min_ps(least, !bits, square, least);
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(squares.as_mut_ptr().add(16 * at), square) };
    }
    least
}

compiled_for!("avx512f");

/// The product of two rows of codes.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn product(a: &[i8], b: &[i8]) -> i32 {
    let (a, a_rest) = a.as_chunks::<64>();
    let (b, b_rest) = b.as_chunks::<64>();
    let (mut sums, mut lifted) = (_mm512_setzero_si512(), _mm512_setzero_si512());
    let lift = _mm512_set1_epi8(LIFT as i8);
    for (a, b) in a.iter().zip(b) {
        // SAFETY: each chunk has the sixty-four bytes that are read.
        let (a, b) = unsafe {
            (
                _mm512_loadu_si512(a.as_ptr().cast()),
                _mm512_loadu_si512(b.as_ptr().cast()),
            )
        };
        sums = _mm512_dpbusd_epi32(sums, _mm512_xor_si512(a, lift), b);
        lifted = _mm512_dpbusd_epi32(lifted, lift, b);
    }
    _mm512_reduce_add_epi32(_mm512_sub_epi32(sums, lifted)) + plain::product(a_rest, b_rest)
}
