//! A workbook on its way to being read: kept where it can be sought in, and checked before a library looks at it.
//!
//! A workbook is a zip archive, and a few kilobytes of zip can hold gigabytes. What its directory says of sizes may be
//! a lie, so the parts are inflated here once, in constant memory. The parts that are held in memory whole (shared
//! texts, styles) must be small; of a sheet, which is read cell by cell, no single text may be large.

use std::io::{BufReader, Read, Seek, SeekFrom};

use tempfile::SpooledTempFile;
use zip::ZipArchive;

use crate::imports::FileProblem;

/// Bytes of a workbook that stay in memory; a larger one goes to a file without a name.
const IN_MEMORY: usize = 4 * 1024 * 1024;
/// Bytes of a workbook, packed.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// Parts of a workbook.
const MOST_PARTS: usize = 10_000;
/// Bytes of a workbook's directory of parts.
const LARGEST_DIRECTORY: u32 = 4 * 1024 * 1024;
/// Bytes of a part that is held in memory whole: the texts that cells share, the styles.
const LARGEST_PART: u64 = 48 * 1024 * 1024;
/// Bytes of one text or tag of a sheet.
const LONGEST_TOKEN: u64 = 1024 * 1024;
/// Bytes of all texts of one cell of a sheet, of which it may have many in many formats.
const LARGEST_CELL: u64 = 2 * 1024 * 1024;
/// The end of a zip archive: its last record and the longest comment, and a pointer to a larger one.
const TAIL: u64 = 66 * 1024;

/// Where a workbook's bytes are.
pub(super) type Spooled = BufReader<SpooledTempFile>;

/// Keeps a workbook and checks it.
pub(super) fn spool(file: impl Read, max_bytes: Option<u64>) -> Result<Spooled, FileProblem> {
    let limit = max_bytes.map_or(LARGEST, |limit| limit.min(LARGEST));
    let mut spooled = SpooledTempFile::new(IN_MEMORY);
    let size = std::io::copy(&mut file.take(limit.saturating_add(1)), &mut spooled)
        .map_err(|e| FileProblem::unreadable(0, &e))?;
    if size > limit {
        return Err(FileProblem::TooLarge { limit });
    }
    check_directory(&mut spooled, size)?;
    let mut archive = ZipArchive::new(BufReader::new(spooled)).map_err(broken)?;
    if archive.len() > MOST_PARTS {
        return Err(broken("too many parts"));
    }
    let mut left = max_bytes.unwrap_or(u64::MAX);
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        left = check_part(&name, part, left).map_err(|problem| match problem {
            FileProblem::TooLarge { .. } => FileProblem::TooLarge { limit: max_bytes.unwrap_or(u64::MAX) },
            other => other,
        })?;
    }
    let mut spooled = archive.into_inner();
    spooled.rewind().map_err(|e| FileProblem::unreadable(0, &e))?;
    Ok(spooled)
}

/// A workbook that is none.
pub(super) fn broken(reason: impl ToString) -> FileProblem {
    FileProblem::BrokenWorkbook { reason: reason.to_string() }
}

/// Reads the end of the archive as little as can be, before the directory it points to is taken into memory.
fn check_directory(spooled: &mut SpooledTempFile, size: u64) -> Result<(), FileProblem> {
    let mut tail = Vec::new();
    spooled
        .seek(SeekFrom::Start(size.saturating_sub(TAIL)))
        .and_then(|_| spooled.read_to_end(&mut tail))
        .and_then(|_| spooled.rewind())
        .map_err(|e| FileProblem::unreadable(0, &e))?;
    // An archive of the larger kind says its sizes elsewhere; none that is taken here needs it.
    if tail.windows(4).any(|bytes| bytes == b"PK\x06\x07") {
        return Err(broken("zip64"));
    }
    let ends = tail.windows(22).filter(|bytes| bytes.starts_with(b"PK\x05\x06"));
    for end in ends {
        let directory = u32::from_le_bytes([end[12], end[13], end[14], end[15]]);
        if directory > LARGEST_DIRECTORY {
            return Err(broken("too many parts"));
        }
    }
    Ok(())
}

/// Inflates a part; the bytes that are left for the others.
fn check_part(name: &str, part: impl Read, left: u64) -> Result<u64, FileProblem> {
    let sheet = is_sheet(name);
    let limit = if sheet { left } else { left.min(LARGEST_PART) };
    let mut part = BufReader::with_capacity(64 * 1024, part.take(limit.saturating_add(1)));
    let (mut size, mut token, mut cell) = (0_u64, 0_u64, Cell::default());
    let mut buffer = [0_u8; 16 * 1024];
    loop {
        let read = part.read(&mut buffer).map_err(broken)?;
        if read == 0 {
            return Ok(left - size);
        }
        size += read as u64;
        if size > limit {
            return Err(if sheet { FileProblem::TooLarge { limit } } else { broken(format!("{name} is too large")) });
        }
        for piece in buffer[..read].split_inclusive(|byte| matches!(byte, b'<' | b'>')) {
            token += piece.len() as u64;
            if sheet && (token > LONGEST_TOKEN || cell.with(piece) > LARGEST_CELL) {
                return Err(broken(format!("a cell of {name} is too large")));
            }
            if piece.ends_with(b"<") || piece.ends_with(b">") {
                token = 0;
            }
        }
    }
}

/// What of a sheet a library puts together as one cell: the texts between two tags `c`, be it one or the next.
#[derive(Default)]
struct Cell {
    /// Bytes of its texts.
    size: u64,
    /// The beginning of the tag that is being read; none within a text.
    tag: Option<Vec<u8>>,
}

impl Cell {
    /// Bytes of the texts so far, with a piece that ends with a bracket or goes on.
    fn with(&mut self, piece: &[u8]) -> u64 {
        match &mut self.tag {
            None => self.size += piece.len() as u64,
            Some(tag) => {
                // As much of it as tells its name.
                tag.extend(piece.iter().take(64 - tag.len().min(64)));
                if piece.ends_with(b">") {
                    if is_cell(tag) {
                        self.size = 0;
                    }
                    self.tag = None;
                }
            }
        }
        if piece.ends_with(b"<") {
            self.tag = Some(Vec::new());
        }
        self.size
    }
}

/// Whether a tag begins or ends a cell: `c r="A1">`, `/x:c>`.
fn is_cell(tag: &[u8]) -> bool {
    let name = tag.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>')).next().unwrap_or_default();
    let name = name.strip_prefix(b"/").unwrap_or(name);
    name.rsplit(|byte| *byte == b':').next() == Some(b"c")
}

/// Whether a part is read piece by piece and may be of any size.
fn is_sheet(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let held = ["sharedstrings.xml", "styles.xml", "workbook.xml"].contains(&file);
    name.contains("worksheets/") && file.ends_with(".xml") && !held
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(parts: &[(&str, usize)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, size) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            let block = b"<c><v>1</v></c>".repeat(4096);
            for _ in 0..size / block.len() {
                zip.write_all(&block).unwrap();
            }
        }
        zip.finish().unwrap().into_inner()
    }

    fn outcome(bytes: &[u8], limit: u64) -> Result<(), &'static str> {
        spool(bytes, Some(limit)).map(|_| ()).map_err(|problem| problem.code())
    }

    #[test]
    fn bombs_are_met_before_a_library_meets_them() {
        const MIB: usize = 1024 * 1024;
        assert_eq!(outcome(&archive(&[("xl/worksheets/sheet1.xml", 60 * MIB)]), 100 * MIB as u64), Ok(()));
        assert_eq!(
            outcome(&archive(&[("xl/worksheets/sheet1.xml", 60 * MIB)]), 50 * MIB as u64),
            Err("file_too_large")
        );
        for part in ["xl/sharedStrings.xml", "xl/worksheets/sharedStrings.xml", "xl/media/image1.png"] {
            assert_eq!(outcome(&archive(&[(part, 60 * MIB)]), 100 * MIB as u64), Err("broken_workbook"), "{part}");
        }
        assert_eq!(outcome(b"PK\x03\x04 nothing", 1000), Err("broken_workbook"));
    }

    #[test]
    fn one_text_may_not_fill_the_memory() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
        zip.write_all(&vec![b'a'; 2 * 1024 * 1024]).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert_eq!(outcome(&bytes, 1 << 30), Err("broken_workbook"));
    }

    #[test]
    fn nor_may_many_texts_of_one_cell() {
        let sheet = |between: &str| {
            let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
            zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
            let run = format!("<r><t>{}</t></r>{between}", "a".repeat(700_000));
            zip.write_all(format!("<c t=\"inlineStr\"><is>{}</is></c>", run.repeat(4)).as_bytes()).unwrap();
            outcome(&zip.finish().unwrap().into_inner(), 1 << 30)
        };
        assert_eq!(sheet(""), Err("broken_workbook"));
        assert_eq!(sheet("</is></c><c t=\"inlineStr\"><is>"), Ok(()));
        assert_eq!(sheet("</is></x:c ><x:c\n r=\"A2\"><is>"), Ok(()));
        assert_eq!(sheet("<col/><cell></cell>"), Err("broken_workbook"));
    }
}
