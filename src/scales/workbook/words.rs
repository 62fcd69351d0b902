//! The words of a workbook for what the API has codes for. They are written as codes; Chinese words are read too.

use crate::scales::{Axis, Better, Comparison, Influence, MissingPolicy, Purpose, QuotaTies};

/// A choice: its code, its Chinese word, and what it means.
pub(super) type Word<T> = (&'static str, &'static str, T);

/// How the total becomes a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GradesBy {
    Fixed,
    Quota,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceKind {
    Metric,
    Attribute,
    Judgement,
}

/// A kind of rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleKind {
    Levels,
    Bands,
    Choices,
    Linear,
    Percentile,
}

/// A type of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueType {
    Number,
    Text,
    Flag,
}

pub(super) const PURPOSES: &[Word<Purpose>] =
    &[("existing_customers", "现有客户", Purpose::ExistingCustomers), ("prospects", "潜在客户", Purpose::Prospects)];
pub(super) const GRADES_BY: &[Word<GradesBy>] =
    &[("fixed", "分数线", GradesBy::Fixed), ("quota", "比例", GradesBy::Quota)];
pub(super) const AXES: &[Word<Axis>] = &[("quality", "质量", Axis::Quality), ("growth", "增长", Axis::Growth)];
pub(super) const SOURCES: &[Word<SourceKind>] = &[
    ("metric", "指标", SourceKind::Metric),
    ("attribute", "属性", SourceKind::Attribute),
    ("judgement", "评定", SourceKind::Judgement),
];
pub(super) const RULES: &[Word<RuleKind>] = &[
    ("levels", "分级", RuleKind::Levels),
    ("bands", "区间", RuleKind::Bands),
    ("choices", "选项", RuleKind::Choices),
    ("linear", "线性", RuleKind::Linear),
    ("percentile", "百分位", RuleKind::Percentile),
];
pub(super) const BETTER: &[Word<Better>] =
    &[("higher", "越高越好", Better::Higher), ("lower", "越低越好", Better::Lower)];
pub(super) const MISSING: &[Word<MissingPolicy>] = &[
    ("zero", "零分", MissingPolicy::Zero),
    ("neutral", "半分", MissingPolicy::Neutral),
    ("excluded", "不计", MissingPolicy::Excluded),
    ("required", "必填", MissingPolicy::Required),
];
pub(super) const INFLUENCES: &[Word<Influence>] =
    &[("ours", "我方", Influence::Ours), ("theirs", "客户方", Influence::Theirs), ("data", "数据", Influence::Data)];
pub(super) const TIES: &[Word<QuotaTies>] =
    &[("external_id", "按外部编号", QuotaTies::ExternalId), ("better", "取较好等级", QuotaTies::Better)];
/// A cell that is yes or no holds `true` or `false`, or one of these.
pub(super) const YES_NO: &[Word<bool>] =
    &[("true", "是", true), ("false", "否", false), ("yes", "是", true), ("no", "否", false)];
pub(super) const COMPARISONS: &[Word<Comparison>] = &[
    ("gt", "大于", Comparison::Gt),
    ("ge", "大于等于", Comparison::Ge),
    ("lt", "小于", Comparison::Lt),
    ("le", "小于等于", Comparison::Le),
    ("eq", "等于", Comparison::Eq),
];
pub(super) const VALUE_TYPES: &[Word<ValueType>] =
    &[("number", "数字", ValueType::Number), ("text", "文本", ValueType::Text), ("flag", "是否", ValueType::Flag)];

/// The code of a meaning.
pub(super) fn code_of<T: PartialEq>(words: &[Word<T>], meaning: &T) -> &'static str {
    words.iter().find(|(.., known)| known == meaning).map_or("", |(code, ..)| code)
}

/// The meaning of a word.
pub(super) fn meaning<T: Copy>(words: &[Word<T>], text: &str) -> Option<T> {
    let found = words.iter().find(|(code, zh, _)| code.eq_ignore_ascii_case(text.trim()) || *zh == text.trim());
    found.map(|(.., meaning)| *meaning)
}

/// All codes.
pub(super) fn codes<T>(words: &[Word<T>]) -> Vec<&'static str> {
    words.iter().map(|(code, ..)| *code).collect()
}
