//! A workbook before a library looks at it: a zip archive of a few kilobytes can hold gigabytes, and what its directory
//! says of sizes may be a lie, so that every part is inflated here once, in constant memory.

use std::io::{Cursor, Read};

use zip::ZipArchive;

/// Bytes of a workbook, packed. A scale of the largest kind has a twentieth of it.
pub(in crate::scales) const LARGEST: usize = 2 * 1024 * 1024;
/// Bytes of all its parts together, inflated.
const LARGEST_INFLATED: u64 = 24 * 1024 * 1024;
/// Parts of a workbook.
const MOST_PARTS: usize = 500;

/// Passes a workbook that a library may read.
///
/// # Errors
/// Why it may not.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    if bytes.len() > LARGEST {
        return Err(format!("more than {LARGEST} bytes"));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    if archive.len() > MOST_PARTS {
        return Err("too many parts".to_owned());
    }
    let mut left = LARGEST_INFLATED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| error.to_string())?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|error| error.to_string())?;
        left = left.checked_sub(size).ok_or_else(|| format!("more than {LARGEST_INFLATED} bytes once inflated"))?;
    }
    Ok(())
}
