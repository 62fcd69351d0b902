//! Files that are broken, cut, endless, or not what they seem to be.

use rust_xlsxwriter::Workbook;

use super::*;

#[test]
fn a_stray_quote_spoils_its_own_line_where_that_has_all_its_fields() {
    let text = "external_id,name,region\n3,c\"d,S\n4,\"e\"f,S\n5,g,S\n6,h,\"i\" j\n7,\"he said \"no\" to me\",S\n8,\"3/8\" tee\",S\n9,k,S\n";
    assert_eq!(
        rows(text.as_bytes()),
        [
            row(["3", "c\"d", "S"]),
            bad(3, "name", RowCode::StrayQuote),
            row(["5", "g", "S"]),
            bad(5, "region", RowCode::StrayQuote),
            bad(6, "name", RowCode::StrayQuote),
            bad(7, "name", RowCode::StrayQuote),
            row(["9", "k", "S"]),
        ]
    );
}

#[test]
fn a_lone_mark_inside_a_field_is_a_character() {
    let text = "external_id,name,region\n1,Ball valve 1/2\" brass,N\n2,5'11\" Rod,N\n3,Hose 2\",N\n4,Pipe 1\" x 2\",2\"\n\
                5, \"a, b\" ,N\n6,\"3/4\"\" steel\",N\n";
    assert_eq!(
        rows(text.as_bytes()),
        [
            row(["1", "Ball valve 1/2\" brass", "N"]),
            row(["2", "5'11\" Rod", "N"]),
            row(["3", "Hose 2\"", "N"]),
            row(["4", "Pipe 1\" x 2\"", "2\""]),
            row(["5", "a, b", "N"]),
            row(["6", "3/4\" steel", "N"]),
        ]
    );
}

#[test]
fn a_record_has_as_many_lines_as_it_has() {
    for lines in [1, 49, 50, 51, 60, 5_000] {
        let text = format!("external_id,name\n1,\"{}end\"\n2,b\n", "P,x\n".repeat(lines - 1));
        let text = rows(text.as_bytes());
        assert_eq!((text.len(), &text[1]), (2, &row(["2", "b"])), "{lines}");
        assert_eq!(text[0].as_ref().unwrap()[1].lines().count(), lines);
    }
}

#[test]
fn a_record_that_is_too_long_takes_all_its_lines_with_it() {
    let limits = Limits { max_record: 100, ..Limits::default() };
    let short = Reading { limits, ..reading(KIND, FileForm::default()) };
    let inner = "PHANTOM,x\n".repeat(50);
    let text = format!("external_id,name\n1,\"{inner}\"\"{inner}\"\n2,b\n3,\"{inner}\"\n4,\"d\"\n");
    let read = records(text.as_bytes(), &short).unwrap();
    let outcome: Vec<_> = read
        .iter()
        .map(|next| match next {
            Ok(record) => Ok(record.fields().collect::<Vec<_>>().join("|")),
            Err(refused) => Err((refused.problem.line, refused.problem.code, refused.original.len())),
        })
        .collect();
    let too_long = RowCode::RecordTooLong;
    assert_eq!(outcome, [Err((2, too_long, 0)), Ok("2|b".into()), Err((104, too_long, 0)), Ok("4|d".into())]);
    let detail = &read[0].as_ref().unwrap_err().problem.detail;
    assert!(detail.en.contains("lines 2 to 102") && detail.zh.contains("102"), "{detail:?}");
    // A line may be longer than what is held, and a text open in its tail.
    let text = format!("external_id,name\n1,{}\",\"PHANTOM,x\nPHANTOM,y\"\n2,b\n", "a".repeat(300_000));
    let read = records(text.as_bytes(), &short).unwrap();
    assert_eq!((read.len(), read[0].as_ref().unwrap_err().problem.code), (2, too_long));
    assert_eq!(read[1].as_ref().unwrap().text("external_id"), Some("2"));
}

#[test]
fn a_mark_that_never_closes_takes_the_rest_of_the_file() {
    let text = "external_id,name\n1,a\n2,\"open\nPHANTOM,x\nPHANTOM,y\n";
    let read = open(text.as_bytes()).unwrap();
    let problem = &read[1].as_ref().unwrap_err().problem;
    assert_eq!((read.len(), problem.line, problem.column.as_deref()), (2, 3, Some("name")));
    assert_eq!(problem.code, RowCode::StrayQuote);
    assert!(problem.detail.en.contains("opens in line 3 is never closed: lines 3 to 5"), "{}", problem.detail.en);
    assert!(problem.detail.zh.contains("第 5 行"), "{}", problem.detail.zh);
    assert_eq!(problem.value.as_deref(), Some("2,\"open"));
    // It opens in a later line than the record, and behind the limit.
    let limits = Limits { max_record: 40, ..Limits::default() };
    let short = Reading { limits, ..reading(KIND, FileForm::default()) };
    let text = format!("external_id,name,region\n1,\"a\nb\",\"open{}", "\nPHANTOM,x,y".repeat(20_000));
    let read = records(text.as_bytes(), &short).unwrap();
    let problem = &read[0].as_ref().unwrap_err().problem;
    assert_eq!((read.len(), problem.line, problem.code), (1, 2, RowCode::StrayQuote));
    assert!(problem.detail.en.contains("opens in line 3 is never closed: lines 2 to 20003"), "{}", problem.detail.en);
}

/// What is read of rows of which one begins a text that nobody closes.
fn after_a_stray(rest: &str) -> Vec<ReadRow> {
    rows(format!("external_id,name,region\n1,\"open,N\n2,b,S\n{rest}9,z,S\n").as_bytes())
}

#[test]
fn reading_goes_on_behind_the_first_line_that_is_outside_all_texts() {
    let torn = bad(2, "name", RowCode::StrayQuote);
    let last = row(["9", "z", "S"]);
    // The next text shows that the mark was astray; its own line cannot be told apart.
    assert_eq!(after_a_stray("3,\"c, d\",S\n"), [torn.clone(), last.clone()]);
    assert_eq!(after_a_stray("3,c,\"d\"\n4,e,S\n"), [torn.clone(), row(["4", "e", "S"]), last.clone()]);
    // A text of many lines that begins behind the stray mark stays a text.
    for text in [
        "3,\"line\nPHANTOM,x,y\nline\",S\n",
        "3,c,\"line\nPHANTOM,x,y\nline\"\n",
        "3,c,\"line\nPHANTOM,\"\"x\"\",y\nline, \"\"y\"\"\"\n",
        "3,\"\nPHANTOM,x,y\nline\",S\n",
    ] {
        assert_eq!(after_a_stray(text), [torn.clone(), last.clone()], "{text}");
    }
}

#[test]
fn a_text_whose_marks_are_not_doubled_becomes_no_record() {
    let read = |row: &str| rows(format!("external_id,name,region\n{row}\n9,z,S\n").as_bytes());
    let torn = [bad(2, "name", RowCode::StrayQuote), row(["9", "z", "S"])];
    for row in [
        "1,\"he said \"no\" and\nPHANTOM,x,y\nwent\",N",
        "1,\"he said \"no\", and\nPHANTOM,x,y\nwent\",N",
        "1,\"he said \"no\", and, again\nPHANTOM,x,y\nwent\",N",
        "1,\"\"line\nPHANTOM,x,y\nline\",N",
        "1,\"line\nhe said \"no\"\nPHANTOM,x,y\nline\",N",
    ] {
        let all = read(row);
        assert!(all.iter().flatten().all(|fields| fields[0] != "PHANTOM"), "{row}: {all:?}");
        assert_eq!(all, torn, "{row}");
    }
    // Blanks before the mark do not make it a character.
    assert_eq!(read("1, \"line\nPHANTOM,x,y\nline\",N").len(), 2);
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
    let named = |bytes: &[u8]| open(bytes).err().map(|problem| (problem.code(), problem.label().en));
    for (bytes, name) in [
        (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], "an old Excel workbook"),
        (b"<html><body><table><tr><td>external_id", "an HTML page"),
        (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "an HTML page"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"{\\rtf1\\ansi}", "an RTF document"),
        (b"[{\"external_id\": \"1\"}]", "a JSON document"),
        (
            b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>",
            "an Excel 2003 XML workbook",
        ),
    ] {
        let (code, detail) = named(bytes).unwrap();
        assert_eq!(code, "not_a_table");
        assert!(detail.contains(name), "{detail}");
        // Packed, declared as something else, it is the same.
        assert_eq!(named(&gzip(bytes)), Some((code, detail.clone())));
        let declared = FileForm { format: Some(FileFormat::Xlsx), ..FileForm::default() };
        assert_eq!(records(bytes, &reading(KIND, declared)).err().map(|problem| problem.label().en), Some(detail));
    }
    assert_eq!(open(b"").err(), Some(FileProblem::Empty));
    assert_eq!(open(b"external_id,\"name\n").err(), Some(FileProblem::MalformedHeader));
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
    let limits = Limits { max_record: 10, ..Limits::default() };
    let short = Reading { limits, ..reading(KIND, FileForm::default()) };
    assert_eq!(records(&bytes, &short), Err(FileProblem::MalformedHeader));
}
