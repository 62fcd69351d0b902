//! Sales in GraphQL.

mod edges;
mod mutations;
mod queries;
mod statistics;

pub use edges::{CustomerSalesEdges, MonthlySalesKey, MonthlySalesLoader};
pub use mutations::SalesMutation;
pub use queries::SalesQuery;
pub use statistics::StatisticsQueries;
