//! The rules of ARCHITECTURE.md, checked on the text of `src/`. A finding names file and line, the rule, and what to do.
//!
//! The tables below are the rules: a new room, or a new edge between capabilities, is a line here that somebody reviews.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What every capability may import.
const BASE: &[&str] = &["values", "clock", "error", "paging", "db", "tenancy", "rest", "exports", "jobs", "intake"];

/// The rooms from the ground up, and which rooms below each may import (capabilities: besides `BASE`).
const HOUSE: &[(&str, &[&str])] = &[
    ("values", &[]),
    ("clock", &["values"]),
    ("error", &["values"]),
    ("paging", &["values", "error"]),
    ("db", &["values", "clock", "error"]),
    ("tenancy", &["values", "clock", "error", "paging", "db"]),
    // What the faces of all capabilities share: ETags and patches; lists as files; outcomes of batches.
    ("rest", &["values", "error"]),
    ("exports", &["values", "clock", "error", "paging", "tenancy", "rest"]),
    ("jobs", &["values", "clock", "error", "paging", "db", "tenancy", "rest", "exports"]),
    ("intake", &["values", "error", "tenancy", "rest"]),
    ("tenants", &[]),
    // Below all that has something to tell.
    ("webhooks", &[]),
    ("config", &["values", "clock", "error", "db", "tenancy", "jobs", "webhooks"]),
    ("telemetry", &["config"]),
    ("dossiers", &["tenants", "webhooks"]),
    ("sales", &["tenants", "dossiers"]),
    ("finance", &["tenants", "dossiers", "sales"]),
    ("metrics", &["tenants", "dossiers", "sales", "finance"]),
    ("scales", &["tenants", "sales", "metrics"]),
    ("grading", &["tenants", "webhooks", "dossiers", "sales", "metrics", "scales"]),
    ("agreement", &["scales", "grading"]),
    ("ge_matrix", &["tenants", "dossiers", "sales", "metrics", "scales", "grading"]),
    ("plans", &["tenants", "dossiers", "sales", "metrics", "grading", "ge_matrix"]),
    ("imports", &[TENANTS_TO_PLANS]),
    ("demo", &["config", "imports", TENANTS_TO_PLANS]),
    ("http", &["config", "telemetry", "imports", TENANTS_TO_PLANS]),
    ("cli", EVERYTHING),
    ("main", EVERYTHING),
    ("lib", EVERYTHING),
];

const CAPABILITIES: &[&str] = &[
    "tenants",
    "webhooks",
    "dossiers",
    "sales",
    "finance",
    "metrics",
    "scales",
    "grading",
    "agreement",
    "ge_matrix",
    "plans",
];
/// In a row of `HOUSE`: each of `CAPABILITIES`, and `BASE`.
const TENANTS_TO_PLANS: &str = "tenants..plans";
const EVERYTHING: &[&str] = &["*"];

const VAGUE_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "shared"];
const SHELL_FILES: &[&str] = &["mod", "ops", "store", "wire", "rest", "graphql", "error"];
const DATABASE: &[&str] = &["sqlx", "sea_orm"];
const MOST_CODE_LINES: usize = 400;

#[test]
fn the_house_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    assert!(files.iter().any(|(path, _)| path == "lib.rs"), "found no sources in {}", root.display());
    let surroundings = Surroundings::of(&files);
    let findings: Vec<String> = files
        .iter()
        .flat_map(|(path, text)| check(path, text, &surroundings))
        .map(|finding| finding.to_string())
        .collect();
    assert!(findings.is_empty(), "{} findings\n{}\n", findings.len(), findings.join("\n"));
}

/// Chinese words that a sales manager would not use, or that would name one thing twice, with the word in their place.
const CHINESE_WORDS: &[(&str, &str)] = &[
    ("投资建设", "投资发展"),
    ("选择性建设", "选择性发展"),
    ("保护地位", "保持优势"),
    ("争取盈利", "维持盈利"),
    ("收割", "收获"),
    ("前第二个12个月", "再前12个月"),
    ("所支持的范围", "数据支持的区间"),
    ("市场机会核对", "市场机会（印证）"),
    ("此处不做计划", "未纳入计划"),
    ("此标识下没有内容", "未找到该记录"),
    ("更好方向", "优劣方向"),
    ("按在所有", "按有数据客户中的排名"),
    ("业务员", "销售人员"),
    ("销售员", "销售人员"),
    ("分销商", "经销商"),
];
/// In plans an expected output is adjusted (调整), not replaced; elsewhere the word may be right.
const CHINESE_WORDS_OF_PLANS: &[(&str, &str)] = &[("替换", "调整")];
/// Headers of other systems' files are as those systems write them.
const NOT_OUR_WORDS: &str = "src/imports/mapping/built_in/";

#[test]
fn one_chinese_word_stands_for_one_thing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md"), root.join("CHANGELOG.md")];
    let mut folders = vec![root.join("src"), root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { &mut folders } else { &mut files }.push(entry);
        }
    }
    assert!(files.len() > 100);
    let mut findings = Vec::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap().display().to_string();
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let own = if name.starts_with("src/plans/") { CHINESE_WORDS_OF_PLANS } else { &[] };
        for (number, line) in (1..).zip(text.lines()).filter(|_| !name.starts_with(NOT_OUR_WORDS)) {
            for (wrong, right) in CHINESE_WORDS.iter().chain(own).filter(|(wrong, _)| line.contains(wrong)) {
                findings.push(format!("{name}:{number}: {wrong}: write {right}"));
            }
        }
    }
    findings.sort();
    assert!(findings.is_empty(), "{} findings\n{}\n", findings.len(), findings.join("\n"));
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            files.push((name, fs::read_to_string(&path).unwrap_or_default()));
        }
    }
}

/// What the check of one file must know of the others.
#[derive(Default)]
struct Surroundings {
    /// Folders with a `mod.rs` of their own.
    folders: BTreeSet<String>,
    /// Modules that are declared under `#[cfg(test)]`, as paths without `.rs`.
    tests: BTreeSet<String>,
}

impl Surroundings {
    fn of(files: &[(String, String)]) -> Self {
        let mut surroundings = Self::default();
        for (path, text) in files {
            let folder = folder_of_children(path);
            surroundings.folders.extend(path.strip_suffix("/mod.rs").map(str::to_owned));
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            for pair in lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]") {
                let name =
                    pair[1].trim_start_matches("pub ").strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
                surroundings.tests.extend(name.map(|name| format!("{folder}{name}")));
            }
        }
        surroundings
    }

    fn is_test(&self, path: &str) -> bool {
        let bare = path.trim_end_matches(".rs");
        self.tests
            .iter()
            .any(|test| bare == test || bare.strip_prefix(test.as_str()).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// Where the modules that a file declares are: `sales/` for `sales/mod.rs`, nothing for `lib.rs`.
fn folder_of_children(path: &str) -> String {
    match path.strip_suffix("mod.rs") {
        Some(folder) => folder.to_owned(),
        None if path.contains('/') => format!("{}/", path.trim_end_matches(".rs")),
        None => String::new(),
    }
}

/// One breach of a rule.
#[derive(Debug)]
struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    advice: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: [{}] {}", self.path, self.line, self.rule, self.advice)
    }
}

/// A source file: where it is in the house, and its words without comments, doc comments and tests.
struct Source<'a> {
    path: &'a str,
    text: &'a str,
    room: &'a str,
    /// The file's part within its room: `store` for `sales/store.rs` and `sales/store/lines.rs`, else the name.
    part: &'a str,
    words: Vec<Word>,
}

#[derive(Debug)]
struct Word {
    text: String,
    line: usize,
    last_line: usize,
}

fn check(path: &str, text: &str, surroundings: &Surroundings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |line: usize, rule: &'static str, advice: String| {
        findings.push(Finding { path: path.to_owned(), line, rule, advice });
    };
    let Ok(tokens) = text.parse::<TokenStream>() else {
        report(1, "readable", "this is not Rust; does it compile?".to_owned());
        return findings;
    };
    let bare = path.trim_end_matches(".rs");
    let mut parts = bare.split('/');
    let room = parts.next().unwrap_or_default();
    let mut words = Vec::new();
    if !surroundings.is_test(path) {
        read(tokens, &mut words);
    }
    let source = Source { path, text, room, part: parts.next().unwrap_or("mod"), words };
    check_names(&source, &mut report);
    check_shape(&source, surroundings, &mut report);
    check_words(&source, &mut report);
    check_edges(&source, &mut report);
    check_readers(&source, &mut report);
    check_parts(&source, &mut report);
    findings
}

/// Flattens a stream into words; leaves out doc comments and every item that is marked `#[cfg(test)]`.
fn read(tokens: TokenStream, words: &mut Vec<Word>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if let (TokenTree::Punct(hash), Some(TokenTree::Group(attribute))) = (&token, tokens.peek())
            && hash.as_char() == '#'
        {
            let attribute: String = attribute.stream().to_string().split_whitespace().collect();
            if attribute.starts_with("doc=") {
                tokens.next();
                continue;
            }
            if attribute == "cfg(test)" {
                for skipped in tokens.by_ref() {
                    let ends = match &skipped {
                        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                        TokenTree::Punct(punct) => punct.as_char() == ';',
                        _ => false,
                    };
                    if ends {
                        break;
                    }
                }
                continue;
            }
        }
        let mut push = |text: String, span: proc_macro2::Span| {
            words.push(Word { text, line: span.start().line, last_line: span.end().line });
        };
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(open.to_owned(), group.span_open());
                read(group.stream(), words);
                words.push(Word {
                    text: close.to_owned(),
                    line: group.span_close().start().line,
                    last_line: group.span_close().end().line,
                });
            }
            TokenTree::Ident(ident) => push(ident.to_string(), ident.span()),
            TokenTree::Punct(punct) => push(punct.to_string(), punct.span()),
            TokenTree::Literal(literal) => push(literal.to_string(), literal.span()),
        }
    }
}

fn check_names(source: &Source<'_>, report: &mut impl FnMut(usize, &'static str, String)) {
    for part in source.path.trim_end_matches(".rs").split('/') {
        if VAGUE_NAMES.contains(&part) {
            report(1, "names", format!("`{part}` says nothing; name the file after the thing it is about"));
        }
    }
}

fn check_shape(source: &Source<'_>, surroundings: &Surroundings, report: &mut impl FnMut(usize, &'static str, String)) {
    let lines: BTreeSet<usize> = source.words.iter().flat_map(|word| word.line..=word.last_line).collect();
    if lines.len() > MOST_CODE_LINES {
        let advice = format!("{} code lines; at most {MOST_CODE_LINES}: split it by subject", lines.len());
        report(1, "size", advice);
    }
    if source.path.ends_with("mod.rs") {
        if !source.text.starts_with("//!") {
            report(
                1,
                "paragraph",
                "begin with a `//!` paragraph: what this is and what it leaves to others".to_owned(),
            );
        }
        for three in source.words.windows(3).filter(|three| three[0].text == "pub" && three[1].text == "mod") {
            let name = &three[2].text;
            if !surroundings.folders.contains(&format!("{}{name}", folder_of_children(source.path))) {
                report(three[0].line, "private", format!("make `{name}` private and `pub use` what others need of it"));
            }
        }
    }
}

fn check_words(source: &Source<'_>, report: &mut impl FnMut(usize, &'static str, String)) {
    for (number, line) in source.text.lines().enumerate() {
        let left_over = line.split(|c: char| !c.is_alphanumeric()).find(|word| ["TODO", "FIXME"].contains(word));
        if let Some(word) = left_over {
            report(number + 1, "finished", format!("do what the {word} says, or open an issue and remove it"));
        }
    }
    for three in source.words.windows(3) {
        let line = three[1].line;
        match [three[0].text.as_str(), three[1].text.as_str(), three[2].text.as_str()] {
            [".", call @ ("unwrap" | "expect"), "("] => {
                report(line, "no panic", format!("`{call}` can stop the program; return an error, or match"));
            }
            [call @ ("panic" | "todo" | "unimplemented"), "!", _] => {
                report(line, "no panic", format!("`{call}!` stops the program; return an error"));
            }
            ["#" | "!", "[", "allow"] => {
                let advice = "`allow` silences a lint; do what it says, or write `expect` with a reason";
                report(line, "lints", advice.to_owned());
            }
            ["[", "expect", "("] => {
                let mut rest =
                    source.words.iter().skip_while(|word| word.line < line).take_while(|word| word.text != "]");
                if !rest.any(|word| word.text == "reason") {
                    report(line, "lints", "say the reason: `#[expect(…, reason = \"…\")]`".to_owned());
                }
            }
            _ => {}
        }
    }
}

fn check_edges(source: &Source<'_>, report: &mut impl FnMut(usize, &'static str, String)) {
    if !HOUSE.iter().any(|(room, _)| *room == source.room) {
        report(1, "rooms", format!("no room `{}` in the house; give it a row in HOUSE in tests/tidy.rs", source.room));
        return;
    }
    for (line, other) in imported_rooms(source) {
        let is_room = HOUSE.iter().any(|(room, _)| *room == other);
        if is_room && other != source.room && !may_import(source.room, &other) {
            let advice = format!(
                "`{}` may not know `{other}`; turn the dependency round, or add the edge to HOUSE in tests/tidy.rs",
                source.room
            );
            report(line, "layers", advice);
        }
        if other == "db" && CAPABILITIES.contains(&source.room) && source.part != "store" {
            report(line, "layers", "only `store.rs` of a capability uses `db`; others go through it".to_owned());
        }
    }
}

fn may_import(room: &str, other: &str) -> bool {
    let Some((_, edges)) = HOUSE.iter().find(|(name, _)| *name == room) else { return false };
    let based = CAPABILITIES.contains(&room) || edges.contains(&TENANTS_TO_PLANS);
    edges.contains(&other)
        || *edges == EVERYTHING
        || based && BASE.contains(&other)
        || edges.contains(&TENANTS_TO_PLANS) && CAPABILITIES.contains(&other)
}

/// Each room that the file names, by `crate::room`, `crate::{room, …}` or `super::…::room` up to the crate's root.
fn imported_rooms(source: &Source<'_>) -> Vec<(usize, String)> {
    let words: Vec<&str> = source.words.iter().map(|word| word.text.as_str()).collect();
    let depth = source.path.trim_end_matches("/mod.rs").trim_end_matches(".rs").split('/').count();
    let mut found = Vec::new();
    for start in 0..words.len() {
        let continues_a_path = start > 0 && words[start - 1] == ":";
        let (mut at, is_root) = match words[start] {
            "crate" => (start + 1, true),
            "super" if !continues_a_path => {
                let mut steps = 1;
                let mut at = start + 1;
                while words.get(at..at + 3) == Some(&[":", ":", "super"]) {
                    steps += 1;
                    at += 3;
                }
                (at, steps == depth)
            }
            _ => continue,
        };
        if !is_root || words.get(at..at + 2) != Some(&[":", ":"]) {
            continue;
        }
        at += 2;
        if words.get(at) == Some(&"{") {
            found.extend(first_names_in_group(source, at));
        } else if let Some(word) = source.words.get(at) {
            found.push((word.line, word.text.clone()));
        }
    }
    found
}

fn first_names_in_group(source: &Source<'_>, open: usize) -> Vec<(usize, String)> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for pair in source.words[open..].windows(2) {
        match pair[0].text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && ["{", ","].contains(&pair[0].text.as_str()) && pair[1].text != "}" {
            found.push((pair[1].line, pair[1].text.clone()));
        }
    }
    found
}

/// Bodies, paths and parameters have one way in, which names every fault at its place and keeps out what cannot be stored.
fn check_readers(source: &Source<'_>, report: &mut impl FnMut(usize, &'static str, String)) {
    if source.room == "rest" {
        return;
    }
    for (start, window) in source.words.windows(4).enumerate() {
        let is_web = window[0].text == "web" && window[1].text == ":" && window[2].text == ":";
        let end = if is_web && window[3].text == "{" { "}" } else { "" };
        let named = source.words[start + 3..].iter().take_while(|word| end.is_empty() || word.text != end);
        for word in named.take(if !is_web {
            0
        } else if end.is_empty() {
            1
        } else {
            usize::MAX
        }) {
            if ["Json", "Query", "Path"].contains(&word.text.as_str()) {
                let advice =
                    format!("`web::{}` says one fault, in a parser's words; use `rest::{}`", word.text, word.text);
                report(word.line, "one way in", advice);
            }
        }
    }
}

fn check_parts(source: &Source<'_>, report: &mut impl FnMut(usize, &'static str, String)) {
    if !CAPABILITIES.contains(&source.room) {
        return;
    }
    let is_pure = !SHELL_FILES.contains(&source.part);
    let is_face = ["rest", "graphql"].contains(&source.part);
    for word in &source.words {
        let name = word.text.as_str();
        if is_pure && (DATABASE.contains(&name) || ["TenantTx", "actix_web", "tokio", "reqwest"].contains(&name)) {
            report(
                word.line,
                "pure core",
                format!("`{name}` in a pure file; take the data as arguments, load in ops.rs"),
            );
        } else if is_face && (name == "store" || DATABASE.contains(&name)) {
            report(
                word.line,
                "faces",
                format!("`{name}` in a face; call the function in ops.rs, which checks the permission"),
            );
        } else if ["ops", "wire"].contains(&source.part) && DATABASE.contains(&name) {
            report(word.line, "one way to the data", format!("`{name}` outside store.rs; put the query there"));
        }
    }
}

#[cfg(test)]
mod the_rules {
    use super::*;

    /// The rules that a text breaks, each once, with the line of its first breach.
    #[track_caller]
    fn expect(path: &str, text: &str, expected: &[(&str, usize)]) {
        let mut found: Vec<(&str, usize)> = Vec::new();
        let surroundings = Surroundings::of(&[
            ("values/mod.rs".to_owned(), "#[cfg(test)]\nmod tests;\n#[cfg(test)]\n  mod samples;".to_owned()),
            ("values/folder/mod.rs".to_owned(), String::new()),
        ]);
        for finding in check(path, text, &surroundings) {
            if !found.iter().any(|(rule, _)| *rule == finding.rule) {
                found.push((finding.rule, finding.line));
            }
        }
        assert_eq!(found, expected, "{path}: {text}");
    }

    #[test]
    fn the_table_goes_downward_only() {
        for (row, (room, edges)) in HOUSE.iter().enumerate() {
            for edge in edges.iter().filter(|edge| **edge != TENANTS_TO_PLANS && **edge != "*") {
                let below = HOUSE[..row].iter().any(|(lower, _)| lower == edge);
                assert!(below, "{room} -> {edge} goes up, or names no room");
            }
        }
        assert!(!may_import("values", "error") && !may_import("config", "http"));
    }

    #[test]
    fn one_way_in() {
        expect("http/health.rs", "use actix_web::web::Json;", &[("one way in", 1)]);
        expect("http/health.rs", "use actix_web::web::{Data,\n Query};", &[("one way in", 2)]);
        expect("http/health.rs", "fn f(id: web::Path<u8>) {}", &[("one way in", 1)]);
        expect("http/health.rs", "use actix_web::web::{Data, Payload};\nuse crate::rest::{Json, Path};", &[]);
        expect("rest/json.rs", "use actix_web::web::Json;", &[]);
    }

    #[test]
    fn layers() {
        expect("sales/ops.rs", "use crate::dossiers::Customer;", &[]);
        expect("sales/ops.rs", "\nuse crate::grading::Grade;", &[("layers", 2)]);
        expect("sales/ops.rs", "use crate::{values::Code,\n plans::{Plan, Step}};", &[("layers", 2)]);
        expect("sales/ops.rs", "fn f() { super::super::plans::go() }", &[("layers", 1)]);
        expect("sales/ops.rs", "use super::super::dossiers::X; use super::plans;", &[]);
        expect("sales/store/lines.rs", "use super::super::super::plans::X;", &[("layers", 1)]);
        expect("sales/mod.rs", "//! S.\nuse super::plans::X;", &[("layers", 2)]);
        expect("sales/ops.rs", "fn f(x: crate::http::App) {}", &[("layers", 1)]);
        expect("http/app.rs", "use crate::{demo, plans};", &[("layers", 1)]);
        expect("cli/demo.rs", "use crate::{demo, plans, http};", &[]);
        expect("sales/ops.rs", "use crate::db::copy;", &[("layers", 1)]);
        expect("sales/store.rs", "use crate::db::copy;", &[]);
        expect(
            "sales/ops.rs",
            "/// See crate::plans.\n// crate::plans\nfn f() -> &'static str { \"crate::plans\" }",
            &[],
        );
        expect("gossip/ops.rs", "", &[("rooms", 1)]);
    }

    #[test]
    fn parts() {
        expect("sales/totals.rs", "use sqlx::PgPool;", &[("pure core", 1)]);
        expect("sales/totals.rs", "fn f(tx: &TenantTx) {}", &[("pure core", 1)]);
        expect("sales/totals.rs", "fn f(lines: &[Line]) {}", &[]);
        expect("sales/store.rs", "use sea_orm::Entity; fn f(tx: &TenantTx) {}", &[]);
        expect("sales/store/lines.rs", "use sea_orm::Entity;", &[]);
        expect("sales/rest.rs", "use super::store;", &[("faces", 1)]);
        expect("sales/graphql.rs", "use sea_orm::Entity;", &[("faces", 1)]);
        expect("sales/ops.rs", "use super::store; use sqlx::query;", &[("one way to the data", 1)]);
        expect("db/pool.rs", "use sqlx::query;", &[]);
    }

    #[test]
    fn words() {
        expect("values/a.rs", "fn f() {\n x.unwrap();\n}", &[("no panic", 2)]);
        expect("values/a.rs", "fn f() { x.expect(\"y\") }", &[("no panic", 1)]);
        expect("values/a.rs", "fn f() { panic!(\"y\") }", &[("no panic", 1)]);
        expect("values/a.rs", "fn f() { x.unwrap_or(1); self::expect(1); std::panic::catch_unwind(f); }", &[]);
        expect("values/a.rs", "#[cfg(test)]\nmod tests { fn f() { x.unwrap() } }\nfn g() {}", &[]);
        expect("values/a.rs", "#[cfg(test)]\nuse a::b;\nfn g() { x.unwrap() }", &[("no panic", 3)]);
        expect("values/tests.rs", "fn f() { x.unwrap() }", &[]);
        expect("values/tests/more.rs", "fn f() { x.unwrap() }", &[]);
        expect("values/samples.rs", "fn f() { x.unwrap() }", &[]);
        expect("values/samples_of.rs", "fn f() { x.unwrap() }", &[("no panic", 1)]);
        expect("values/a.rs", "#[allow(dead_code)]\nfn f() {}", &[("lints", 1)]);
        expect("values/a.rs", "#![allow(dead_code)]", &[("lints", 1)]);
        expect("values/a.rs", "#[expect(dead_code)]\nfn f() {}", &[("lints", 1)]);
        expect("values/a.rs", "#[expect(dead_code, reason = \"because\")]\nfn f() {}", &[]);
        expect("values/a.rs", concat!("fn f() {} // TO", "DO: more"), &[("finished", 1)]);
    }

    #[test]
    fn shapes_and_names() {
        expect("values/mod.rs", "mod a;", &[("paragraph", 1)]);
        expect("values/mod.rs", "//! Values.\nmod a;\npub mod b;", &[("private", 3)]);
        expect("values/mod.rs", "//! Values.\npub mod folder;", &[]);
        expect("values/utils.rs", "", &[("names", 1)]);
        expect("values/helpers/mod.rs", "//! H.", &[("names", 1)]);
        let lines = |count: usize| "fn f() {}\n".repeat(count);
        expect("values/a.rs", &lines(400), &[]);
        expect("values/a.rs", &lines(401), &[("size", 1)]);
        let rest = format!("\n// note\n/// doc\nstruct S;\n#[cfg(test)]\nmod tests {{\n{}}}", lines(300));
        expect("values/a.rs", &(lines(399) + &rest), &[]);
        expect("values/a.rs", "fn f( {", &[("readable", 1)]);
    }

    #[test]
    fn a_finding_tells_where_and_what_to_do() {
        let finding =
            check("sales/ops.rs", "\nuse crate::plans::Plan;", &Surroundings::default()).remove(0).to_string();
        assert!(finding.starts_with("src/sales/ops.rs:2: [layers] `sales` may not know `plans`"), "{finding}");
    }
}
