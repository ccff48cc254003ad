//! Files of numpy: what is written is read again, and what is not taken is named.

use std::{fs, path::PathBuf};

use alma_benches::npy::{self, NpyError, Table};
use ndarray::array;
use tempfile::TempDir;

fn file(folder: &TempDir, header: &str, body: &[u8]) -> PathBuf {
    let path = folder.path().join("x.npy");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(body);
    fs::write(&path, bytes).unwrap();
    path
}

fn refused(header: &str, body: &[u8]) -> NpyError {
    let folder = TempDir::new().unwrap();
    npy::read(&file(&folder, header, body)).unwrap_err()
}

#[test]
fn what_is_written_is_read_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    let wide = [0.1_f32, -2.5, f32::MAX, f32::MIN_POSITIVE, 0.0, -0.0];
    npy::write(&path, wide.into_iter(), Some(2)).unwrap();
    let expected = array![[wide[0], wide[1]], [wide[2], wide[3]], [wide[4], wide[5]]];
    assert_eq!(npy::read(&path).unwrap(), Table::F32(expected));
    npy::write(&path, [f64::MAX, 1e-310].into_iter(), Some(1)).unwrap();
    let expected = array![[f64::MAX], [1e-310]];
    assert_eq!(npy::read(&path).unwrap(), Table::F64(expected));
    let length = fs::read(&path).unwrap().len();
    assert_eq!(length % 16, 0, "numpy aligns numbers");
}

#[test]
fn more_than_one_chunk_is_read_in_order() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    let numbers: Vec<f32> = (0..60_003_u16).map(f32::from).collect();
    npy::write(&path, numbers.iter().copied(), Some(3)).unwrap();
    let Table::F32(rows) = npy::read(&path).unwrap() else {
        panic!("f32 was written")
    };
    assert_eq!(rows.dim(), (20_001, 3));
    assert!(rows.iter().eq(&numbers));
}

#[test]
fn no_rows_are_a_table_too() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    npy::write(&path, std::iter::empty::<f32>(), Some(384)).unwrap();
    let Table::F32(rows) = npy::read(&path).unwrap() else {
        panic!("f32 was written")
    };
    assert_eq!(rows.dim(), (0, 384));
}

#[test]
fn headers_of_newer_versions_are_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    let header = "{'shape': (1, 1), 'fortran_order': False, 'descr': '<f8'}\n";
    let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(7.5_f64.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    assert_eq!(npy::read(&path).unwrap(), Table::F64(array![[7.5]]));
}

#[test]
fn other_types_are_named() {
    for descr in ["<i8", "<f2", ">f4", "|O"] {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1, 1), }}");
        let error = refused(&header, &[0; 8]);
        assert!(matches!(&error, NpyError::Type(found) if found == descr));
        assert!(error.to_string().contains(descr));
    }
    let record = "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 1), }";
    assert!(matches!(refused(record, &[0; 4]), NpyError::Header(_)));
}

#[test]
fn columns_first_and_other_dimensions_are_refused() {
    let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }";
    assert!(matches!(refused(header, &[0; 8]), NpyError::Fortran));
    for (shape, dimensions) in [("()", 0), ("(2,)", 1), ("(1, 2, 1)", 3)] {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        let error = refused(&header, &[0; 8]);
        assert!(matches!(error, NpyError::Dimensions(found) if found == dimensions));
    }
}

#[test]
fn missing_and_surplus_bytes_are_counted() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
    for bytes in [0_u8, 23, 25] {
        let error = refused(header, &vec![0; usize::from(bytes)]);
        let NpyError::Length { told, found } = error else {
            panic!("{error}")
        };
        assert_eq!((told, found), (24, u64::from(bytes)));
    }
    // No memory is taken for numbers that a header merely claims.
    let most = u64::MAX;
    let huge = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({most}, {most}), }}");
    assert!(matches!(refused(&huge, &[]), NpyError::Length { .. }));
}

#[test]
fn what_is_no_such_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    let cut = b"\x93NUMPY\x01\x00\x40\x00{'descr'";
    for bytes in [&b""[..], b"\x93NUM", b"PK\x03\x04 a zip archive", cut] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(npy::read(&path).unwrap_err(), NpyError::Magic));
    }
    fs::write(&path, b"\x93NUMPY\x09\x00\x00\x00").unwrap();
    assert!(matches!(npy::read(&path).unwrap_err(), NpyError::Header(_)));
    let neither = "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 1)}";
    for header in ["", "{}", "{'descr': <f4}", neither] {
        assert!(matches!(refused(header, &[]), NpyError::Header(_)));
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(npy::read(&path).unwrap_err(), NpyError::Io(_)));
}
