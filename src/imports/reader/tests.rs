//! Golden files, damaged files, and a property: what is written is read back.

use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;

use encoding_rs::GB18030;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;
use crate::imports::{ImportKind, RowCode};

const KIND: ImportKind = ImportKind::Salespeople;

fn reading(kind: ImportKind, form: FileForm) -> Reading {
    Reading { form, layout: Layout::plain(kind), limits: Limits::default() }
}

fn records(bytes: &[u8], reading: &Reading) -> Result<Vec<Result<Record, Refused>>, FileProblem> {
    let mut records = Vec::new();
    read(Cursor::new(bytes.to_vec()), reading, |next, _| {
        records.push(next);
        ControlFlow::Continue(())
    })?;
    Ok(records)
}

fn open(bytes: &[u8]) -> Result<Vec<Result<Record, Refused>>, FileProblem> {
    records(bytes, &reading(KIND, FileForm::default()))
}

/// The fields of a good row; line, column and code of a bad one.
type ReadRow = Result<Vec<String>, (u64, Option<String>, RowCode)>;

fn rows(bytes: &[u8]) -> Vec<ReadRow> {
    let records = open(bytes).unwrap_or_else(|problem| panic!("{problem}"));
    let row = |record: Result<Record, Refused>| match record {
        Ok(record) => Ok(record.fields().map(str::to_owned).collect()),
        Err(Refused { problem: p, .. }) => Err((p.line, p.column, p.code)),
    };
    records.into_iter().map(row).collect()
}

fn row<const N: usize>(fields: [&str; N]) -> ReadRow {
    Ok(fields.map(str::to_owned).to_vec())
}

fn bad(line: u64, column: &str, code: RowCode) -> ReadRow {
    Err((line, Some(column.to_owned()), code))
}

#[test]
fn a_row_of_a_workbook_is_as_short_as_any() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let long = "x".repeat(30_000);
    for (row, id) in [(1_u32, "1"), (2, "2"), (3, "3")] {
        sheet.write(row, 0, id).unwrap();
        sheet.write(row, 1, if row == 2 { long.as_str() } else { "short" }).unwrap();
    }
    for (column, name) in [(0, "external_id"), (1, "name"), (2, "quota")] {
        sheet.write(0, column, name).unwrap();
    }
    // Each is one shared text; together they are more than a record may be.
    for column in 2..40 {
        sheet.write(2, column, long.as_str()).unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let expected = [row(["1", "short", ""]), Err((3, None, RowCode::RecordTooLong)), row(["3", "short", ""])];
    assert_eq!(rows(&bytes), expected);
    let kept = open(&bytes).unwrap().into_iter().find_map(Result::err).unwrap().original;
    assert!(kept.iter().map(String::len).sum::<usize>() <= Limits::default().max_record);
    // A header may not be longer either.
    let short =
        Reading { limits: Limits { max_record: 10, ..Limits::default() }, ..reading(KIND, FileForm::default()) };
    assert_eq!(records(&bytes, &short), Err(FileProblem::MalformedHeader));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn a_file_reads_alike_plain_with_bom_with_crlf_and_gzipped() {
    let plain = "external_id,name,region\n1,\"Ann, \"\"the\"\" first\",North\n\n2,李雷,\n3,Zoë,\"South\nand East\"\n";
    let expected =
        vec![row(["1", "Ann, \"the\" first", "North"]), row(["2", "李雷", ""]), row(["3", "Zoë", "South\nand East"])];
    assert_eq!(rows(plain.as_bytes()), expected);
    assert_eq!(rows(plain.trim_end().as_bytes()), expected);
    assert_eq!(rows(format!("\u{feff}{plain}").as_bytes()), expected);
    assert_eq!(rows(&gzip(plain.as_bytes())), expected);
    let crlf = rows(plain.replace('\n', "\r\n").as_bytes());
    assert_eq!(crlf[..2], expected[..2]);
    assert_eq!(crlf[2], row(["3", "Zoë", "South\r\nand East"]));
}

#[test]
fn two_gzip_members_are_one_file() {
    let mut bytes = gzip(b"external_id,name\n1,a\n");
    bytes.extend(gzip(b"2,b\n"));
    assert_eq!(rows(&bytes), [row(["1", "a"]), row(["2", "b"])]);
}

#[test]
fn columns_stand_in_any_order_and_blank_is_none() {
    let mut records = open(b" NAME ,External_ID\n Ann ,7\n  ,8\n").unwrap().into_iter();
    let first = records.next().unwrap().unwrap();
    assert_eq!((first.line(), first.get("external_id"), first.get("name")), (2, Some("7"), Some("Ann")));
    let second = records.next().unwrap().unwrap();
    assert_eq!((second.get("name"), second.get("region")), (None, None));
    assert!(!second.header().has("region"));
}

#[test]
fn a_stray_quote_spoils_its_own_line_only() {
    let text = "external_id,name,region\n1,\"open,North\n2,b,\"x, y\"\n3,c\"d,S\n4,\"e\"f,S\n5,g,S\n6,h,\"\n7,i,S\n";
    assert_eq!(
        rows(text.as_bytes()),
        [
            bad(2, "name", RowCode::StrayQuote),
            row(["2", "b", "x, y"]),
            bad(4, "name", RowCode::StrayQuote),
            bad(5, "name", RowCode::StrayQuote),
            row(["5", "g", "S"]),
            bad(7, "region", RowCode::StrayQuote),
            row(["7", "i", "S"]),
        ]
    );
}

#[test]
fn a_record_spans_fifty_lines_and_no_more() {
    let spanning = |lines: usize| format!("external_id,name\n1,\"{}end\"\n2,b\n", "x\n".repeat(lines - 1));
    assert_eq!(rows(spanning(50).as_bytes()).len(), 2);
    let problems = rows(spanning(51).as_bytes());
    assert_eq!(problems[0], bad(2, "name", RowCode::StrayQuote));
    assert_eq!(problems.last(), Some(&row(["2", "b"])));
}

#[test]
fn a_wrong_field_count_in_the_middle_of_a_long_file_is_one_problem() {
    let mut text = String::from("external_id,name,region\n");
    for i in 2..=60_856 {
        let line = if i == 30_000 { format!("{i},only two\n") } else { format!("{i},name {i},north\n") };
        text.push_str(&line);
    }
    let all = rows(text.as_bytes());
    assert_eq!(all.len(), 60_855);
    let problems: Vec<_> = all.iter().filter(|r| r.is_err()).collect();
    assert_eq!(problems, [&bad(30_000, "region", RowCode::WrongFieldCount)]);
    assert_eq!(rows(b"external_id,name\n1,a,b\n"), [bad(2, "#3", RowCode::WrongFieldCount)]);
}

#[test]
fn invalid_utf8_spoils_one_row() {
    let text = b"external_id,name\n0,M\xc3\xbcller\n1,M\xfcller\n2,b\n";
    assert_eq!(rows(text), [row(["0", "Müller"]), bad(3, "name", RowCode::InvalidUtf8), row(["2", "b"])]);
}

#[test]
fn other_encodings_and_formats_are_named() {
    let utf16: Vec<u8> = "external_id,name\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let problem = open(&utf16).err().unwrap();
    assert_eq!(problem, FileProblem::WrongEncoding { found: "UTF-16" });
    assert!(problem.label().en.contains("UTF-8"));
    let problem = open(b"external_id,name\n1,a\n2,Gr\xf6\xdfe M\xfcller\n").err().unwrap();
    assert!(matches!(problem, FileProblem::UnknownEncoding { line: 3, byte: 5, .. }), "{problem:?}");
    assert_eq!(open(b"PK\x03\x04rest").err().map(|p| p.code()), Some("broken_workbook"));
    assert_eq!(open(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").err(), Some(FileProblem::NotText));
    assert_eq!(open(b"").err(), Some(FileProblem::Empty));
    assert_eq!(open(b"external_id,\"name\n").err(), Some(FileProblem::MalformedHeader));
    assert_eq!(open(b"external_id,name\r1,a\r").err(), Some(FileProblem::MalformedHeader));
}

#[test]
fn a_bomb_is_stopped_while_inflating() {
    let mut bomb = b"external_id,name\n".to_vec();
    bomb.extend(std::iter::repeat_n(b'a', 8_000_000));
    let limits = Limits { max_bytes: Some(1_000_000), ..Limits::default() };
    let reading = Reading { limits, ..reading(KIND, FileForm::default()) };
    assert_eq!(records(&gzip(&bomb), &reading).err(), Some(FileProblem::TooLarge { limit: 1_000_000 }));
}

#[test]
fn an_endless_line_is_skipped() {
    let mut text = b"external_id,name\n1,".to_vec();
    text.extend(std::iter::repeat_n(b'a', 3_000_000));
    text.extend(b"\n2,b\n");
    assert_eq!(rows(&text), [Err((2, None, RowCode::RecordTooLong)), row(["2", "b"])]);
}

#[test]
fn a_cut_gzip_file_is_not_taken_for_a_whole_one() {
    let mut text = String::from("external_id,name\n");
    for i in 0..10_000 {
        text.push_str(&format!("{i},name {}\n", i * 7919 % 1009));
    }
    let whole = gzip(text.as_bytes());
    let problem = open(&whole[..whole.len() / 2]).err();
    assert!(matches!(problem, Some(FileProblem::Unreadable { line, .. }) if line > 1));
}

#[test]
fn semicolons_and_tabs_separate_as_commas_do() {
    let expected = [row(["1", "Ann, B.", "North"]), row(["2", "李雷", ""])];
    for (delimiter, first) in [(';', "1;Ann, B.;North"), ('\t', "1\tAnn, B.\tNorth"), (',', "1,\"Ann, B.\",North")] {
        let text = format!("external_id,name,region\n{first}\n2,李雷,\n");
        let (head, rest) = text.split_once(first).unwrap();
        let other = |part: &str| part.replace(',', &delimiter.to_string());
        assert_eq!(rows(format!("{}{first}{}", other(head), other(rest)).as_bytes()), expected);
    }
    assert_eq!(rows(b"sep=;\nexternal_id;name\n1;a\n"), [row(["1", "a"])]);
}

#[test]
fn ndjson_keeps_numbers_and_tells_absent_from_null() {
    let text = concat!(
        r#"{"external_id": 1001, "name": "Ann \"B\"", "quota": 1234567890.1234}"#,
        "\n\n",
        r#"{"name": "李雷", "external_id": "2", "region": null}"#,
        "\n",
        r#"{"external_id": "3", "name": "c", "colour": "red"}"#,
        "\n[1]\n",
        r#"{"external_id": "4", "name": {"first": "d"}}"#,
        "\n",
        r#"{"external_id": "5", "name": "e", "name": "f"}"#,
        "\n",
    );
    let records = open(text.as_bytes()).unwrap();
    let first = records[0].as_ref().unwrap();
    assert_eq!((first.line(), first.get("external_id")), (1, Some("1001")));
    assert_eq!((first.get("name"), first.get("quota")), (Some("Ann \"B\""), Some("1234567890.1234")));
    assert!(!first.header().has("region"));
    let second = records[1].as_ref().unwrap();
    assert_eq!((second.line(), second.get("region"), second.header().has("region")), (3, None, true));
    let wrong: Vec<_> =
        records[2..].iter().map(|r| r.as_ref().unwrap_err()).map(|r| (r.problem.line, r.problem.code)).collect();
    assert_eq!(
        wrong,
        [(4, RowCode::UnknownColumn), (5, RowCode::InvalidJson), (6, RowCode::NestedValue), (7, RowCode::Duplicate)]
    );
}

#[test]
fn a_sheet_has_typed_cells() {
    let mut workbook = Workbook::new();
    let notes = workbook.add_worksheet();
    notes.set_name("Notes").unwrap();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Customers").unwrap();
    let columns = ["external_id", "name", "annual_revenue", "employees", "first_seen", "tags"];
    for (at, name) in (0_u16..).zip(columns) {
        sheet.write(1, at, name).unwrap();
    }
    let day = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write(2, 0, 1001).unwrap().write(2, 1, "苏州启衡").unwrap().write(2, 2, 0.1 + 0.2).unwrap();
    sheet.write(2, 3, 120).unwrap();
    sheet.write_datetime_with_format(2, 4, ExcelDateTime::from_ymd(2020, 2, 29).unwrap(), &day).unwrap();
    sheet.write(4, 0, "C2").unwrap().write(4, 1, "Two").unwrap().write(4, 5, true).unwrap();
    sheet.write(5, 0, "C3").unwrap().write(5, 7, "beyond").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();

    let form = |sheet: &str| FileForm { sheet: Some(sheet.to_owned()), ..FileForm::default() };
    let customers = |form| records(&bytes, &reading(ImportKind::Customers, form));
    let read = customers(form("Customers")).unwrap();
    let first = read[0].as_ref().unwrap();
    assert_eq!(first.line(), 3);
    assert_eq!(first.fields().collect::<Vec<_>>(), ["1001", "苏州启衡", "0.3", "120", "2020-02-29", ""]);
    assert_eq!(read[1].as_ref().unwrap().fields().collect::<Vec<_>>(), ["C2", "Two", "", "", "", "true"]);
    let beyond = &read[2].as_ref().unwrap_err().problem;
    assert_eq!((beyond.line, beyond.column.as_deref(), beyond.code), (6, Some("#7"), RowCode::WrongFieldCount));
    assert_eq!(customers(FileForm::default()).err(), Some(FileProblem::Empty));
    let sheets = vec!["Notes".to_owned(), "Customers".to_owned()];
    assert_eq!(customers(form("Elsewhere")).err(), Some(FileProblem::UnknownSheet { sheets }));
    let declared = FileForm { format: Some(FileFormat::Csv), ..FileForm::default() };
    assert_eq!(customers(declared).err(), Some(FileProblem::WrongFormat { declared: "csv" }));
}

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
