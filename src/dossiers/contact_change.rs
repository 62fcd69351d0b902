//! What a change makes of a contact, and everything that is wrong with a change.

use async_graphql::MaybeUndefined;

use super::change::{LONGEST_NAME, problems_of};
use super::wire::{ContactOut, ContactPatch};
use crate::error::{FieldProblem, Problems};
use crate::rest::apply;

/// RFC 5321 allows no longer address.
const LONGEST_EMAIL: usize = 254;
const LONGEST_PHONE: usize = 50;
const LONGEST_NOTE: usize = 2000;
const LONGEST_LANGUAGE: usize = 35;

impl ContactPatch {
    /// The contact after the change, or every problem at once.
    pub(super) fn apply_to(&self, contact: &ContactOut) -> Result<ContactOut, Vec<FieldProblem>> {
        let mut problems = Problems::new();
        self.check(contact, &mut problems);
        problems_of(problems)?;
        let mut changed = contact.clone();
        if let MaybeUndefined::Value(name) = &self.name {
            changed.name.clone_from(name);
        }
        apply(&mut changed.position, self.position.clone());
        apply(&mut changed.email, self.email.clone());
        apply(&mut changed.phone, self.phone.clone());
        apply(&mut changed.language, self.language.clone());
        apply(&mut changed.note, self.note.clone());
        match self.is_primary {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => changed.is_primary = false,
            MaybeUndefined::Value(first) => changed.is_primary = first,
        }
        Ok(changed)
    }

    fn check(&self, contact: &ContactOut, problems: &mut Problems) {
        match &self.name {
            MaybeUndefined::Value(name) => problems.text("/name", name, LONGEST_NAME),
            MaybeUndefined::Null => problems.add("/name", "required", "Must not be empty.", "不能为空。"),
            MaybeUndefined::Undefined if contact.name.is_empty() => {
                problems.add("/name", "required", "A new contact needs a name.", "新联系人必须有姓名。");
            }
            MaybeUndefined::Undefined => {}
        }
        let texts = [("/position", &self.position, LONGEST_NAME), ("/phone", &self.phone, LONGEST_PHONE)];
        for (pointer, text, longest) in texts {
            problems.optional_text(pointer, text.value().map(String::as_str), longest);
        }
        if let MaybeUndefined::Value(email) = &self.email {
            check_email(email, problems);
        }
        if let MaybeUndefined::Value(language) = &self.language
            && !is_language(language)
        {
            let en = "A language tag such as \"en\" or \"zh-CN\".";
            problems.add("/language", "pattern", en, "应为语言标签，例如 \"en\" 或 \"zh-CN\"。");
        }
        if let MaybeUndefined::Value(note) = &self.note {
            let one_line: String = note.chars().filter(|c| !matches!(c, '\n' | '\r' | '\t')).collect();
            problems.optional_text("/note", Some(&one_line), LONGEST_NOTE);
        }
    }
}

/// An address has something on both sides of one `@`; more is for the mail server to say.
fn check_email(email: &str, problems: &mut Problems) {
    problems.optional_text("/email", Some(email), LONGEST_EMAIL);
    let parts: Vec<&str> = email.split('@').collect();
    let is_address = parts.len() == 2 && parts.iter().all(|part| !part.is_empty());
    if !is_address || email.chars().any(char::is_whitespace) {
        problems.add("/email", "pattern", "Not an email address.", "不是电子邮件地址。");
    }
}

/// Whether it has the form of a BCP 47 tag: a language of 2 or 3 letters, then parts of 1 to 8 letters and digits.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let is_word = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    tag.len() <= LONGEST_LANGUAGE
        && (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(is_word)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::values::{ContactId, CustomerId};

    fn unknown() -> ContactOut {
        let (id, customer) = (ContactId(Uuid::from_u128(1)), CustomerId(Uuid::from_u128(2)));
        ContactOut::unknown(id, customer, None, DateTime::UNIX_EPOCH)
    }

    fn applied(contact: &ContactOut, patch: Value) -> Result<ContactOut, Vec<(String, &'static str)>> {
        let patch: ContactPatch = serde_json::from_value(patch).unwrap();
        patch.apply_to(contact).map_err(|found| found.into_iter().map(|p| (p.pointer, p.code)).collect())
    }

    #[test]
    fn absent_stays_null_empties_and_a_value_replaces() {
        let new = json!({"name": "Chen Wei", "email": "chen@example.com", "is_primary": true, "note": "two\nlines"});
        let before = applied(&unknown(), new).unwrap();
        let after = applied(&before, json!({"email": null, "language": "zh-Hant-TW"})).unwrap();
        assert_eq!((after.name.as_str(), after.email, after.is_primary), ("Chen Wei", None, true));
        assert_eq!(after.language.as_deref(), Some("zh-Hant-TW"));
        assert!(!applied(&before, json!({"is_primary": null})).unwrap().is_primary);
    }

    #[test]
    fn every_problem_is_found_at_once() {
        let bad =
            json!({"email": "a@b@c", "phone": "1".repeat(51), "language": "german", "note": "\u{7}", "position": "\n"});
        let expected = [
            ("/name", "required"),
            ("/position", "control_character"),
            ("/phone", "too_long"),
            ("/email", "pattern"),
            ("/language", "pattern"),
            ("/note", "control_character"),
        ];
        assert_eq!(applied(&unknown(), bad), Err(expected.map(|(p, c)| (p.to_owned(), c)).to_vec()));
        for (email, good) in [("a@b", true), ("a@", false), ("@b", false), ("a b@c", false), ("ab", false)] {
            assert_eq!(applied(&unknown(), json!({"name": "x", "email": email})).is_ok(), good, "{email}");
        }
    }
}
