//! The whole path on the 701 stores: graded, mapped, planned, and on one screen.

use super::book::Book;
use super::{dashboard, ge, grading, plans};
use crate::support::{pack, spawn_app};
use fenji::tenancy::Role;

#[actix_web::test]
async fn all_stores_are_graded_mapped_and_planned() {
    let Some(pack) = pack("adventureworks_b2b") else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant_in("adventure-works", "USD").await, Role::Admin);
    let book = Book::load(client, &pack).await;
    assert_eq!(book.customers.len(), 701);
    assert_eq!(book.net_l12().to_string(), "34632165.1006");
    let grades = grading::check(&book).await;
    let cells = ge::check(&book).await;
    let plan = plans::check(&book).await;
    dashboard::check(&book, &grades, &cells, &plan).await;
}
