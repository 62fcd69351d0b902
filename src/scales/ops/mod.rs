//! Use cases.

mod company;
mod documents;
mod judgements;
mod merging;
mod scales;
mod versions;

pub use company::{company_scale, company_scales, name_company_scale};
pub(super) use documents::{ImportTerms, Incoming, document, import_scale, import_version};
pub use judgements::{judge, member_ratings, upsert_judgements};
pub(super) use judgements::{judge_one, judgements, missing_judgements};
pub(super) use merging::merge_scales;
pub use scales::{create, get, scale_by_code, scale_by_id};
pub(super) use scales::{list, list_templates};
pub(super) use versions::{clone_version, compare_versions, retire_version, validate_version, version, versions};
pub use versions::{create_version, publish_version, scale_version, update_version};

use super::wire::{ScaleOut, ScaleVersionOut};
use super::{Problem, ScaleScope, store};
use crate::error::{Error, ErrorCode, FieldProblem, Result, or_null};
use crate::tenancy::{Permission, TenantTx};
use crate::values::ScaleId;

/// Passes where the actor may create scales of this scope.
fn may_create(tx: &TenantTx, scope: ScaleScope) -> Result<()> {
    tx.require(match scope {
        ScaleScope::Company => Permission::ScalesWrite,
        ScaleScope::Personal => Permission::ScalesPersonal,
    })
}

/// A scale that the actor may change: its own, or, with the permission, the company's. Nobody changes another member's.
async fn editable(tx: &TenantTx, id: ScaleId, permission: Permission) -> Result<ScaleOut> {
    let scale = or_null(store::by_id(tx, id).await)?;
    if let Some(own) = scale.as_ref().filter(|scale| scale.belongs_to(&tx.actor().subject)) {
        tx.require(Permission::ScalesPersonal)?;
        return Ok(own.clone());
    }
    tx.require(permission)?;
    let scale = scale.ok_or_else(Error::not_found)?;
    match scale.scope {
        ScaleScope::Company => Ok(scale),
        ScaleScope::Personal => {
            let en = "A personal scale is changed by the member it belongs to; clone it to go on from it.";
            Err(Error::new(ErrorCode::Forbidden, en, "个人量表只能由其所有者更改；可复制后继续使用。"))
        }
    }
}

fn place(version: &ScaleVersionOut) -> String {
    format!("{}/{}", version.scale_id, version.number)
}

impl From<Problem> for FieldProblem {
    fn from(problem: Problem) -> Self {
        Self { pointer: problem.pointer, code: problem.code.code(), detail: problem.detail }
    }
}
