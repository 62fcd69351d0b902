//! What the fuzz targets run, on a few thousand seeded inputs, so that a regression is found without a fuzzer.

#[path = "../../fuzz/entry_points.rs"]
mod entry_points;

use std::io::{Cursor, Read, Write};

use fenji::scales::{ScaleDocument, templates, write_workbook};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

fn documents() -> Vec<ScaleDocument> {
    let document = |template: &fenji::scales::ScaleTemplate| ScaleDocument {
        code: template.code.clone(),
        name: template.name.clone(),
        purpose: template.purpose,
        definition: template.definition.clone(),
    };
    templates().iter().map(document).collect()
}

/// Changes a few bytes: another byte, a digit, a piece that is cut out or said twice.
fn mutate(bytes: &mut Vec<u8>, dice: &mut ChaCha8Rng) {
    const PIECES: [&[u8]; 9] = [
        b"79228162514264337593543950335",
        b"-1",
        b"\"",
        b"null",
        b"{}",
        b"[]",
        b"1e99",
        b"0.00000000000000000000000000001",
        "分".as_bytes(),
    ];
    for _ in 0..dice.random_range(1..6) {
        if bytes.is_empty() {
            return;
        }
        let at = dice.random_range(0..bytes.len());
        let end = (at + dice.random_range(0..24)).min(bytes.len());
        match dice.random_range(0..5) {
            0 => bytes[at] = dice.random(),
            1 => bytes[at] = dice.random_range(b'0'..=b'9'),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let piece = PIECES[dice.random_range(0..PIECES.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
        }
    }
}

#[test]
fn scoring_holds_on_seeded_scales_and_facts() {
    let mut dice = ChaCha8Rng::seed_from_u64(4);
    for _ in 0..3_000 {
        let bytes: Vec<u8> = (0..dice.random_range(0..200)).map(|_| dice.random()).collect();
        entry_points::scoring(&bytes);
    }
}

#[test]
fn scales_as_json_hold_on_seeded_damage() {
    let mut dice = ChaCha8Rng::seed_from_u64(5);
    let originals: Vec<Vec<u8>> = documents().iter().map(|document| serde_json::to_vec(document).unwrap()).collect();
    originals.iter().for_each(|bytes| entry_points::scale_json(bytes));
    for _ in 0..1_500 {
        let mut bytes = originals[dice.random_range(0..originals.len())].clone();
        mutate(&mut bytes, &mut dice);
        entry_points::scale_json(&bytes);
    }
}

/// The parts of a workbook, by name.
fn parts(workbook: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let (name, mut bytes) = (part.name().unwrap().into_owned(), Vec::new());
            part.read_to_end(&mut bytes).unwrap();
            (name, bytes)
        })
        .collect()
}

#[test]
fn scales_as_workbooks_hold_on_seeded_damage() {
    let mut dice = ChaCha8Rng::seed_from_u64(6);
    let original = write_workbook(&documents()[1]).unwrap();
    entry_points::scale_xlsx(&original);
    let parts = parts(&original);
    for round in 0..250 {
        let mut bytes = original.clone();
        if round % 5 == 0 {
            // The archive itself; the others in whole archives, so that the damage is met where it is.
            mutate(&mut bytes, &mut dice);
        } else {
            let hit = dice.random_range(0..parts.len());
            let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
            for (place, (name, part)) in parts.iter().enumerate() {
                let mut part = part.clone();
                if place == hit {
                    mutate(&mut part, &mut dice);
                }
                zip.start_file(name, SimpleFileOptions::default()).unwrap();
                zip.write_all(&part).unwrap();
            }
            bytes = zip.finish().unwrap().into_inner();
        }
        entry_points::scale_xlsx(&bytes);
    }
}
