//! Rows of many tables as one file: gzip NDJSON between a head and a foot, so that a file that was cut off is noticed.

use std::io::Write;

use actix_web::HttpResponse;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::download::{Download, Pieces};
use super::spool::Spool;
use crate::error::{Error, Result};

/// A file of rows of many tables.
#[derive(Clone, Debug)]
pub struct Archive {
    /// What it is called, without an ending, in ASCII.
    pub name: String,
    /// What its first line says of it.
    pub head: Value,
}

/// Where the rows come from.
pub trait ArchiveSource: 'static {
    /// The next rows: the table's name and each row as JSON text; `None` at the end.
    ///
    /// # Errors
    /// The source's own; the file breaks off there.
    fn next(&mut self) -> impl Future<Output = Result<Option<(&'static str, Vec<String>)>>>;
}

impl Archive {
    /// Sends the head, a line a row, and a foot: the number of rows and the SHA-256 of all that stands before the foot.
    ///
    /// # Errors
    /// Those of the first rows.
    pub async fn send(self, mut source: impl ArchiveSource) -> Result<HttpResponse> {
        let download = Download {
            file_name: format!("{}.ndjson.gz", self.name),
            content_type: "application/gzip",
            is_written_first: false,
            is_compressed: true,
        };
        let head = self.head;
        download.send(async move || source.next().await, move |pieces, spool| write(&head, pieces, spool)).await
    }
}

fn write(head: &Value, mut pieces: Pieces<(&'static str, Vec<String>)>, spool: &Spool) -> Result<()> {
    let mut out = GzEncoder::new(spool, Compression::default());
    let (mut digest, mut rows) = (Sha256::new(), 0_u64);
    let mut lines = json!({ "head": head }).to_string() + "\n";
    loop {
        digest.update(&lines);
        out.write_all(lines.as_bytes()).map_err(Error::internal)?;
        let Some((table, found)) = pieces.next(spool)? else { break };
        rows += found.len() as u64;
        lines.clear();
        for row in found {
            lines.push_str("{\"table\":\"");
            lines.push_str(table);
            lines.push_str("\",\"row\":");
            lines.push_str(&row);
            lines.push_str("}\n");
        }
    }
    let foot = json!({"foot": {"rows": rows, "sha256": hex::encode(digest.finalize())}}).to_string() + "\n";
    out.write_all(foot.as_bytes()).map_err(Error::internal)?;
    out.finish().map(drop).map_err(Error::internal)
}
