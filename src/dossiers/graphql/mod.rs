//! Customers, salespeople and purchase potentials in GraphQL.
//!
//! A customer's edges belong to the capabilities above, so the type of a customer in the schema is made above too: the
//! queries and mutations here are generic over it.

mod attributes;
mod contacts;
mod external_ids;
mod life;
mod mutation;
mod query;
mod territories;
mod timeline;
mod upkeep;

pub use attributes::{AttributesMutation, AttributesQuery};
pub use contacts::{ContactsLoader, ContactsMutation, ContactsQuery, CustomerContactEdges};
pub use external_ids::ExternalIdsMutation;
pub use life::CustomerLifeMutation;
pub use mutation::DossiersMutation;
pub use query::DossiersQuery;
pub use territories::{TerritoriesMutation, TerritoriesQuery};
pub use timeline::{CustomerTimelineEdges, CustomerTimelineLoader, TimelineQuery};
pub use upkeep::{CustomerUpkeepEdges, CustomerUpkeepLoader, UpkeepQuery};

use async_graphql::OutputType;

use super::wire::CustomerOut;
use crate::error::Error;

/// The type of a customer in the schema: its own fields, and edges to whatever else is known of it.
pub trait CustomerNode: OutputType + From<CustomerOut> + Send + Sync + 'static {}

impl<N: OutputType + From<CustomerOut> + Send + Sync + 'static> CustomerNode for N {}

/// Moves the problems of a part of the input under its field; those of `system` beside it stay.
fn under<T>(field: &str, outcome: crate::error::Result<T>) -> crate::error::Result<T> {
    let of_the_part = |error: &Error| error.problems().iter().any(|problem| problem.pointer != "/system");
    outcome.map_err(|error| if of_the_part(&error) { error.under(field) } else { error })
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptySubscription, MergedObject, Object, Schema};

    use super::*;
    use crate::values::CustomerId;

    struct Edges(CustomerId);

    #[Object]
    impl Edges {
        async fn neighbour(&self) -> CustomerId {
            self.0
        }
    }

    #[derive(MergedObject)]
    struct Customer(CustomerOut, Edges);

    impl From<CustomerOut> for Customer {
        fn from(customer: CustomerOut) -> Self {
            let id = customer.id;
            Self(customer, Edges(id))
        }
    }

    #[derive(MergedObject, Default)]
    struct Query(DossiersQuery<Customer>);

    #[derive(MergedObject, Default)]
    struct Mutation(DossiersMutation<Customer>);

    #[test]
    fn the_customer_of_the_schema_is_the_merged_one() {
        let sdl = Schema::build(Query::default(), Mutation::default(), EmptySubscription).finish().sdl();
        let customer = sdl.split("type Customer {").nth(1).unwrap().split("\n}").next().unwrap();
        assert!(customer.contains("externalId: String!") && customer.contains("neighbour: ID!"), "{customer}");
        assert!(!sdl.contains("CustomerFields"), "{sdl}");
        for field in [
            "customer(id: ID!, asOf: AsOf): Customer\n",
            "filter: CustomerFilter, sort: String): CustomerConnection!",
            "purchasePotentials(customerId: ID!, asOf: AsOf): PurchasePotentials\n",
            "salesperson(id: ID!): Salesperson\n",
            "createCustomer(input: CreateCustomerInput!): CustomerPayload!",
            "updateCustomer(input: UpdateCustomerInput!): CustomerPayload!",
            "upsertCustomer(input: UpsertCustomerInput!): CustomerPayload!",
            "upsertCustomers(input: UpsertCustomersInput!): UpsertCustomersPayload!",
            "setPurchasePotentials(input: SetPurchasePotentialsInput!): PurchasePotentialsPayload!",
            "upsertSalesperson(input: UpsertSalespersonInput!): SalespersonPayload!",
            "upsertSalespeople(input: UpsertSalespeopleInput!): UpsertSalespeoplePayload!",
        ] {
            assert!(sdl.contains(field), "{field} is not in\n{sdl}");
        }
    }
}
