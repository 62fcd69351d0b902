//! Takes away what is personal of a customer.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::customers::containing;
use crate::dossiers::erasure::{ERASURES, Erasure};
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, TenantId};

/// Bytes of the shortest identifier that is looked for within texts.
const SHORTEST_WORD: usize = 4;

/// Words that one regular expression looks for.
const WORDS_AT_A_TIME: usize = 50;

/// What only this customer says: its names everywhere, and the words of groups that it alone makes.
struct Words {
    identifiers: BTreeSet<String>,
    groups: BTreeSet<String>,
}

/// Erases a customer and those that became one with it. It must be locked, and nobody may be loading.
pub(in crate::dossiers) async fn erase(tx: &TenantTx, id: CustomerId) -> Result<()> {
    let mut conn = tx.conn().await?;
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from customers where tenant_id = $1 and (id = $2 or merged_into = $2) order by id <> $2, id",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_all(&mut *conn)
    .await?;
    let words = words(&mut conn, tx.tenant(), &ids).await?;
    let inside_json = patterns_in_json(&ids, &words.identifiers);
    let telling: Vec<String> =
        words.identifiers.iter().filter(|word| is_telling(word)).map(|word| as_word(word)).collect();
    // The database keeps 32 expressions ready: many words share one.
    let parts: Vec<String> = telling.chunks(WORDS_AT_A_TIME).map(|words| words.join("|")).collect();
    let all: Vec<String> = words.identifiers.union(&words.groups).cloned().collect();
    for (_, erasure) in ERASURES {
        let Erasure::Run(sql) = erasure else { continue };
        sqlx::query(*sql)
            .bind(tx.tenant().0)
            .bind(&ids)
            .bind(&inside_json)
            .bind(&parts)
            .bind(&all)
            .execute(&mut *conn)
            .await?;
    }
    forget_lines(&mut conn, tx.tenant(), &words.identifiers).await?;
    sqlx::query(
        "update customers
         set erased_at = coalesce(erased_at, $3), archived_at = coalesce(archived_at, $3), version = version + 1,
             updated_at = $3
         where tenant_id = $1 and id = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(&ids)
    .bind(tx.now())
    .execute(&mut *conn)
    .await?;
    Ok(())
}

async fn words(conn: &mut PgConnection, tenant: TenantId, ids: &[Uuid]) -> Result<Words> {
    let identifiers: Vec<String> = sqlx::query_scalar(
        "select distinct w.word from (
             select unnest(array[c.name, c.external_id]) as word from customers c
             where c.tenant_id = $1 and c.id = any($2) and c.erased_at is null
             union all
             select h.fields ->> 'name' from customer_changes h where h.tenant_id = $1 and h.customer_id = any($2)
             union all
             select x.external_id from customer_external_ids x where x.tenant_id = $1 and x.customer_id = any($2)
             union all
             select unnest(array[p.id::text, p.external_id, p.name, p.email, p.phone]) from contacts p
             where p.tenant_id = $1 and p.customer_id = any($2)) w
         where w.word <> ''",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(&mut *conn)
    .await?;
    let groups: Vec<String> = sqlx::query_scalar(
        "select distinct w.word from customers c
         cross join lateral unnest(array[c.industry, c.territory, c.segment_hint]) as w (word)
         where c.tenant_id = $1 and c.id = any($2) and w.word <> ''
           and not exists (select from customers o where o.tenant_id = $1 and o.id <> all($2)
                           and w.word in (o.industry, o.territory, o.segment_hint))
         union
         select p.category from purchase_potentials p
         where p.tenant_id = $1 and p.customer_id = any($2)
           and not exists (select from purchase_potentials o where o.tenant_id = $1 and o.customer_id <> all($2)
                           and o.category = p.category)
           and not exists (select from products q where q.tenant_id = $1 and q.category = p.category)",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(conn)
    .await?;
    Ok(Words { identifiers: identifiers.into_iter().collect(), groups: groups.into_iter().collect() })
}

/// Deletes the refused lines of NDJSON that name the customer, however the line writes it.
async fn forget_lines(conn: &mut PgConnection, tenant: TenantId, identifiers: &BTreeSet<String>) -> Result<()> {
    let (mut imports, mut lines): (Vec<Uuid>, Vec<i64>) = (Vec::new(), Vec::new());
    let mut rows = sqlx::query_as::<_, (Uuid, i64, String)>(
        "select e.import_id, e.line, e.fields ->> 0 from import_refused_rows e
         join imports i on i.tenant_id = e.tenant_id and i.id = e.import_id
         where e.tenant_id = $1 and i.format = 'ndjson' and e.fields ->> 0 is not null",
    )
    .bind(tenant.0)
    .fetch(&mut *conn);
    while let Some((import, line, text)) = rows.try_next().await? {
        if values(&text).iter().any(|value| is_named(value, identifiers)) {
            imports.push(import);
            lines.push(line);
        }
    }
    drop(rows);
    sqlx::query(
        "delete from import_refused_rows e using unnest($2::uuid[], $3::bigint[]) g (import_id, line)
         where e.tenant_id = $1 and e.import_id = g.import_id and e.line = g.line",
    )
    .bind(tenant.0)
    .bind(imports)
    .bind(lines)
    .execute(conn)
    .await?;
    Ok(())
}

/// The texts and numbers in a line of JSON; of one that is none, the line with its escapes undone.
fn values(line: &str) -> Vec<String> {
    fn collect(value: Value, into: &mut Vec<String>) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => into.push(number.to_string()),
            Value::String(text) => into.push(text),
            Value::Array(items) => items.into_iter().for_each(|item| collect(item, into)),
            Value::Object(members) => members.into_iter().for_each(|(_, member)| collect(member, into)),
        }
    }
    let mut found = Vec::new();
    match serde_json::from_str(line) {
        Ok(value) => collect(value, &mut found),
        Err(_) => found.push(unescaped(line)),
    }
    found
}

/// A text with every `\uXXXX` that can be read as the character it stands for.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let code = rest.strip_prefix("\\u").and_then(|code| code.get(..4));
        match code.and_then(|code| u16::from_str_radix(code, 16).ok()) {
            Some(unit) => {
                units.push(unit);
                rest = &rest[6..];
            }
            None => {
                units.extend(next.encode_utf16(&mut [0; 2]).iter());
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    String::from_utf16_lossy(&units)
}

/// Whether a value is one of the identifiers, or has one of those that tell something as a word.
fn is_named(value: &str, identifiers: &BTreeSet<String>) -> bool {
    identifiers.contains(value.trim()) || identifiers.iter().any(|word| is_telling(word) && has_word(value, word))
}

/// Whether a word is long enough to mean the customer wherever it stands: `12` may be anything.
fn is_telling(word: &str) -> bool {
    word.len() >= SHORTEST_WORD
}

/// Whether a character goes on the word beside it. Chinese puts no blanks between words.
fn goes_on(c: char) -> bool {
    c.is_alphanumeric() && c < '\u{2e80}'
}

/// Whether a text has a word that is not part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let meets = |outer: Option<char>, edge: Option<char>| edge.is_some_and(goes_on) && outer.is_some_and(goes_on);
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        !meets(before, word.chars().next()) && !meets(after, word.chars().next_back())
    })
}

/// The same as a regular expression of the database.
fn as_word(word: &str) -> String {
    let literal: String = word
        .chars()
        .flat_map(|c| (c.is_ascii() && !c.is_ascii_alphanumeric()).then_some('\\').into_iter().chain([c]))
        .collect();
    let edge = |c: Option<char>, bound: &'static str| if c.is_some_and(goes_on) { bound } else { "" };
    let begins = edge(word.chars().next(), "(^|[^[:alnum:]])");
    let ends = edge(word.chars().next_back(), "([^[:alnum:]]|$)");
    format!("{begins}{literal}{ends}")
}

/// Patterns that find the customer inside JSON: its ids anywhere, its identifiers where a thing is named.
fn patterns_in_json(ids: &[Uuid], identifiers: &BTreeSet<String>) -> Vec<String> {
    const NAMES: [&str; 5] = ["external_id", "customer_external_id", "name", "email", "phone"];
    let named = identifiers.iter().flat_map(|word| {
        let quoted = json!(word).to_string();
        let keys = NAMES.iter().map(|key| containing(&format!("\"{key}\": {quoted}")));
        keys.chain([containing(&format!("{quoted}: {{"))]).collect::<Vec<_>>()
    });
    ids.iter().map(|id| containing(&id.to_string())).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_found_as_a_word_only() {
        for (text, word, expected) in [
            ("SO-C-1001-7", "C-1001", true),
            ("SO-C-10012-7", "C-1001", false),
            ("SO-2012-7", "2012", true),
            ("SO-12012-7", "2012", false),
            ("XC-1001", "C-1001", false),
            ("XC-1001 C-1001", "C-1001", true),
            ("C-1001", "C-1001", true),
            ("订单宝钢集团", "宝钢", true),
            ("a.b", "a.b", true),
            ("aXb", "a.b", false),
        ] {
            assert_eq!(has_word(text, word), expected, "{word} in {text}");
        }
        let words = BTreeSet::from(["12".to_owned(), "Müller".to_owned()]);
        assert!(is_named(" 12 ", &words) && !is_named("SO-12-7", &words));
        assert!(is_named("Fa. Müller, Kiel", &words) && !is_named("Müllerei", &words));
        assert_eq!(as_word("a.b-1"), r"(^|[^[:alnum:]])a\.b\-1([^[:alnum:]]|$)");
        assert_eq!(as_word("宝钢"), "宝钢");
    }

    #[test]
    fn a_line_is_read_as_json_means_it() {
        let mut found =
            values(r#"{"name": "M\u00fcller", "n": 12.5, "tags": ["a", null], "x": {"y": "\ud83d\ude00"}}"#);
        found.sort();
        assert_eq!(found, ["12.5", "Müller", "a", "😀"]);
        assert_eq!(values(r#"{"name": "M\u00fcller"#), [r#"{"name": "Müller"#]);
        assert_eq!(values(r"\u12 \uzzzz ü"), [r"\u12 \uzzzz ü"]);
    }

    #[test]
    fn json_is_searched_for_names_and_not_for_words() {
        let words = BTreeSet::from(["50%".to_owned(), "a\"b".to_owned()]);
        let found = patterns_in_json(&[Uuid::nil()], &words);
        assert_eq!(found.len(), 1 + 2 * 6);
        assert!(found.contains(&r#"%"external\_id": "50\%"%"#.to_owned()), "{found:?}");
        assert!(found.contains(&r#"%"a\\"b": {%"#.to_owned()), "{found:?}");
    }
}
