//! Writes what fuzzing begins with into `fuzz/corpus`: the built-in scales as JSON and as workbooks, and bytes that make
//! scales of each kind.

use std::error::Error;
use std::fs;
use std::path::Path;

use fenji::scales::{ScaleDocument, templates, write_workbook};

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in ["scale_json", "scale_xlsx", "scoring"] {
        fs::create_dir_all(corpus.join(target))?;
    }
    for template in templates() {
        let document = ScaleDocument {
            code: template.code.clone(),
            name: template.name.clone(),
            purpose: template.purpose,
            definition: template.definition.clone(),
        };
        let name = template.code.as_str();
        fs::write(corpus.join("scale_json").join(name), serde_json::to_vec(&document)?)?;
        fs::write(corpus.join("scale_json").join(format!("{name}_alone")), serde_json::to_vec(&document.definition)?)?;
        fs::write(corpus.join("scale_xlsx").join(name), write_workbook(&document).map_err(|e| format!("{e:?}"))?)?;
    }
    for n in 0..64_u8 {
        let bytes: Vec<u8> = (0..=n).map(|place| place.wrapping_mul(37).wrapping_add(n.wrapping_mul(91))).collect();
        fs::write(corpus.join("scoring").join(format!("{n}")), bytes)?;
    }
    Ok(())
}
