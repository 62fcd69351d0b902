//! The GraphQL type `Customer`: the dossier, with edges of every capability.

use async_graphql::{Context, MergedObject, Result};

use crate::dossiers::{CustomerContactEdges, CustomerOut, CustomerTimelineEdges, CustomerUpkeepEdges};
use crate::ge_matrix::CustomerGeEdges;
use crate::grading::CustomerGradeEdges;
use crate::plans::CustomerPlanEdges;
use crate::sales::CustomerSalesEdges;
use crate::values::CustomerId;

/// A company the tenant sells to, or wants to.
#[derive(Debug, MergedObject)]
pub struct Customer(
    CustomerOut,
    CustomerTimelineEdges,
    CustomerUpkeepEdges,
    CustomerContactEdges,
    CustomerSalesEdges,
    CustomerGradeEdges,
    CustomerGeEdges,
    CustomerPlanEdges,
);

impl Customer {
    /// Its id, for the interface `Node`.
    pub(super) async fn id(&self, _: &Context<'_>) -> Result<CustomerId> {
        Ok(self.0.id)
    }
}

impl From<CustomerOut> for Customer {
    fn from(customer: CustomerOut) -> Self {
        let id = customer.id;
        Self(
            customer,
            CustomerTimelineEdges(id),
            CustomerUpkeepEdges(id),
            CustomerContactEdges(id),
            CustomerSalesEdges(id),
            CustomerGradeEdges(id),
            CustomerGeEdges(id),
            CustomerPlanEdges(id),
        )
    }
}
