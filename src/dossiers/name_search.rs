//! Finding customers by their names, whole or in part, misspelt or not, in any script.
//!
//! A name is folded (NFKC, lower case, no accents) and cut into grams: Chinese, Japanese and Korean text into single
//! characters and pairs of neighbours, every other word into the runs of three characters that it has with two blanks
//! before and one behind. How well a name answers a query is the share of the query's grams that the name has, so that
//! a part of a name answers as well as all of it; a misspelt letter costs at most three grams. Legal forms (`GmbH`,
//! `有限公司`) count for nothing where a text says something else too: half of all companies have them.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::values::round_ratio;

/// Words that say what a company is in law and not which.
const LEGAL_FORMS: [&str; 24] = [
    "ab",
    "ag",
    "as",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "kg",
    "limited",
    "llc",
    "ltd",
    "mbh",
    "nv",
    "oy",
    "plc",
    "pty",
    "sa",
    "sarl",
    "se",
    "spa",
    "srl",
];
/// The same at the end of a Chinese name, the longer before what is part of them.
const CHINESE_LEGAL_FORMS: [&str; 4] = ["股份有限公司", "有限责任公司", "有限公司", "公司"];

/// What a query asks of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameQuery {
    /// Its grams, each once; none where it holds neither letters nor digits.
    pub grams: Vec<String>,
}

impl NameQuery {
    /// Of a text.
    pub fn new(text: &str) -> Self {
        Self { grams: grams(text) }
    }

    /// How many of the query's grams a name must have to be found: half of them, and at least one.
    pub fn needed(&self) -> usize {
        self.grams.len().div_ceil(2).max(1)
    }

    /// The share of the query's grams that a name has, 0 to 1, 6 places; `None` where it is not found.
    pub fn similarity(&self, name: &str) -> Option<Decimal> {
        let of_name: BTreeSet<String> = grams(name).into_iter().collect();
        let shared = self.grams.iter().filter(|gram| of_name.contains(*gram)).count();
        (shared >= self.needed()).then(|| round_ratio(Decimal::from(shared) / Decimal::from(self.grams.len())))
    }
}

/// The grams of a text, each once, in order.
pub fn grams(text: &str) -> Vec<String> {
    let folded = folded(text);
    let all = words(&folded);
    let telling: Vec<&str> = all.iter().copied().map(without_legal_form).filter(|word| !word.is_empty()).collect();
    grams_of(if telling.is_empty() { all } else { telling })
}

/// What is left of a folded word without a legal form.
fn without_legal_form(word: &str) -> &str {
    if LEGAL_FORMS.contains(&word) {
        return "";
    }
    CHINESE_LEGAL_FORMS.iter().find_map(|form| word.strip_suffix(form)).unwrap_or(word)
}

fn grams_of(words: Vec<&str>) -> Vec<String> {
    let mut grams = BTreeSet::new();
    for word in words {
        let chars: Vec<char> = word.chars().collect();
        if chars.first().is_some_and(|c| is_east_asian(*c)) {
            grams.extend(chars.iter().map(char::to_string));
            grams.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
        } else {
            let padded: Vec<char> = [' ', ' '].into_iter().chain(chars).chain([' ']).collect();
            grams.extend(padded.windows(3).map(|three| three.iter().collect::<String>()));
        }
    }
    grams.into_iter().collect()
}

/// Compatible forms made one (full-width letters are letters), lower case, accents off.
fn folded(text: &str) -> String {
    let lower = text.nfkc().flat_map(char::to_lowercase);
    lower.flat_map(unaccented).collect()
}

/// A letter of an alphabet without its accents; other scripts' marks tell letters apart, and stay.
fn unaccented(c: char) -> Vec<char> {
    match c {
        'ß' => return vec!['s', 's'],
        'æ' => return vec!['a', 'e'],
        'œ' => return vec!['o', 'e'],
        'ø' => return vec!['o'],
        'đ' | 'ð' => return vec!['d'],
        'ł' => return vec!['l'],
        'ı' => return vec!['i'],
        'þ' => return vec!['t', 'h'],
        _ => {}
    }
    if is_loose_accent(c) {
        return Vec::new();
    }
    match std::iter::once(c).nfd().next() {
        Some(base) if base != c && is_of_an_alphabet(base) => vec![base],
        _ => vec![c],
    }
}

/// Latin, Greek or Cyrillic.
fn is_of_an_alphabet(c: char) -> bool {
    matches!(c, 'a'..='z' | '\u{370}'..='\u{52f}')
}

/// An accent that NFKC left standing by itself, as after lower-casing `İ`.
fn is_loose_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}') && is_combining_mark(c)
}

/// Runs of letters and digits; one of East Asian characters ends where others begin.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None;
    let mut last: Option<bool> = None;
    for (at, c) in text.char_indices() {
        let kind = (c.is_alphanumeric() || is_combining_mark(c)).then(|| is_east_asian(c));
        if kind != last {
            if let Some(start) = start.take() {
                words.push(&text[start..at]);
            }
            start = kind.map(|_| at);
            last = kind;
        }
    }
    words.extend(start.map(|start| &text[start..]));
    words
}

/// Written without blanks between words: Han, kana and Hangul.
fn is_east_asian(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn similarity(query: &str, name: &str) -> String {
        NameQuery::new(query).similarity(name).map_or_else(|| "-".to_owned(), |share| share.to_string())
    }

    #[test]
    fn grams_by_hand() {
        assert_eq!(grams("Abb"), ["  a", " ab", "abb", "bb "]);
        assert_eq!(grams("abb, ABB"), grams("Abb"));
        assert_eq!(grams("轴承厂"), ["厂", "承", "承厂", "轴", "轴承"]);
        // A run of another script is a word of its own.
        assert_eq!(grams("3M中国"), ["  3", " 3m", "3m ", "中", "中国", "国"]);
        assert_eq!(grams("ＡＢＢ"), grams("abb"));
        assert_eq!(grams(" – !%"), [""; 0]);
    }

    #[test]
    fn accents_fold_and_other_marks_stay() {
        for (text, plain) in [
            ("Müller", "muller"),
            ("Mu\u{308}ller", "muller"),
            ("GROẞ", "gross"),
            ("Šćepanović", "scepanovic"),
            ("Łódź", "lodz"),
            ("Ørsted", "orsted"),
            ("İstanbul", "istanbul"),
            ("Ёлка", "елка"),
            ("Ώ", "ω"),
            ("ﬁn", "fin"),
        ] {
            assert_eq!(folded(text), plain);
        }
        // が is not か, and a syllable of Hangul is one character.
        assert_eq!((folded("が"), folded("한국")), ("が".to_owned(), "한국".to_owned()));
    }

    #[test]
    fn names_are_found_by_their_parts() {
        // nordwnd shares 6 of its 8 grams with nordwind, pumpen all 7.
        assert_eq!(similarity("Nordwnd Pumpen", "Nordwind Pumpen GmbH"), "0.866667");
        assert_eq!(similarity("华东 轴承", "上海华东轴承有限公司"), "1.000000");
        assert_eq!(similarity("承", "上海华东轴承有限公司"), "1.000000");
        assert_eq!(similarity("muller", "Müller & Söhne"), "1.000000");
        assert_eq!(similarity("pumpen nordwind", "Nordwind Pumpen GmbH"), "1.000000");
        assert_eq!(similarity("nord", "Nordwind Pumpen GmbH"), "0.800000");
        // Two neighbours changed places: five of nine stay.
        assert_eq!(similarity("nrodwind", "Nordwind"), "0.555556");
        assert_eq!(similarity("Nordwnd GmbH", "Südwerk GmbH"), "-");
        assert_eq!(
            (similarity("gmbh", "Südwerk GmbH"), similarity("gmbh", "GmbH & Co. KG")),
            ("-".into(), "1.000000".into())
        );
        assert_eq!(similarity("华北有限公司", "上海华东轴承有限公司"), "-");
        assert_eq!(similarity("公司", "上海华东轴承有限公司"), "-");
        assert_eq!(similarity("Südwind Kessel", "Nordwind Pumpen GmbH"), "-");
        assert_eq!(similarity("华北", "上海华东轴承有限公司"), "-");
        assert_eq!(similarity("%_", "50%_Pumps"), "-");
    }

    proptest! {
        #[test]
        fn a_name_answers_itself_and_each_of_its_words(name in "[A-Za-zÄÖÜé]{1,12}( [A-Za-z0-9]{1,8}){0,3}") {
            prop_assert_eq!(similarity(&name, &name), "1.000000");
            for word in name.split(' ').filter(|word| !without_legal_form(&folded(word)).is_empty()) {
                prop_assert_eq!(similarity(word, &name), "1.000000");
            }
        }

        #[test]
        fn any_part_of_a_chinese_name_finds_it(name in "[\u{4e00}-\u{4eff}]{2,20}", from in 0_usize..20, length in 1_usize..20) {
            let part: String = name.chars().skip(from % name.chars().count()).take(length).collect();
            prop_assert_eq!(similarity(&part, &name), "1.000000");
        }

        #[test]
        fn one_wrong_letter_in_a_word_of_seven_or_more_still_finds_it(word in "[a-z]{7,15}", at in 0_usize..15) {
            let at = at % word.len();
            let wrong: String = word.chars().enumerate().map(|(i, c)| if i == at { '7' } else { c }).collect();
            // Grams that a word repeats are counted once; such words are not what this is about.
            prop_assume!(NameQuery::new(&wrong).grams.len() == wrong.len() + 1);
            prop_assert!(NameQuery::new(&wrong).similarity(&word).is_some());
        }

        #[test]
        fn folding_is_final_and_case_does_not_matter(text in "\\PC{0,30}") {
            prop_assert_eq!(folded(&folded(&text)), folded(&text));
            let of = grams(&text);
            prop_assert!(of.len() <= 2 * folded(&text).chars().count() + 1);
            prop_assert!(of.is_sorted());
        }
    }
}
