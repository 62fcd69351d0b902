//! The GraphQL type `Customer`: the dossier, with edges of every capability.

use async_graphql::MergedObject;

use crate::dossiers::{CustomerContactEdges, CustomerOut, CustomerTimelineEdges, CustomerUpkeepEdges};
use crate::ge_matrix::CustomerGeEdges;
use crate::grading::CustomerGradeEdges;
use crate::plans::CustomerPlanEdges;
use crate::sales::CustomerSalesEdges;

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
