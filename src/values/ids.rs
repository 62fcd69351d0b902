//! Ids: UUIDv7 inside, a plain UUID in REST, a Relay global id in GraphQL.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned, ServerResult, Value,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::Malformed;

/// A Relay global id for the object `uuid` of type `kind`.
pub fn global_id(kind: &str, uuid: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{uuid}"))
}

/// The type and UUID a global id names; `None` where it is not one of ours.
pub fn parse_global_id(id: &str) -> Option<(String, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (kind, uuid) = text.split_once(':')?;
    Some((kind.to_owned(), uuid.parse().ok()?))
}

/// The UUID in a global id of type `kind`, or in a plain UUID.
fn parse_id(kind: &str, text: &str) -> Option<Uuid> {
    text.parse().ok().or_else(|| parse_global_id(text).and_then(|(found, uuid)| (found == kind).then_some(uuid)))
}

fn no_uuid() -> Malformed {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    Malformed::new(format!("Expected an id such as {id}."), format!("应为标识，例如 {id}。"))
}

/// A Relay global id of an object of any type: the `ID` of the interface `Node`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalId(String);

impl OutputType for GlobalId {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::String(self.0.clone()))
    }
}

/// Makes an id newtype. In GraphQL it is an `ID`: the global id going out; the global id or the plain UUID coming in.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The type's name in global ids.
            pub const KIND: &'static str = $kind;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self).map_err(|_| no_uuid())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl From<$name> for Uuid {
            fn from(value: $name) -> Uuid {
                value.0
            }
        }

        impl From<$name> for GlobalId {
            fn from(value: $name) -> Self {
                Self(global_id($kind, value.0))
            }
        }

        impl From<&$name> for GlobalId {
            fn from(value: &$name) -> Self {
                (*value).into()
            }
        }

        impl InputType for $name {
            type RawValueType = Self;

            fn type_name() -> Cow<'static, str> {
                <ID as InputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as InputType>::create_type_info(registry)
            }

            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                match value.unwrap_or_default() {
                    Value::String(text) => parse_id($kind, &text)
                        .map(Self)
                        .ok_or_else(|| InputValueError::custom(concat!("expected the id of a ", $kind))),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(global_id($kind, self.0))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }

        impl OutputType for $name {
            fn type_name() -> Cow<'static, str> {
                <ID as OutputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as OutputType>::create_type_info(registry)
            }

            async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
                Ok(InputType::to_value(self))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                    .examples(["01890a5d-ac96-774b-bcce-b302099a8057"])
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

id!(/// A selling company whose data nobody else sees.
    TenantId, "Tenant");
id!(/// An API key.
    ApiKeyId, "ApiKey");
id!(/// An entry of the audit log.
    AuditEntryId, "AuditEntry");
id!(/// A background job.
    JobId, "Job");
id!(/// A customer.
    CustomerId, "Customer");
id!(/// Someone one speaks with at a customer.
    ContactId, "Contact");
id!(/// A salesperson.
    SalespersonId, "Salesperson");
id!(/// A product.
    ProductId, "Product");
id!(/// A sales line.
    SalesLineId, "SalesLine");
id!(/// A payment received from a customer.
    PaymentId, "Payment");
id!(/// An invoice or credit note.
    ReceivableId, "Receivable");
id!(/// What was spent to serve a customer.
    CostToServeId, "CostToServe");
id!(/// A file import.
    ImportId, "Import");
id!(/// A scale; its versions are numbered within it.
    ScaleId, "Scale");
id!(/// A grading run.
    GradingRunId, "GradingRun");
id!(
    /// Identifies a grade that was set by hand.
    GradeOverrideId, "GradeOverride");
id!(/// A GE model; its versions are numbered within it.
    GeModelId, "GeModel");
id!(/// A mapping of all customers into a GE model's cells.
    GeMappingId, "GeMapping");
id!(/// A sales plan.
    PlanId, "Plan");
id!(/// An address that is told of events.
    WebhookEndpointId, "WebhookEndpoint");
id!(/// An event on its way to an endpoint.
    WebhookDeliveryId, "WebhookDelivery");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_id_names_its_type() {
        let id = CustomerId(Uuid::from_u128(7));
        let Value::String(text) = InputType::to_value(&id) else { panic!("a string") };
        assert_eq!(CustomerId::parse(Some(Value::String(text.clone()))).ok(), Some(id));
        assert!(ScaleId::parse(Some(Value::String(text))).is_err());
        assert_eq!(CustomerId::parse(Some(Value::String(id.0.to_string()))).ok(), Some(id));
    }
}
