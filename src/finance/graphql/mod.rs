//! Receivables, payments and costs to serve in GraphQL.

mod costs;
mod payments;
mod receivables;

use async_graphql::MergedObject;

use costs::{CostsMutation, CostsQuery};
use payments::{PaymentsMutation, PaymentsQuery};
use receivables::{ReceivablesMutation, ReceivablesQuery};

/// Queries about receivables, payments and costs to serve.
#[derive(Debug, Default, MergedObject)]
pub struct FinanceQuery(ReceivablesQuery, PaymentsQuery, CostsQuery);

/// Mutations of receivables, payments and costs to serve.
#[derive(Debug, Default, MergedObject)]
pub struct FinanceMutation(ReceivablesMutation, PaymentsMutation, CostsMutation);
