//! Which scale is the company's, of each purpose.

use crate::error::{Error, Result, or_null};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::scales::store;
use crate::scales::wire::{CompanyScaleIn, CompanyScaleOut, ScaleOut};
use crate::scales::{Purpose, ScaleScope};
use crate::tenancy::{Permission, TenantTx};

/// The company's scales, by purpose; a purpose of which no scale was published has none.
///
/// # Errors
/// `forbidden`, `invalid_input` for a foreign cursor.
pub async fn company_scales(tx: &TenantTx, page: &PageRequest) -> Result<Slice<CompanyScaleOut>> {
    tx.require(Permission::ScalesRead)?;
    store::company_scale_page(tx, page).await
}

/// The company's scale of a purpose.
///
/// # Errors
/// `forbidden`, `not_found` where no scale of the purpose was published.
pub async fn company_scale(tx: &TenantTx, purpose: Purpose) -> Result<CompanyScaleOut> {
    tx.require(Permission::ScalesRead)?;
    store::company_scale(tx, purpose).await
}

/// Names the company's scale of a purpose. It changes current grades, of which whoever calls this tells.
///
/// # Errors
/// `forbidden`, `precondition_failed`; `invalid_input` for an unknown scale, one of another purpose, a personal one, and
/// one without a published version.
pub async fn name_company_scale(
    tx: &TenantTx,
    purpose: Purpose,
    new: &CompanyScaleIn,
    expected: impl Conditional,
) -> Result<CompanyScaleOut> {
    tx.require(Permission::ScalesPublish)?;
    new.problems().into_result()?;
    let before = or_null(store::company_scale(tx, purpose).await)?;
    expected.check(before.as_ref().map_or(0, |named| named.version))?;
    let scale = nameable(tx, purpose, new).await?;
    let is_named = match &before {
        Some(same) if same.scale_id == scale.id => return Ok(same.clone()),
        Some(other) => store::update_company_scale(tx, other, scale.id).await?,
        None => store::insert_company_scale(tx, purpose, scale.id).await?,
    };
    if !is_named {
        return Err(Error::changed_meanwhile());
    }
    let after = store::company_scale(tx, purpose).await?;
    tx.audit("company_scale.named", "company_scale", purpose.code(), before.as_ref(), Some(&after)).await?;
    Ok(after)
}

/// The scale that is meant, where it can be the company's.
async fn nameable(tx: &TenantTx, purpose: Purpose, new: &CompanyScaleIn) -> Result<ScaleOut> {
    let (pointer, found) = match (new.scale_id, &new.scale_code) {
        (Some(id), _) => ("/scale_id", store::by_id(tx, id).await),
        (None, Some(code)) => ("/scale_code", store::by_code(tx, code).await),
        (None, None) => return Err(Error::internal("a company scale without a scale passed its checks")),
    };
    let Some(scale) = or_null(found)? else {
        return Err(Error::invalid_at(pointer, "unknown_reference", "There is no such scale.", "没有该量表。"));
    };
    if scale.scope == ScaleScope::Personal {
        let en = "A personal scale decides no current grades; clone it into a scale of the company first.";
        return Err(Error::invalid_at(pointer, "personal", en, "个人量表不决定当前等级；请先复制为公司量表。"));
    }
    if scale.purpose != purpose {
        let en = format!("The scale is for {}, not for {}.", scale.purpose.code(), purpose.code());
        let zh = format!("该量表用于 {}，而非 {}。", scale.purpose.code(), purpose.code());
        return Err(Error::invalid_at(pointer, "wrong_purpose", en, zh));
    }
    if scale.published_version.is_none() {
        let en = "The scale has no published version; publish one first.";
        return Err(Error::invalid_at(pointer, "not_published", en, "该量表没有已发布的版本，请先发布。"));
    }
    Ok(scale)
}

/// Makes a scale that was just published the company's, where its purpose has none.
pub(super) async fn name_first(tx: &TenantTx, scale: &ScaleOut) -> Result<()> {
    if scale.scope == ScaleScope::Personal || !store::insert_company_scale(tx, scale.purpose, scale.id).await? {
        return Ok(());
    }
    let named = store::company_scale(tx, scale.purpose).await?;
    tx.audit::<(), _>("company_scale.named", "company_scale", scale.purpose.code(), None, Some(&named)).await
}
