//! The shared data packs and small inputs that go wrong, which are not part of the project: tests that use them skip,
//! loudly, where they are absent.

use std::io::Read;
use std::path::PathBuf;

/// A pack's folder.
pub struct Pack(PathBuf);

/// The pack, or none, having said so.
pub fn pack(name: &str) -> Option<Pack> {
    let root = std::env::var("FENJI_DATA_PACKS")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let dir = root.join(name);
    if dir.is_dir() {
        return Some(Pack(dir));
    }
    eprintln!("SKIPPED: the data pack {name} is not at {}; set FENJI_DATA_PACKS", root.display());
    None
}

/// A small input that once went wrong, or none, having said so.
pub fn case(file: &str) -> Option<Vec<u8>> {
    let root = std::env::var("FENJI_CASES")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/cases"), PathBuf::from);
    let bytes = std::fs::read(root.join(file)).ok();
    if bytes.is_none() {
        eprintln!("SKIPPED: the case {file} is not at {}; set FENJI_CASES", root.display());
    }
    bytes
}

impl Pack {
    /// A file's bytes as they are.
    pub fn bytes(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.0.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }

    /// A file's text, unpacked where its name ends in .gz.
    pub fn text(&self, file: &str) -> String {
        let bytes = self.bytes(file);
        let mut text = String::new();
        match file.ends_with(".gz") {
            true => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
            false => (&bytes[..]).read_to_string(&mut text).unwrap(),
        };
        text
    }

    /// A CSV file's rows, each a map from column to value.
    pub fn rows(&self, file: &str) -> Vec<std::collections::BTreeMap<String, String>> {
        let text = self.text(file);
        csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
    }
}
