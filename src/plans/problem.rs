//! What is wrong with a plan's input.

use crate::error::FieldProblem;
use crate::values::Label;

/// One thing that keeps a plan from being made: the place (JSON Pointer, such as `/settings/win_rate`), the rule, the text.
pub(super) fn field_problem(pointer: impl Into<String>, code: &'static str, detail: Label) -> FieldProblem {
    FieldProblem { pointer: pointer.into(), code, detail }
}
