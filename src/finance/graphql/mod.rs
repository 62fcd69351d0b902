//! Receivables, payments and costs to serve in GraphQL.

mod balances;
mod costs;
mod payments;
mod receivables;

use async_graphql::MergedObject;

use balances::BalancesQuery;
use costs::{CostsMutation, CostsQuery};
use payments::{PaymentsMutation, PaymentsQuery};
use receivables::{ReceivablesMutation, ReceivablesQuery};

/// Queries about receivables, payments and costs to serve.
#[derive(Debug, Default, MergedObject)]
pub struct FinanceQuery(ReceivablesQuery, BalancesQuery, PaymentsQuery, CostsQuery);

/// Mutations of receivables, payments and costs to serve.
#[derive(Debug, Default, MergedObject)]
pub struct FinanceMutation(ReceivablesMutation, PaymentsMutation, CostsMutation);
