#![no_main]

#[path = "../entry_points.rs"]
mod entry_points;

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry_points::scale_xlsx(data));

// A changed byte of an archive spoils its checksum, and nothing behind that is reached. So a part is taken out, changed,
// and put back; one time in eight the archive itself is changed.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let changed = if seed % 8 == 0 { None } else { with_part_changed(&data[..size], seed / 8) };
    match changed.filter(|bytes| bytes.len() <= max_size) {
        Some(bytes) => {
            data[..bytes.len()].copy_from_slice(&bytes);
            bytes.len()
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
    }
});

fn with_part_changed(workbook: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).ok()?;
    let hit = seed as usize % archive.len().max(1);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).ok()?;
        let name = part.name().ok()?.into_owned();
        let mut bytes = Vec::new();
        part.by_ref().take(1 << 20).read_to_end(&mut bytes).ok()?;
        if index == hit {
            let size = bytes.len();
            bytes.resize(size + 256, 0);
            let changed = libfuzzer_sys::fuzzer_mutate(&mut bytes, size, size + 256);
            bytes.truncate(changed);
        }
        zip.start_file(name, options).ok()?;
        zip.write_all(&bytes).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}
