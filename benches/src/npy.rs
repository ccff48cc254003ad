//! Files of numpy (`.npy`): rows of floating-point numbers in, tables out.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    path::Path,
};

use ndarray::{Array2, ShapeError};
use thiserror::Error;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Headers of numpy end at a multiple of this.
const ALIGNMENT: usize = 64;
/// No plain table needs a longer header.
const LONGEST_HEADER: usize = 1 << 16;
/// How many bytes are read at once; a multiple of the size of any number.
const CHUNK: usize = 1 << 16;

/// What is wrong with a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NpyError {
    /// It cannot be read or written.
    #[error("cannot use the file")]
    Io(#[from] io::Error),
    /// It does not begin as such files do.
    #[error("cannot read the file: it is no .npy")]
    Magic,
    /// Its header cannot be understood.
    #[error("cannot read the header: {0}")]
    Header(&'static str),
    /// It holds other things than floating-point numbers of 4 or 8 bytes, lowest byte first.
    #[error("cannot read numbers of type {0}: only <f4 and <f8 are taken")]
    Type(String),
    /// Its numbers lie column after column.
    #[error(
        "cannot read numbers in Fortran order: save numpy.ascontiguousarray of the array instead"
    )]
    Fortran,
    /// It is no table of rows and columns.
    #[error("cannot read an array of {0} dimensions: rows and columns are taken")]
    Dimensions(usize),
    /// It has more or fewer bytes than its header tells.
    #[error("cannot read the numbers: the header tells of {told} bytes and the file has {found}")]
    Length {
        /// What the header says.
        told: u64,
        /// What follows it.
        found: u64,
    },
    /// Its numbers do not fit in memory.
    #[error("cannot read the numbers: {0} bytes do not fit in memory")]
    Memory(u64),
    /// Its shape does not fit its numbers.
    #[error("cannot shape the numbers")]
    Shape(#[from] ShapeError),
}

/// Rows as they lie in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Table {
    /// Of 4 bytes a number.
    F32(Array2<f32>),
    /// Of 8 bytes a number.
    F64(Array2<f64>),
}

/// A number that files of numpy may hold.
pub trait Number: Copy {
    /// What numpy calls the type.
    const DESCR: &'static str;
    /// Its bytes.
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Default;
    /// Reads one.
    fn from_bytes(bytes: Self::Bytes) -> Self;
    /// Writes one.
    fn to_bytes(self) -> Self::Bytes;
}

macro_rules! number {
    ($($number:ty, $descr:literal;)*) => {$(
        impl Number for $number {
            const DESCR: &'static str = $descr;
            type Bytes = [u8; size_of::<$number>()];
            fn from_bytes(bytes: Self::Bytes) -> Self {
                Self::from_le_bytes(bytes)
            }
            fn to_bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }
        }
    )*};
}
number! { f32, "<f4"; f64, "<f8"; i64, "<i8"; }

/// Reads rows and columns from the file at `path`, without a second copy in memory.
///
/// # Errors
/// `Io` when it cannot be read; the other kinds say what about it is not taken.
pub fn read(path: &Path) -> Result<Table, NpyError> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut start = [0; 8];
    fill(&mut file, &mut start)?;
    if !start.starts_with(MAGIC) {
        return Err(NpyError::Magic);
    }
    let size_bytes = match start[6] {
        1 => 2,
        2 | 3 => 4,
        _ => return Err(NpyError::Header("its version is not 1, 2 or 3")),
    };
    let mut size = [0; 4];
    fill(&mut file, &mut size[..size_bytes])?;
    let size = u32::from_le_bytes(size) as usize;
    if size > LONGEST_HEADER {
        return Err(NpyError::Header("it is too long"));
    }
    let mut header = vec![0; size];
    fill(&mut file, &mut header)?;
    let header = str::from_utf8(&header).map_err(|_| NpyError::Header("it is no text"))?;
    let (descr, shape) = described(header)?;
    let body = length.saturating_sub((start.len() + size_bytes + size) as u64);
    if descr == f32::DESCR {
        Ok(Table::F32(numbers(&mut file, shape, body)?))
    } else if descr == f64::DESCR {
        Ok(Table::F64(numbers(&mut file, shape, body)?))
    } else {
        Err(NpyError::Type(descr.to_owned()))
    }
}

/// Writes `values` to the file at `path`, as rows of `columns` or as one list.
///
/// # Errors
/// `Io` when it cannot be written.
///
/// # Panics
/// When the values do not fill their rows.
pub fn write<N: Number>(
    path: &Path,
    values: impl ExactSizeIterator<Item = N>,
    columns: Option<usize>,
) -> Result<(), NpyError> {
    let shape = match columns {
        None => format!("({},)", values.len()),
        Some(columns) => {
            assert!(values.len().is_multiple_of(columns), "ragged rows");
            format!("({}, {columns})", values.len() / columns)
        }
    };
    let mut header = format!(
        "{{'descr': '{}', 'fortran_order': False, 'shape': {shape}, }}",
        N::DESCR
    );
    let fixed = MAGIC.len() + 2 + 2 + 1;
    let padding = (fixed + header.len()).next_multiple_of(ALIGNMENT) - fixed - header.len();
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    let size = u16::try_from(header.len()).map_err(|_| NpyError::Header("it is too long"))?;
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(MAGIC)?;
    file.write_all(&[1, 0])?;
    file.write_all(&size.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    for value in values {
        file.write_all(value.to_bytes().as_ref())?;
    }
    Ok(file.flush()?)
}

/// A file that ends within its header is no such file.
fn fill(file: &mut File, bytes: &mut [u8]) -> Result<(), NpyError> {
    file.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => NpyError::Magic,
        _ => NpyError::Io(error),
    })
}

/// The type and the shape that the dictionary in a header tells of.
fn described(header: &str) -> Result<(&str, (usize, usize)), NpyError> {
    let descr = value(header, "descr")?;
    let quote = descr.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let descr = quote
        .and_then(|quote| descr[1..].split_once(quote))
        .map(|(descr, _)| descr)
        .ok_or(NpyError::Header("its type is not that of plain numbers"))?;
    let order = value(header, "fortran_order")?;
    let fortran = order.starts_with("True");
    if !fortran && !order.starts_with("False") {
        return Err(NpyError::Header("its order is neither True nor False"));
    }
    let shape = value(header, "shape")?
        .strip_prefix('(')
        .and_then(|shape| shape.split_once(')'))
        .ok_or(NpyError::Header("its shape is no tuple"))?
        .0
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty())
        .map(|size| size.parse::<usize>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| NpyError::Header("its shape is not of whole numbers"))?;
    match shape[..] {
        [_, _] if fortran => Err(NpyError::Fortran),
        [rows, columns] => Ok((descr, (rows, columns))),
        _ => Err(NpyError::Dimensions(shape.len())),
    }
}

/// What stands behind `key` in a dictionary as Python writes it.
fn value<'a>(header: &'a str, key: &str) -> Result<&'a str, NpyError> {
    [format!("'{key}'"), format!("\"{key}\"")]
        .iter()
        .find_map(|key| header.split_once(key.as_str()))
        .and_then(|(_, rest)| rest.trim_start().strip_prefix(':'))
        .map(str::trim_start)
        .ok_or(NpyError::Header("a key is missing"))
}

/// Reads `shape` numbers from what is left of a file, which is `body` bytes.
fn numbers<N: Number>(
    file: &mut File,
    shape: (usize, usize),
    body: u64,
) -> Result<Array2<N>, NpyError> {
    let told = (shape.0 as u64)
        .saturating_mul(shape.1 as u64)
        .saturating_mul(size_of::<N>() as u64);
    if told != body {
        return Err(NpyError::Length { told, found: body });
    }
    let mut values: Vec<N> = Vec::new();
    values
        .try_reserve_exact(shape.0 * shape.1)
        .map_err(|_| NpyError::Memory(told))?;
    let mut chunk = [0; CHUNK];
    let mut left = told;
    while left > 0 {
        let now = left.min(CHUNK as u64) as usize;
        file.read_exact(&mut chunk[..now])?;
        values.extend(chunk[..now].chunks_exact(size_of::<N>()).map(|number| {
            let mut bytes = N::Bytes::default();
            bytes.as_mut().copy_from_slice(number);
            N::from_bytes(bytes)
        }));
        left -= now as u64;
    }
    Ok(Array2::from_shape_vec(shape, values)?)
}
