//! Any table that is written is read back, and any bytes come to an end.

use std::io::Read;

use encoding_rs::GB18030;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::*;

/// A table in one format and wrapping.
fn written(rows: &[[String; 3]], format: usize) -> Vec<u8> {
    let header = ["external_id", "name", "region"];
    let csv = || {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(header).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    };
    match format {
        0 => csv(),
        1 => gzip(&csv()),
        2 => [b"\xef\xbb\xbf", csv().as_slice()].concat(),
        3 => GB18030.encode(std::str::from_utf8(&csv()).unwrap()).0.into_owned(),
        4 => {
            let object = |row: &[String; 3]| {
                format!("{}\n", serde_json::json!({"external_id": row[0], "name": row[1], "region": row[2]}))
            };
            rows.iter().map(object).collect::<String>().into_bytes()
        }
        _ => {
            let mut workbook = Workbook::new();
            let sheet = workbook.add_worksheet();
            for (line, cells) in (0_u32..).zip(std::iter::once(header.map(str::to_owned)).chain(rows.iter().cloned())) {
                for (at, cell) in (0_u16..).zip(cells) {
                    sheet.write(line, at, cell).unwrap();
                }
            }
            workbook.save_to_buffer().unwrap()
        }
    }
}

/// Hands out one byte at a time, as a slow network may.
struct Trickle(Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let end = buf.len().min(1);
        self.0.read(&mut buf[..end])
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        rows in prop::collection::vec(prop::array::uniform3("[a-z,\"\r\n é中]{0,12}"), 0..20),
        crlf: bool,
        zipped: bool,
    ) {
        let terminator = if crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
        let mut writer = ::csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(["external_id", "name", "region"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let mut bytes = writer.into_inner().unwrap();
        if zipped {
            bytes = gzip(&bytes);
        }
        let mut back: Vec<Vec<String>> = Vec::new();
        read(Trickle(Cursor::new(bytes)), &reading(KIND, FileForm::default()), |record, _| {
            back.push(record.unwrap().fields().map(str::to_owned).collect());
            ControlFlow::Continue(())
        })
        .unwrap();
        prop_assert_eq!(back, rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>());
    }

    #[test]
    fn a_table_is_the_same_in_every_format(
        rows in prop::collection::vec(prop::array::uniform3("[a-z0-9,;\" 中文苏州泵业]{1,12}[a-z中]"), 1..8),
    ) {
        let form = |format| match format {
            // Some characters say too little to be sure.
            3 => FileForm { encoding: Some("gb18030".into()), ..FileForm::default() },
            _ => FileForm::default(),
        };
        for format in 0..6 {
            let read = records(&written(&rows, format), &reading(KIND, form(format))).unwrap();
            let field = |record: &Record, name: &str| record.text(name).unwrap_or_default().trim().to_owned();
            let back: Vec<_> = read
                .iter()
                .map(|record| record.as_ref().unwrap())
                .map(|record| ["external_id", "name", "region"].map(|name| field(record, name)))
                .collect();
            let trimmed: Vec<_> = rows.iter().map(|row| row.clone().map(|cell| cell.trim().to_owned())).collect();
            prop_assert_eq!(&back, &trimmed, "format {}", format);
        }
    }

    #[test]
    fn arbitrary_bytes_panic_no_reader(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        head in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"\x1f\x8b\x08", b"{\"external_id\":", b"\xff\xfe", b"external_id;name\n"]),
        declared in prop::option::of(prop::sample::select(vec![FileFormat::Csv, FileFormat::Ndjson, FileFormat::Xlsx])),
        encoding in prop::option::of(prop::sample::select(vec!["gb18030", "utf-8", "utf-16le", "shift_jis"])),
    ) {
        let form = FileForm { format: declared, encoding: encoding.map(str::to_owned), ..FileForm::default() };
        let _ = records(&[head, &bytes].concat(), &reading(KIND, form));
    }

    #[test]
    fn a_damaged_workbook_panics_nothing(at in 0.0..1.0_f64, byte: u8, cut: bool) {
        let mut bytes = written(&[["1", "a", "b"].map(str::to_owned)], 5);
        let at = (at * bytes.len() as f64) as usize;
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        let _ = open(&bytes);
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        // The first row settles that the text is UTF-8.
        let mut file = "external_id,name\n1,é\n".as_bytes().to_vec();
        file.extend(&bytes);
        let lines = 1 + file.iter().filter(|b| **b == b'\n').count();
        if let Ok(records) = open(&file) {
            prop_assert!(records.len() <= lines);
        }
    }
}
