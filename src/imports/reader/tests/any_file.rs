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

/// A field of a table: plain, or with whatever separates fields and records.
const FIELD: &str = "[a-z,;|\"\t\r\n é中]{0,12}";

/// Records as another program writes them.
fn table(rows: &[Vec<String>], delimiter: u8, ends: &str, quotes_all: bool) -> Vec<u8> {
    let style = if quotes_all { ::csv::QuoteStyle::Always } else { ::csv::QuoteStyle::Necessary };
    // The writer puts marks around its own line ends only.
    let mut out = Vec::new();
    for row in rows {
        let quoted = quotes_all || row.iter().any(|field| field.contains(['\r', '\n']));
        let style = if quoted { ::csv::QuoteStyle::Always } else { style };
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(delimiter)
            .quote_style(style)
            .terminator(::csv::Terminator::Any(b'\0'))
            .from_writer(Vec::new());
        writer.write_record(row).unwrap();
        let mut written = writer.into_inner().unwrap();
        written.pop();
        out.extend_from_slice(&written);
        out.extend_from_slice(ends.as_bytes());
    }
    out
}

/// The fields of every good row.
fn good(bytes: &[u8]) -> Vec<Vec<String>> {
    let records = open(bytes).unwrap_or_default().into_iter().flatten();
    records.map(|record| record.fields().map(str::to_owned).collect()).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        rows in prop::collection::vec(prop::collection::vec(FIELD, 3), 0..20),
        many_lines in prop::collection::vec("([a-z,;]{0,9}[\r\n]{1,2}){0,90}", 3),
        delimiter in prop::sample::select(b",;\t|".to_vec()),
        ends in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        quotes_all: bool,
        zipped: bool,
    ) {
        let header = ["external_id", "name", "region"].map(str::to_owned).to_vec();
        let mut rows = rows;
        rows.push(many_lines);
        let all: Vec<_> = std::iter::once(header).chain(rows.iter().cloned()).collect();
        let mut bytes = table(&all, delimiter, ends, quotes_all);
        if zipped {
            bytes = gzip(&bytes);
        }
        let mut back: Vec<Vec<String>> = Vec::new();
        read(Trickle(Cursor::new(bytes)), &reading(KIND, FileForm::default()), |record, _| {
            back.push(record.unwrap().fields().map(str::to_owned).collect());
            ControlFlow::Continue(())
        })
        .unwrap();
        // A row that says nothing is none.
        rows.retain(|row| row.iter().any(|field| !field.trim_matches([' ', '\t', '\r', '\n']).is_empty()));
        prop_assert_eq!(back, rows);
    }

    #[test]
    fn no_line_of_a_text_becomes_a_record_whatever_stands_before(
        plain in prop::collection::vec("[a-z]{1,5}", 0..5),
        stray in 0_usize..5,
        column in 0_usize..2,
        lines in prop::collection::vec(prop::sample::select(vec!["PHANTOM,x,y", "PHANTOM,\"\"x\"\",y", "line", "", "a, b"]), 1..80),
        opens_with in "[a-z]",
        junk in "[a-z,\"\n ]{0,30}",
        ends in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        // Rows of which one has a mark that nobody closes, then a text of many lines that hold rows.
        let mut file = format!("external_id,name,region{ends}");
        for (at, name) in plain.iter().enumerate() {
            let mark = if at == stray { "\"" } else { "" };
            file.push_str(&format!("{at},{mark}{name},N{ends}"));
        }
        let text = format!("\"{opens_with}{ends}{}{ends}end\"", lines.join(ends));
        let row = if column == 0 { format!("T,{text},N{ends}") } else { format!("T,n,{text}{ends}") };
        file.push_str(&row);
        file.push_str(&format!("L,last,N{ends}"));
        let read = good(file.as_bytes());
        prop_assert!(read.iter().all(|fields| fields[0] != "PHANTOM"), "{:?}", read);
        prop_assert_eq!(read.last().map(|fields| fields[0].as_str()), Some("L"));
        // Whatever follows, what stands in the text stays in it.
        let followed = format!("external_id,name,region{ends}{row}{junk}");
        prop_assert!(good(followed.as_bytes()).iter().all(|fields| fields[0] != "PHANTOM"));
    }

    #[test]
    fn a_text_that_is_cut_off_becomes_no_record(at in 0.0..1.0_f64, limit in 30_usize..400) {
        let rows = "PHANTOM,x,y\nPHANTOM,\"\"x\"\",y\n".repeat(8);
        let whole = format!("external_id,name,region\n1,a,N\n2,\"text\n{rows}\",N\n3,c,\"text\n{rows}\"\n4,d,N\n");
        let cut = &whole[..(at * whole.len() as f64) as usize];
        let limits = Limits { max_record: limit, ..Limits::default() };
        let short = Reading { limits, ..reading(KIND, FileForm::default()) };
        for record in records(cut.as_bytes(), &short).unwrap_or_default().into_iter().flatten() {
            prop_assert_ne!(record.text("external_id"), Some("PHANTOM"));
        }
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
            let lines: Vec<u64> = records
                .iter()
                .map(|next| next.as_ref().map_or_else(|refused| refused.problem.line, Record::line))
                .collect();
            prop_assert!(lines.is_sorted_by(|a, b| a < b), "{:?}", lines);
        }
    }
}
