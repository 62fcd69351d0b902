//! The same table in its forms: wrappings, separators, NDJSON, sheets.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

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
fn semicolons_tabs_and_bars_separate_as_commas_do() {
    let expected = [row(["1", "Ann, B.", "North"]), row(["2", "李雷", ""])];
    for (delimiter, first) in
        [(';', "1;Ann, B.;North"), ('\t', "1\tAnn, B.\tNorth"), ('|', "1|Ann, B.|North"), (',', "1,\"Ann, B.\",North")]
    {
        let text = format!("external_id,name,region\n{first}\n2,李雷,\n");
        let (head, rest) = text.split_once(first).unwrap();
        let other = |part: &str| part.replace(',', &delimiter.to_string());
        assert_eq!(rows(format!("{}{first}{}", other(head), other(rest)).as_bytes()), expected);
    }
    assert_eq!(rows(b"sep=;\nexternal_id;name\n1;a\n"), [row(["1", "a"])]);
    let declared = FileForm { delimiter: Some(Delimiter::Comma), ..FileForm::default() };
    let problem = records(b"external_id;name\n1;a\n", &reading(KIND, declared)).err();
    assert_eq!(problem, Some(FileProblem::WrongSeparator));
    assert_eq!(open(b"external_id^name\n1^a\n").err(), Some(FileProblem::WrongSeparator));
}

#[test]
fn lines_end_with_a_return_as_well() {
    let expected = [row(["1", "Ann, B.\rand C.", "N"]), row(["2", "b", "S"])];
    assert_eq!(rows(b"external_id,name,region\r1,\"Ann, B.\rand C.\",N\r\r2,b,S\r"), expected);
    assert_eq!(rows(b"\r\rexternal_id,name,region\r1,\"Ann, B.\rand C.\",N\r2,b,S"), expected);
    // Ends of both kinds in one file.
    assert_eq!(rows(b"external_id,name,region\r1,\"Ann, B.\rand C.\",N\r\n2,b,S\n"), expected);
    // A return in a file of line feeds is a fault of its row.
    assert_eq!(rows(b"external_id,name\n1,a\rb\n2,b\n"), [bad(2, "name", RowCode::StrayLineBreak), row(["2", "b"])]);
    assert_eq!(
        open(b"{\"external_id\": 1, \"name\": \"a\"}\r{\"external_id\": 2, \"name\": \"b\"}\r").unwrap().len(),
        2
    );
}

#[test]
fn columns_without_a_name_and_without_a_value_are_none() {
    let expected = [row(["1", "a"]), row(["2", "b"])];
    for text in [
        "external_id,name,,,\n1,a,,,\n2,b\n",
        "external_id,name\n1,a,\n2,b,,,,\n",
        "external_id,name, \n1,a, ,\n2,b,\u{a0}\n",
        "external_id,name,\"\"\n1,a,\"\"\n2,b,\" \"\n",
        "external_id,name\n1,a\n,,,\n,\n2,b\n   \n",
    ] {
        assert_eq!(rows(text.as_bytes()), expected, "{text}");
    }
    let text = "external_id,name,\n1,a,\n2,b,x\n3,c,,y\n4,d\n";
    let expected = [row(["1", "a"]), bad(3, "#3", RowCode::UnnamedColumn), bad(4, "#4", RowCode::WrongFieldCount)];
    assert_eq!(rows(text.as_bytes()), [&expected[..], &[row(["4", "d"])]].concat());
    let text = "\texternal_id\tname\n\t1\ta\nx\t2\tb\n";
    assert_eq!(rows(text.as_bytes()), [row(["", "1", "a"]), bad(3, "#1", RowCode::UnnamedColumn)]);
    // A row that ends before its last column is damaged nevertheless.
    assert_eq!(rows(b"external_id,name,,\n1\n"), [bad(2, "name", RowCode::WrongFieldCount)]);
}

/// The line of the header; line and id of each row.
type Headed = (Option<u64>, Vec<(u64, String)>);

/// What is read below the header.
fn headed(bytes: &[u8], header_row: Option<i32>) -> Result<Headed, FileProblem> {
    let form = FileForm { header_row, ..FileForm::default() };
    let mut rows = Vec::new();
    let found = read(Cursor::new(bytes.to_vec()), &reading(KIND, form), |next, _| {
        let record = next.unwrap();
        rows.push((record.line(), record.text("external_id").unwrap_or_default().to_owned()));
        ControlFlow::Continue(())
    })?;
    Ok((found.form.header_row, rows))
}

#[test]
fn a_header_below_titles_is_found_or_named() {
    let text = "Staff of 2026\n\nexternal_id;name;region\n1;a;N\n";
    let expected = Ok((Some(3), vec![(4, "1".to_owned())]));
    assert_eq!(headed(text.as_bytes(), None), expected);
    assert_eq!(headed(text.as_bytes(), Some(3)), expected);
    assert_eq!(headed(text.as_bytes(), Some(2)), expected);
    assert!(matches!(headed(text.as_bytes(), Some(1)), Err(FileProblem::WrongColumns { .. })));
    assert_eq!(headed(text.as_bytes(), Some(9)), Err(FileProblem::Empty));
    // Titles as wide as the table, or too many, are not passed over by themselves.
    let wide = "Staff;of;2026\nexternal_id;name;region\n1;a;N\n";
    assert!(matches!(headed(wide.as_bytes(), None), Err(FileProblem::WrongColumns { .. })));
    assert_eq!(headed(wide.as_bytes(), Some(2)), Ok((Some(2), vec![(3, "1".to_owned())])));
    let many = format!("{}external_id\tname\n1\ta\n", "title\n".repeat(500));
    assert_eq!(headed(many.as_bytes(), Some(501)), Ok((Some(501), vec![(502, "1".to_owned())])));
    assert_eq!(headed(b"sep=|\nTitle\nexternal_id|name\n1|a\n", Some(3)), Ok((Some(3), vec![(4, "1".to_owned())])));
}

#[test]
fn a_header_below_titles_of_a_sheet_is_found_or_named() {
    let sheet = |titles: &[&[&str]]| {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let table: [&[&str]; 2] = [&["external_id", "name", "", "region", " "], &["1", "a", "", "N"]];
        for (at, cells) in (0_u32..).zip(titles.iter().chain(&table)) {
            for (column, cell) in (0_u16..).zip(cells.iter()).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write(at, column, *cell).unwrap();
            }
        }
        workbook.save_to_buffer().unwrap()
    };
    let titled = sheet(&[&["Staff of 2026"], &[], &["Made by", "Li Na"]]);
    let expected = Ok((Some(4), vec![(5, "1".to_owned())]));
    assert_eq!(headed(&titled, None), expected);
    assert_eq!(headed(&titled, Some(4)), expected);
    assert!(matches!(headed(&titled, Some(1)), Err(FileProblem::WrongColumns { .. })));
    let wide = sheet(&[&["Staff", "of", "2026"]]);
    assert!(matches!(headed(&wide, None), Err(FileProblem::WrongColumns { .. })));
    assert_eq!(headed(&wide, Some(2)), Ok((Some(2), vec![(3, "1".to_owned())])));
    assert_eq!(headed(&wide, Some(9)), Err(FileProblem::Empty));
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
    assert_eq!((beyond.line, beyond.column.as_deref(), beyond.code), (6, Some("#8"), RowCode::WrongFieldCount));
    assert_eq!(customers(FileForm::default()).err(), Some(FileProblem::Empty));
    let sheets = vec!["Notes".to_owned(), "Customers".to_owned()];
    assert_eq!(customers(form("Elsewhere")).err(), Some(FileProblem::UnknownSheet { sheets }));
    let declared = FileForm { format: Some(FileFormat::Csv), ..FileForm::default() };
    assert_eq!(customers(declared).err(), Some(FileProblem::WrongFormat { declared: "csv" }));
}
