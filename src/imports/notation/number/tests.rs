//! Golden numbers, and properties: what is written is read back, and nothing is read two ways.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

const POINTS: NumberForm = NumberForm { decimal: DecimalMark::Comma, grouping: NumberGrouping::Point };
const COMMAS: NumberForm = NumberForm { decimal: DecimalMark::Point, grouping: NumberGrouping::Comma };

fn read(notation: Notation, text: &str) -> Result<String, NumberFault> {
    notation.read(text).map(|number| number.text)
}

#[test]
fn what_has_one_meaning_needs_no_form() {
    for (text, expected) in [
        ("1234.5", "1234.5"),
        ("-50.00", "-50.00"),
        ("50.00-", "-50.00"),
        ("(900.23)", "-900.23"),
        ("( 900.23 )", "-900.23"),
        ("+50.00", "50.00"),
        ("50.00+", "50.00"),
        ("\u{2212}50.00", "-50.00"),
        ("１２３．４５", "123.45"),
        ("（１）", "-1"),
        ("-0.00", "0.00"),
    ] {
        assert_eq!(read(Notation::PLAIN, text).as_deref(), Ok(expected), "{text}");
    }
    for text in
        ["1,5", "1_000", ".5", "5.", "-", "", "--5", "-5-", "(-5)", "(5", "- 5", "NaN", "€5", "1.2.3", "1 000", "5 EUR"]
    {
        assert_eq!(read(Notation::PLAIN, text), Err(NumberFault::OtherForm), "{text}");
    }
}

#[test]
fn numbers_as_other_programs_write_them() {
    let points = POINTS.notation();
    for (text, expected) in [
        ("1.234.567,89", "1234567.89"),
        ("1234567,89", "1234567.89"),
        ("123,00-", "-123.00"),
        ("(1.900,23)", "-1900.23"),
        ("+50,00", "50.00"),
        ("€ 1.020,00-", "-1020.00"),
        ("-€5,5", "-5.5"),
        ("5,5- EUR", "-5.5"),
        ("１．２３４，５", "1234.5"),
    ] {
        assert_eq!(read(points, text).as_deref(), Ok(expected), "{text}");
    }
    let commas = COMMAS.notation();
    for (text, expected) in
        [("430,851.10", "430851.10"), ("¥1,020.00", "1020.00"), ("$1500", "1500"), ("1,020.00 USD", "1020.00")]
    {
        assert_eq!(read(commas, text).as_deref(), Ok(expected), "{text}");
    }
    let blanks = NumberForm { decimal: DecimalMark::Comma, grouping: NumberGrouping::Blank }.notation();
    for blank in [" ", "\u{a0}", "\u{202f}", "\u{2009}"] {
        assert_eq!(read(blanks, &format!("1{blank}234{blank}567,5")).as_deref(), Ok("1234567.5"), "{blank:?}");
    }
    let swiss = NumberForm { decimal: DecimalMark::Point, grouping: NumberGrouping::Apostrophe }.notation();
    assert_eq!(read(swiss, "1'234.50").as_deref(), Ok("1234.50"));
    assert_eq!(read(swiss, "1\u{2019}234.50").as_deref(), Ok("1234.50"));
}

#[test]
fn a_mark_that_cannot_group_is_refused() {
    let points = POINTS.notation();
    for text in ["1.5", "1.2345", "0.125", "12.34", "1234.567", "1.234.56", ".123", "1..234", "1.234.", "1,234.5"] {
        assert_eq!(read(points, text), Err(NumberFault::NoGroup('.')), "{text}");
    }
    for text in ["1,5", "1,2345", "0,125", "1,23,456", "1.234,567"] {
        assert_eq!(read(COMMAS.notation(), text), Err(NumberFault::NoGroup(',')), "{text}");
    }
    // Two marks at once would be guessed.
    assert_eq!(read(Notation::DECIMAL_COMMA, "1.234'567,5"), Err(NumberFault::NoGroup('.')));
    assert_eq!(read(Notation::DECIMAL_COMMA, "1'234.567"), Err(NumberFault::NoGroup('\'')));
}

#[test]
fn an_exponent_has_lost_digits() {
    for text in ["1.23E+3", "1e5", "1E-7", "12E5-"] {
        assert_eq!(read(Notation::PLAIN, text), Err(NumberFault::Exponent), "{text}");
        assert_eq!(read(COMMAS.notation(), text), Err(NumberFault::Exponent), "{text}");
    }
    assert_eq!(read(Notation::DECIMAL_COMMA, "1,23E+3"), Err(NumberFault::Exponent));
    assert_eq!(read(Notation::PLAIN, "E5"), Err(NumberFault::OtherForm));
}

#[test]
fn one_currency_stands_beside_a_number_at_most() {
    let marked = |text| COMMAS.notation().read(text).map(|number| number.mark.map(|mark| mark.to_string()));
    assert_eq!(marked("50.00 EUR"), Ok(Some("EUR".into())));
    assert_eq!(marked("￥20"), Ok(Some("¥".into())));
    assert_eq!(marked("20"), Ok(None));
    assert_eq!(marked("$ 20 USD"), Err(NumberFault::OtherForm));
    assert_eq!(marked("20 CR"), Err(NumberFault::OtherForm));
}

fn form() -> impl Strategy<Value = NumberForm> {
    let decimal = prop::sample::select(vec![DecimalMark::Point, DecimalMark::Comma]);
    let grouping = prop::sample::select(vec![
        NumberGrouping::None,
        NumberGrouping::Comma,
        NumberGrouping::Point,
        NumberGrouping::Blank,
        NumberGrouping::Apostrophe,
    ]);
    let form = (decimal, grouping).prop_map(|(decimal, grouping)| NumberForm { decimal, grouping });
    form.prop_filter("one mark, one meaning", |form| !form.is_ambiguous())
}

/// A number as a person writes it in a form.
fn written(form: NumberForm, value: Decimal, is_grouped: bool, style: usize) -> String {
    let plain = value.abs().to_string();
    let (whole, places) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut digits = String::new();
    for (at, digit) in whole.chars().enumerate() {
        let is_border = at > 0 && (whole.len() - at) % 3 == 0;
        digits.extend(form.notation().groups.first().filter(|_| is_border && is_grouped));
        digits.push(digit);
    }
    if !places.is_empty() {
        digits.push(form.notation().decimal);
        digits.push_str(places);
    }
    if value.is_sign_positive() || value.is_zero() {
        return match style {
            0 => digits,
            1 => format!("+{digits}"),
            2 => format!("€{digits}"),
            3 => format!("{digits} EUR"),
            _ => digits.chars().map(wide).collect(),
        };
    }
    match style {
        0 => format!("-{digits}"),
        1 => format!("{digits}-"),
        2 => format!("({digits})"),
        3 => format!("EUR \u{2212}{digits}"),
        _ => format!("({digits} €)"),
    }
}

fn wide(c: char) -> char {
    match c {
        '0'..='9' | '.' | ',' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
        c => c,
    }
}

proptest! {
    #[test]
    fn what_is_written_in_a_form_reads_back_exactly(
        form in form(),
        units in -999_999_999_999_i64..1_000_000_000_000,
        scale in 0_u32..6,
        is_grouped: bool,
        style in 0_usize..5,
    ) {
        let value = Decimal::new(units, scale);
        let text = written(form, value, is_grouped, style);
        let number = read(form.notation(), &text);
        prop_assert_eq!(number.map(|n| n.parse::<Decimal>().unwrap()), Ok(value), "{}", text);
    }

    #[test]
    fn what_is_read_was_written_so(form in form(), text in "[-+(]?[0-9., ']{1,12}[-)]?") {
        // Whatever is read is one of the ways to write the number that was read, so that no text has a second reading.
        if let Ok(number) = read(form.notation(), &text) {
            let value: Decimal = number.parse().unwrap();
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            prop_assert_eq!(digits(&number), digits(&text));
            let bare = text.trim().trim_matches(['-', '+', '(', ')', ' ']);
            let places = number.split_once('.').map_or(0, |(_, places)| places.len());
            let ways = [false, true].map(|is_grouped| written(form, value.abs(), is_grouped, 0));
            let zeros = bare.len() - bare.trim_start_matches('0').len();
            let is_way = ways.iter().any(|way| way == bare) || zeros > 0 || places > 0 && value.scale() as usize != places;
            prop_assert!(is_way, "{} of {:?}", number, text);
        }
    }

    #[test]
    fn two_decimal_marks_never_agree_on_a_grouped_number(units in 1_000_i64..1_000_000_000) {
        // What is groups to one form is a fraction to the other, or refused.
        let value = Decimal::from(units);
        let text = written(POINTS, value, true, 0);
        prop_assert_eq!(read(POINTS.notation(), &text), Ok(units.to_string()));
        let other = read(NumberForm::default().notation(), &text).map(|n| n.parse::<Decimal>().unwrap());
        prop_assert_ne!(other, Ok(value));
    }
}
