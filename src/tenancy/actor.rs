//! Who acts.

use std::collections::BTreeSet;

use super::idempotency::Exchange;
use super::{Permission, Role};
use crate::error::{Error, ErrorCode, Result};
use crate::values::{ApiKeyId, SalespersonId, TenantId};

/// Whoever a request or job acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who, as the audit log names them: a token's subject, or `api-key:<id>`.
    pub subject: String,
    /// For which tenant; none for platform operators.
    pub tenant: Option<TenantId>,
    /// With which permissions.
    pub permissions: BTreeSet<Permission>,
    /// Whose customers alone are visible, where not all are.
    pub salesperson: Option<SalespersonId>,
    /// The API key that was sent; none for a JWT, also for one that a key was changed into.
    pub api_key: Option<ApiKeyId>,
    /// Whether a program acts rather than a person: the role `integration`, or an API key, also one changed into a JWT.
    pub is_program: bool,
    /// Under which request.
    pub request_id: String,
    /// The request whose answer is kept with what is done for it; none where the client gave it no key.
    pub(super) exchange: Option<Exchange>,
}

impl Actor {
    /// Someone with a role's permissions in a tenant.
    pub fn with_role(subject: impl Into<String>, tenant: TenantId, role: Role, request_id: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            tenant: Some(tenant),
            permissions: role.permissions().iter().copied().collect(),
            salesperson: None,
            api_key: None,
            is_program: role == Role::Integration,
            request_id: request_id.into(),
            exchange: None,
        }
    }

    /// The platform's operator, as on the command line.
    pub fn platform(subject: impl Into<String>, request_id: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            tenant: None,
            permissions: Role::Platform.permissions().iter().copied().collect(),
            salesperson: None,
            api_key: None,
            is_program: false,
            request_id: request_id.into(),
            exchange: None,
        }
    }

    /// The same, at work within a request.
    pub(super) fn within(&self, exchange: Exchange) -> Self {
        Self { exchange: Some(exchange), ..self.clone() }
    }

    /// The same with everyone's customers in sight: for what is computed among all of them, of which whoever asks shows the
    /// actor only what it may see.
    pub fn seeing_everyone(&self) -> Self {
        Self { salesperson: None, ..self.clone() }
    }

    /// Whether it is at work within a request whose answer is kept with what is done for it.
    pub fn is_keyed(&self) -> bool {
        self.exchange.is_some()
    }

    /// Passes where the permission is held.
    ///
    /// # Errors
    /// `forbidden`, naming the permission.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.permissions.contains(&permission) {
            return Ok(());
        }
        let code = permission.code();
        Err(Error::new(
            ErrorCode::Forbidden,
            format!("This needs the permission {code}."),
            format!("需要权限 {code}。"),
        ))
    }
}
