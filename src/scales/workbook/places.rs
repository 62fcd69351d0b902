//! Which cell each part of a definition came from.

use std::collections::BTreeMap;

/// Cells by JSON pointer.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<String, String>);

impl Places {
    pub(super) fn put(&mut self, pointer: impl Into<String>, cell: impl Into<String>) {
        self.0.insert(pointer.into(), cell.into());
    }

    /// The cell of a pointer, or of the nearest thing that holds it.
    pub(super) fn of(&self, pointer: &str) -> String {
        let mut rest = pointer;
        loop {
            if let Some(cell) = self.0.get(rest) {
                return cell.clone();
            }
            match rest.rfind('/') {
                Some(cut) => rest = rest.get(..cut).unwrap_or_default(),
                None => return "Scale".to_owned(),
            }
        }
    }
}
