//! A batch of JSON items: each is read by itself, so that a malformed one is one refused row.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{BatchItem, BatchMode, BatchOut, MAX_BATCH, Outcome, RowOutcome};
use crate::error::{Error, FieldProblem, Problems, Result};
use crate::rest::{Input, beside, forbidden_at, read};
use crate::tenancy::TenantTx;
use crate::values::Label;

/// Where an item says what the client calls it.
const CLIENT_REF: &str = "client_ref";
const CLIENT_REF_AT: &str = "/client_ref";

/// Rows that passed a check, and the places and problems of those that did not.
#[derive(Debug)]
pub struct Sifted<T> {
    /// Those that passed, in order.
    pub passed: Vec<T>,
    refused: Refused,
}

/// What became of the rows that did not pass: one entry a row, none where it passed.
#[derive(Debug)]
pub struct Refused(Vec<Option<Vec<FieldProblem>>>);

/// Takes a batch: has `take` store the rows that could be read, and answers for each in order. Where the batch is
/// atomic and a row is refused, the error names every problem, and the caller's transaction is rolled back by it; where it
/// is a dry run, the transaction keeps nothing.
///
/// # Errors
/// `invalid_input` for 0 or more than 1,000 rows and for refusals of an atomic batch; what `take` returns.
pub async fn take_rows<T>(
    tx: &TenantTx,
    items: Vec<BatchItem<T>>,
    mode: BatchMode,
    take: impl AsyncFnOnce(&[T]) -> Result<Vec<RowOutcome>>,
) -> Result<BatchOut> {
    check_size(items.len())?;
    tx.discard_if(mode.dry_run);
    let (client_refs, rows) = items.into_iter().map(|item| (item.client_ref, item.row)).unzip();
    let (passed, refused) = Sifted::new(rows).into_parts();
    let taken = if passed.is_empty() { Vec::new() } else { take(&passed).await? };
    let mut outcomes = refused.merge(taken);
    if let (true, Some(error)) = (mode.atomic, BatchOut::refusal(&outcomes)) {
        return Err(error);
    }
    if mode.dry_run {
        // There is no object behind the id of what was not created.
        outcomes.iter_mut().filter(|row| row.outcome == Outcome::Created).for_each(|row| row.id = None);
    }
    Ok(BatchOut::new(outcomes, client_refs))
}

/// Reads each item by itself: the client's reference, and the row beside it.
pub fn parse_items<T: DeserializeOwned>(items: Vec<Value>) -> Vec<BatchItem<T>> {
    items.into_iter().map(parse).collect()
}

fn parse<T: DeserializeOwned>(mut item: Value) -> BatchItem<T> {
    match item.as_object_mut().and_then(|fields| fields.remove(CLIENT_REF)) {
        None | Some(Value::Null) => BatchItem::new(None, parse_item(item)),
        Some(Value::String(client_ref)) => BatchItem::new(Some(client_ref), parse_item(item)),
        Some(_) => {
            let (en, zh) = ("Expected a text.", "应为文本。");
            BatchItem::refused(vec![problem(CLIENT_REF_AT.to_owned(), "malformed", en, zh)], parse_item(item))
        }
    }
}

/// Passes 1 to 1,000 items.
///
/// # Errors
/// `invalid_input`.
pub fn check_size(items: usize) -> Result<()> {
    if (1..=MAX_BATCH).contains(&items) {
        return Ok(());
    }
    let en = format!("1 to {MAX_BATCH} items; larger loads are imports.");
    Err(Error::invalid_at("", "size", en, format!("1 至 {MAX_BATCH} 项；更多数据请使用导入。")))
}

impl<T> Sifted<T> {
    /// Parts the rows that passed a check from those that did not.
    pub fn new(checked: Vec<Result<T, Vec<FieldProblem>>>) -> Self {
        let mut passed = Vec::with_capacity(checked.len());
        let mut refused = Vec::with_capacity(checked.len());
        for row in checked {
            match row {
                Ok(row) => {
                    passed.push(row);
                    refused.push(None);
                }
                Err(problems) => refused.push(Some(problems)),
            }
        }
        Self { passed, refused: Refused(refused) }
    }

    /// The rows that passed, and the others.
    pub fn into_parts(self) -> (Vec<T>, Refused) {
        (self.passed, self.refused)
    }
}

impl Refused {
    /// The outcomes of all rows, given those of the rows that passed.
    pub fn merge(self, outcomes: Vec<RowOutcome>) -> Vec<RowOutcome> {
        let mut outcomes = outcomes.into_iter();
        let each = self.0.into_iter().map(|refused| match refused {
            Some(problems) => Some(RowOutcome::refused(problems)),
            None => outcomes.next(),
        });
        each.flatten().collect()
    }
}

/// Reads an item, and finds everything that is wrong with it.
fn parse_item<T: DeserializeOwned>(item: Value) -> Result<T, Vec<FieldProblem>> {
    if !item.is_object() {
        return Err(vec![problem(String::new(), "malformed", "Each item is a JSON object.", "每一项须为 JSON 对象。")]);
    }
    let mut problems = forbidden_at(&item);
    match read(item, Input::Json) {
        Ok(row) if problems.is_empty() => Ok(row),
        Ok(_) => Err(problems),
        Err(others) => {
            problems.extend(beside(&problems, others));
            Err(problems)
        }
    }
}

fn problem(pointer: String, code: &'static str, en: &str, zh: &str) -> FieldProblem {
    FieldProblem { pointer, code, detail: Label::new(en, zh) }
}

/// Problems as a list, or nothing where there are none.
///
/// # Errors
/// The problems.
pub fn checked(problems: Problems) -> Result<(), Vec<FieldProblem>> {
    problems.into_result().map_err(|error| error.problems().to_vec())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::values::{Date, Exact};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        id: String,
        day: Option<Date>,
        amount: Option<Exact>,
    }

    fn faults(item: Value) -> Vec<(String, &'static str)> {
        let read: Result<Row, _> = parse_item(item);
        read.err().into_iter().flatten().map(|p| (p.pointer, p.code)).collect()
    }

    #[test]
    fn a_good_item_is_read() {
        let row: Row = parse_item(json!({"id": "a", "day": "2024-01-31", "amount": null})).unwrap();
        assert_eq!((row.id.as_str(), row.day.unwrap().to_string()), ("a", "2024-01-31".to_owned()));
        assert_eq!(row.amount, None);
    }

    #[test]
    fn every_fault_of_an_item_is_found_at_its_field() {
        let found = faults(json!({"amount": 1.5, "day": "31.1.2024", "di": "a"}));
        assert_eq!(
            found,
            [
                ("/amount".to_owned(), "malformed"),
                ("/day".to_owned(), "malformed"),
                ("/di".to_owned(), "unknown_field"),
                ("/id".to_owned(), "required"),
            ]
        );
        assert_eq!(faults(json!({"id": 7})), [("/id".to_owned(), "malformed")]);
        assert_eq!(faults(json!([1])), [(String::new(), "malformed")]);
    }

    #[test]
    fn a_reference_stands_beside_the_row() {
        let read = |item| -> BatchItem<Row> { parse(item) };
        let named = read(json!({"id": "a", "client_ref": "line-17"}));
        assert_eq!((named.client_ref.as_deref(), named.row.unwrap().id.as_str()), (Some("line-17"), "a"));
        assert_eq!(read(json!({"id": "a", "client_ref": null})).client_ref, None);
        let refused = read(json!({"client_ref": "line-17"}));
        assert_eq!((refused.client_ref.as_deref(), refused.row.is_err()), (Some("line-17"), true));
        for (client_ref, code) in [(json!(17), "malformed"), (json!("x".repeat(101)), "too_long")] {
            let found = read(json!({"client_ref": client_ref})).row.unwrap_err();
            let found: Vec<_> = found.iter().map(|p| (p.pointer.as_str(), p.code)).collect();
            assert_eq!(found, [("/client_ref", code), ("/id", "required")]);
        }
        assert!(read(json!({"id": "a", "client_ref": "密".repeat(100)})).row.is_ok());
    }

    #[test]
    fn refused_rows_keep_their_places() {
        let bad = || Err(vec![problem("/x".into(), "malformed", "x", "x")]);
        let (passed, refused) = Sifted::new(vec![bad(), Ok(1), bad(), Ok(2)]).into_parts();
        assert_eq!(passed, [1, 2]);
        let id = Uuid::from_u128(1);
        let merged = refused.merge(vec![RowOutcome::taken(Outcome::Created, id); 2]);
        let outcomes: Vec<_> = merged.iter().map(|r| r.outcome).collect();
        assert_eq!(outcomes, [Outcome::Error, Outcome::Created, Outcome::Error, Outcome::Created]);
    }

    #[test]
    fn a_batch_has_one_to_a_thousand_items() {
        assert!(check_size(0).is_err() && check_size(1001).is_err());
        assert!(check_size(1).is_ok() && check_size(1000).is_ok());
    }
}
