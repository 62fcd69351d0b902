//! Files that are broken, cut, endless, or not what they seem to be.

use rust_xlsxwriter::Workbook;

use super::*;

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
