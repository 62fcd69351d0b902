//! Golden files, damaged files, and a property: what is written is read back.

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::imports::ImportKind;

const KIND: ImportKind = ImportKind::Salespeople;

fn open(bytes: &[u8]) -> Result<TableReader<Cursor<Vec<u8>>>, FileProblem> {
    TableReader::open(Cursor::new(bytes.to_vec()), KIND.columns(), Limits::default())
}

/// The fields of a good row; line, column and code of a bad one.
type ReadRow = Result<Vec<String>, (u64, Option<String>, RowCode)>;

fn read(bytes: &[u8]) -> Vec<ReadRow> {
    open(bytes)
        .unwrap()
        .map(|next| match next {
            Ok(record) => Ok(record.fields().map(str::to_owned).collect()),
            Err(Problem::Row(p)) => Err((p.line, p.column, p.code)),
            Err(Problem::File(p)) => panic!("{p}"),
        })
        .collect()
}

fn row<const N: usize>(fields: [&str; N]) -> ReadRow {
    Ok(fields.map(str::to_owned).to_vec())
}

fn bad(line: u64, column: &str, code: RowCode) -> ReadRow {
    Err((line, Some(column.to_owned()), code))
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
    assert_eq!(read(plain.as_bytes()), expected);
    assert_eq!(read(plain.trim_end().as_bytes()), expected);
    assert_eq!(read(format!("\u{feff}{plain}").as_bytes()), expected);
    assert_eq!(read(&gzip(plain.as_bytes())), expected);
    let crlf = read(plain.replace('\n', "\r\n").as_bytes());
    assert_eq!(crlf[..2], expected[..2]);
    assert_eq!(crlf[2], row(["3", "Zoë", "South\r\nand East"]));
}

#[test]
fn two_gzip_members_are_one_file() {
    let mut bytes = gzip(b"external_id,name\n1,a\n");
    bytes.extend(gzip(b"2,b\n"));
    assert_eq!(read(&bytes), [row(["1", "a"]), row(["2", "b"])]);
}

#[test]
fn columns_stand_in_any_order_and_blank_is_none() {
    let mut reader = open(b" NAME ,External_ID\n Ann ,7\n  ,8\n").unwrap();
    let first = reader.next().unwrap().unwrap();
    assert_eq!((first.line(), first.get("external_id"), first.get("name")), (2, Some("7"), Some("Ann")));
    let second = reader.next().unwrap().unwrap();
    assert_eq!((second.get("name"), second.get("region")), (None, None));
    assert!(!second.header().has("region"));
}

#[test]
fn a_stray_quote_spoils_its_own_line_only() {
    let text = "external_id,name,region\n1,\"open,North\n2,b,\"x, y\"\n3,c\"d,S\n4,\"e\"f,S\n5,g,S\n6,h,\"\n7,i,S\n";
    assert_eq!(
        read(text.as_bytes()),
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
    assert_eq!(read(spanning(50).as_bytes()).len(), 2);
    let problems = read(spanning(51).as_bytes());
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
    let rows = read(text.as_bytes());
    assert_eq!(rows.len(), 60_855);
    let problems: Vec<_> = rows.iter().filter(|r| r.is_err()).collect();
    assert_eq!(problems, [&bad(30_000, "region", RowCode::WrongFieldCount)]);
    assert_eq!(read(b"external_id,name\n1,a,b\n"), [bad(2, "#3", RowCode::WrongFieldCount)]);
}

#[test]
fn invalid_utf8_spoils_one_row() {
    assert_eq!(read(b"external_id,name\n1,M\xfcller\n2,b\n"), [bad(2, "name", RowCode::InvalidUtf8), row(["2", "b"])]);
}

#[test]
fn other_encodings_and_formats_are_named() {
    let utf16: Vec<u8> = "external_id,name\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_bom: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16.iter().copied()).collect();
    for bytes in [utf16, with_bom] {
        let problem = open(&bytes).err().unwrap();
        assert_eq!(problem, FileProblem::WrongEncoding { found: "UTF-16" });
        assert!(problem.label().en.contains("UTF-8"));
    }
    assert_eq!(open(b"external_id,\xc3\xfb\xb3\xc6\n").err().map(|p| p.code()), Some("wrong_encoding"));
    assert_eq!(open(b"PK\x03\x04rest").err(), Some(FileProblem::NotText));
    assert_eq!(open(b"").err(), Some(FileProblem::Empty));
    assert_eq!(open(b"external_id,\"name\n").err(), Some(FileProblem::MalformedHeader));
    assert_eq!(open(b"external_id,name\r1,a\r").err(), Some(FileProblem::MalformedHeader));
}

#[test]
fn a_bomb_is_stopped_while_inflating() {
    let mut bomb = b"external_id,name\n".to_vec();
    bomb.extend(std::iter::repeat_n(b'a', 8_000_000));
    let limits = Limits { max_bytes: Some(1_000_000), ..Limits::default() };
    let mut reader = TableReader::open(Cursor::new(gzip(&bomb)), KIND.columns(), limits).unwrap();
    assert_eq!(reader.next(), Some(Err(Problem::File(FileProblem::TooLarge { limit: 1_000_000 }))));
    assert!(reader.bytes_read() < 1_100_000);
    assert_eq!(reader.next(), None);
}

#[test]
fn an_endless_line_is_skipped() {
    let mut text = b"external_id,name\n1,".to_vec();
    text.extend(std::iter::repeat_n(b'a', 3_000_000));
    text.extend(b"\n2,b\n");
    let rows = read(&text);
    assert_eq!(rows, [Err((2, None, RowCode::RecordTooLong)), row(["2", "b"])]);
}

#[test]
fn a_cut_gzip_file_is_not_taken_for_a_whole_one() {
    let mut text = String::from("external_id,name\n");
    for i in 0..10_000 {
        text.push_str(&format!("{i},name {}\n", i * 7919 % 1009));
    }
    let whole = gzip(text.as_bytes());
    let last = open(&whole[..whole.len() / 2]).unwrap().last().unwrap();
    assert!(matches!(last, Err(Problem::File(FileProblem::Unreadable { line, .. })) if line > 1));
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
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(["external_id", "name", "region"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let mut bytes = writer.into_inner().unwrap();
        if zipped {
            bytes = gzip(&bytes);
        }
        let reader = TableReader::open(Trickle(Cursor::new(bytes)), KIND.columns(), Limits::default()).unwrap();
        let back: Vec<[String; 3]> = reader
            .map(|record| {
                let fields: Vec<String> = record.unwrap().fields().map(str::to_owned).collect();
                fields.try_into().unwrap()
            })
            .collect();
        prop_assert_eq!(back, rows);
    }

    #[test]
    fn any_bytes_come_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut file = b"external_id,name\n".to_vec();
        file.extend(&bytes);
        let lines = 1 + file.iter().filter(|b| **b == b'\n').count();
        prop_assert!(open(&file).unwrap().count() <= lines);
    }
}
