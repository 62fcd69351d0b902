//! What-if: a definition tried on the whole book, nothing stored.

use super::held_books::{BookInUse, HeldBooks, Wanted};
use crate::error::{Error, Result, or_null};
use crate::grading::held_book::Columns;
use crate::grading::scale_changes::changed;
use crate::grading::selection::AllCustomers;
use crate::grading::store;
use crate::grading::trial::Trial;
use crate::grading::what_if::{Comparison, gradable};
use crate::grading::wire::{SensitivityIn, SensitivityOut, Thresholds, TriedWeight, WhatIfIn, WhatIfOut};
use crate::grading::{Selection, sensitivity};
use crate::scales::{GradeBands, ScaleDefinition, ScaleOut, scale_version};
use crate::tenancy::{Permission, TenantDb, TenantTx};
use crate::values::SalespersonId;

/// A question with all that it needs of the database, to be answered without it.
pub struct PreparedWhatIf {
    input: WhatIfIn,
    in_use: BookInUse,
    compared: Option<(i32, ScaleDefinition)>,
    /// The definition, and where its problems are told.
    tried: (ScaleDefinition, &'static str),
    thresholds: Thresholds,
    salesperson: Option<SalespersonId>,
}

/// Checks a question and gets its book, from memory where it is there.
///
/// # Errors
/// `forbidden`; `invalid_input` for an unknown scale or version, for changes that fit nowhere, and for a selection whose
/// book takes more memory than there is for it.
pub async fn prepare_what_if(
    tx: &TenantTx,
    db: &TenantDb,
    books: &HeldBooks,
    input: WhatIfIn,
) -> Result<PreparedWhatIf> {
    tx.require(Permission::GradingRead)?;
    input.problems().into_result()?;
    let selection = input.selection.clone().unwrap_or(Selection::All(AllCustomers::default()));
    super::check_selection(tx, &selection).await?;
    let scale = super::named_scale(tx, input.scale_id, input.scale_code.as_ref()).await?;
    let compared = match input.version.or(scale.published_version) {
        Some(number) => Some((number, stored(tx, &scale, number, "/version").await?)),
        None => None,
    };
    let tried = match (&input.definition, input.draft_version, &input.changes) {
        (Some(definition), ..) => (definition.clone(), "/definition"),
        (None, Some(number), _) => (stored(tx, &scale, number, "/draft_version").await?, "/draft_version"),
        (None, None, changes) => {
            let Some((_, base)) = &compared else {
                let en = "The scale has no published version to change; name a version.";
                return Err(Error::invalid_at("/version", "required", en, "该量表没有已发布的版本，请指定版本。"));
            };
            (changed(base, &changes.clone().unwrap_or_default())?, "/changes")
        }
    };
    let thresholds = match &input.thresholds {
        Some(thresholds) => thresholds.clone(),
        None => store::settings(tx).await?.thresholds,
    };
    // What is compared with comes first: its facts then lie in its order, and so do those of changed weights.
    let columns = Columns::of(compared.iter().map(|(_, definition)| definition).chain([&tried.0]));
    let wanted = Wanted { scale: scale.id, as_of: input.as_of, selection, columns };
    let in_use = books.get(tx, db, wanted).await?;
    let salesperson = tx.actor().salesperson;
    Ok(PreparedWhatIf { input, in_use, compared, tried, thresholds, salesperson })
}

impl PreparedWhatIf {
    /// Scores and counts, off the async threads.
    ///
    /// # Errors
    /// `invalid_input` with all that is wrong with the definition.
    pub async fn answer(self) -> Result<WhatIfOut> {
        let Self { input, in_use, compared, tried: (definition, at), thresholds, salesperson } = self;
        let after = in_use.tried(definition, at).await?;
        let before = match &compared {
            Some((_, definition)) => Some(in_use.compared(definition.clone()).await?),
            None => None,
        };
        let version = compared.map(|(version, _)| version);
        in_use
            .work(move |book| {
                let visible = book.visible_to(salesperson);
                let trials: (Option<&Trial>, &Trial) = (before.as_deref(), &after);
                let comparison = Comparison { book, visible: &visible, before: trials.0, after: trials.1 };
                told(&input, &comparison, version, &thresholds)
            })
            .await
    }
}

/// How far each weight of a scale can move before shares of its grades change.
///
/// # Errors
/// `forbidden`; `invalid_input` for an unknown scale or version, for a selection whose book is too large, and with all that
/// is wrong with the definition.
pub async fn sensitivity(
    tx: &TenantTx,
    db: &TenantDb,
    books: &HeldBooks,
    input: SensitivityIn,
) -> Result<SensitivityOut> {
    tx.require(Permission::GradingRead)?;
    input.problems().into_result()?;
    let selection = input.selection.clone().unwrap_or(Selection::All(AllCustomers::default()));
    super::check_selection(tx, &selection).await?;
    let scale = super::named_scale(tx, input.scale_id, input.scale_code.as_ref()).await?;
    let (definition, at) = match (&input.definition, input.version.or(scale.published_version)) {
        (Some(definition), _) => (definition.clone(), "/definition"),
        (None, Some(number)) => (stored(tx, &scale, number, "/version").await?, "/version"),
        (None, None) => {
            let en = "The scale has no published version; name a version.";
            return Err(Error::invalid_at("/version", "required", en, "该量表没有已发布的版本，请指定版本。"));
        }
    };
    let wanted = Wanted { scale: scale.id, as_of: input.as_of, selection, columns: Columns::of([&definition]) };
    let in_use = books.get(tx, db, wanted).await?;
    let (salesperson, shares) = (tx.actor().salesperson, input.shares());
    let trial = in_use.tried(definition, at).await?;
    in_use
        .work(move |book| {
            let visible = book.visible_to(salesperson);
            let is_exact = matches!(trial.definition().grade_bands, GradeBands::Fixed(_));
            SensitivityOut {
                as_of: input.as_of,
                graded: gradable(&trial, &visible),
                method: if is_exact { "exact" } else { "halving" }.to_owned(),
                dimensions: sensitivity::sensitivity(book, &visible, &trial, &shares),
            }
        })
        .await
}

fn told(input: &WhatIfIn, comparison: &Comparison<'_>, version: Option<i32>, thresholds: &Thresholds) -> WhatIfOut {
    let Comparison { visible, before, after, .. } = *comparison;
    let movers = comparison.movers();
    let (skipped, shown) = input.mover_range();
    let page: Vec<usize> = movers.iter().copied().skip(skipped).take(shown).collect();
    let weights = after.definition().dimensions.iter();
    WhatIfOut {
        as_of: input.as_of,
        compared_version: version,
        customers: visible.len() as i64,
        gradable_before: before.map(|before| gradable(before, visible)),
        gradable_after: gradable(after, visible),
        before: before.map(|before| before.distribution(visible)),
        after: after.distribution(visible),
        transitions: comparison.transitions(),
        changed: movers.len() as i64,
        movers: comparison.explained(&page),
        matrix: comparison.matrix(thresholds),
        weights: weights.map(|d| TriedWeight { dimension: d.code.clone(), weight: d.weight }).collect(),
    }
}

/// A stored version's definition.
async fn stored(tx: &TenantTx, scale: &ScaleOut, number: i32, at: &str) -> Result<ScaleDefinition> {
    let found = or_null(scale_version(tx, scale.id, number).await)?;
    found.map(|version| version.definition).ok_or_else(|| {
        Error::invalid_at(at, "unknown_reference", "The scale has no such version.", "该量表没有此版本。")
    })
}
