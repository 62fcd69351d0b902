//! `fenji contract`: the two contract files, from the code.

use std::path::Path;

use super::{Failure, print};
use crate::http;

/// Writes both files.
pub(super) fn write(dir: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(dir)?;
    for (name, text) in [("fenji.json", http::openapi_json()), ("schema.graphql", http::sdl())] {
        let path = dir.join(name);
        std::fs::write(&path, text)?;
        print(&path.display().to_string())?;
    }
    Ok(())
}
