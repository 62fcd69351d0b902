//! What the handler of a list asks for, and how it answers.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, VARY};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::download::{Download, Pieces};
use super::item::{Shown, TableItem};
use super::spool::Spool;
use super::write::TableWriter;
use super::{Column, ListForm, Row, columns_of};
use crate::error::{Error, Problems, Result};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Actor, PlatformTx, TenantDb, TenantTx};

/// The request for a list: who asks, and in which form.
#[derive(Debug)]
pub struct List {
    db: TenantDb,
    actor: Actor,
    accept: Option<String>,
    subject: String,
}

/// The paging parameters of a list: limit and cursor.
type Paging = (Option<u32>, Option<String>);

/// The columns of a list that has some of its own, such as those that its import reads.
pub trait TableForm<T>: 'static {
    /// The columns, as they are in the transaction's tenant.
    fn columns(&self, tx: &TenantTx) -> impl Future<Output = Result<Vec<Column>>>;

    /// One row an item, in their order.
    fn rows(&self, tx: &TenantTx, columns: &[Column], items: Vec<T>) -> impl Future<Output = Result<Vec<Row>>>;
}

impl FromRequest for List {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let actor = Actor::from_request(request, payload);
        let db = request.app_data::<Data<TenantDb>>().cloned();
        let accept = request.headers().get(ACCEPT).map(|value| value.to_str().unwrap_or("?").to_owned());
        let subject = subject(&request.match_pattern().unwrap_or_default());
        Box::pin(async move {
            let db = db.ok_or_else(|| Error::internal("no database"))?;
            Ok(Self { db: (**db).clone(), actor: actor.await?, accept, subject })
        })
    }
}

impl List {
    /// Answers with a list of the tenant's: a page of it as JSON, or the whole of it as a table.
    ///
    /// # Errors
    /// What `read` returns; `not_acceptable`; `invalid_input` for a wrong page, or for one of a table.
    pub async fn of<T: Serialize + ToSchema + Send + 'static>(
        self,
        paging: Paging,
        read: impl AsyncFn(&TenantTx, &PageRequest) -> Result<Slice<T>> + 'static,
    ) -> Result<HttpResponse> {
        let Some(form) = self.form(&paging)? else { return self.page(&paging, read).await };
        let tx = self.db.export(&self.actor).await?;
        let (request, mut is_over) = (PageRequest::whole(), false);
        let next = async move || -> Result<Option<Vec<Shown<T>>>> {
            while !is_over {
                let slice = read(&tx, &request).await?;
                is_over = !slice.has_next;
                if !slice.items.is_empty() {
                    return Ok(Some(slice.items.into_iter().map(|(_, item)| Shown(item)).collect()));
                }
            }
            Ok(None)
        };
        self.table(form, columns_of::<T>(), next).await
    }

    /// As [`List::of`], with columns of the list's own.
    ///
    /// # Errors
    /// As [`List::of`], and the columns' own.
    pub async fn in_form<T: Serialize + Send + 'static>(
        self,
        paging: Paging,
        own: impl TableForm<T>,
        read: impl AsyncFn(&TenantTx, &PageRequest) -> Result<Slice<T>> + 'static,
    ) -> Result<HttpResponse> {
        let Some(form) = self.form(&paging)? else { return self.page(&paging, read).await };
        let tx = self.db.export(&self.actor).await?;
        let (request, mut is_over) = (PageRequest::whole(), false);
        // The first piece asks for the permission.
        let mut first = Some(read(&tx, &request).await?);
        let columns = own.columns(&tx).await?;
        let header = columns.clone();
        let next = async move || -> Result<Option<Vec<Row>>> {
            while !is_over {
                let slice = match first.take() {
                    Some(slice) => slice,
                    None => read(&tx, &request).await?,
                };
                is_over = !slice.has_next;
                if !slice.items.is_empty() {
                    let items = slice.items.into_iter().map(|(_, item)| item).collect();
                    return Ok(Some(own.rows(&tx, &columns, items).await?));
                }
            }
            Ok(None)
        };
        self.table(form, header, next).await
    }

    /// Answers with a list of tenants.
    ///
    /// # Errors
    /// As [`List::of`].
    pub async fn of_platform<T: Serialize + ToSchema + Send + 'static>(
        self,
        paging: Paging,
        read: impl AsyncFn(&PlatformTx, &PageRequest) -> Result<Slice<T>>,
    ) -> Result<HttpResponse> {
        let Some(form) = self.form(&paging)? else {
            let request = PageRequest::rest(paging.0, paging.1.as_deref())?;
            let slice = self.db.platform(&self.actor, async |tx| read(tx, &request).await).await?;
            return Ok(HttpResponse::Ok().insert_header((VARY, "Accept")).json(slice.into_page()));
        };
        let request = PageRequest::whole();
        let all = self.db.platform(&self.actor, async |tx| {
            let mut all = Vec::new();
            loop {
                let slice = read(tx, &request).await?;
                all.extend(slice.items.into_iter().map(|(_, item)| Shown(item)));
                if !slice.has_next {
                    return Ok(all);
                }
            }
        });
        let mut all = Some(all.await?);
        self.table(form, columns_of::<T>(), async move || Ok(all.take())).await
    }

    /// The form of a table that is asked for; `None` for pages of JSON.
    fn form(&self, (limit, cursor): &Paging) -> Result<Option<ListForm>> {
        let form = ListForm::negotiate(self.accept.as_deref())?;
        if form == ListForm::Json {
            return Ok(None);
        }
        let mut problems = Problems::new();
        for (pointer, is_given) in [("/limit", limit.is_some()), ("/cursor", cursor.is_some())] {
            if is_given {
                let en = "A table is the whole list: leave this out, or ask for application/json.";
                problems.add(
                    pointer,
                    "not_with_tables",
                    en,
                    "表格包含整个列表：请省略此参数，或请求 application/json。",
                );
            }
        }
        problems.into_result().map(|()| Some(form))
    }

    async fn page<T: Serialize>(
        self,
        (limit, cursor): &Paging,
        read: impl AsyncFn(&TenantTx, &PageRequest) -> Result<Slice<T>>,
    ) -> Result<HttpResponse> {
        let request = PageRequest::rest(*limit, cursor.as_deref())?;
        let slice = self.db.read(&self.actor, async |tx| read(tx, &request).await).await?;
        Ok(HttpResponse::Ok().insert_header((VARY, "Accept")).json(slice.into_page()))
    }

    async fn table<I: TableItem>(
        self,
        form: ListForm,
        columns: Vec<Column>,
        next: impl AsyncFnMut() -> Result<Option<Vec<I>>> + 'static,
    ) -> Result<HttpResponse> {
        let stamp = self.db.clock().now().format("%Y%m%dT%H%M%SZ");
        let download = Download {
            file_name: format!("{}-{stamp}.{}", self.subject, form.extension()),
            content_type: form.content_type(),
            // What is wrong with a workbook shows when it is written.
            is_written_first: form == ListForm::Xlsx,
            is_compressed: form == ListForm::Xlsx,
        };
        let write = move |mut pieces: Pieces<Vec<I>>, spool: &Spool| {
            let mut writer = TableWriter::open(form, &columns, spool)?;
            while let Some(items) = pieces.next(spool)? {
                writer.write(&columns, &items)?;
            }
            writer.finish()
        };
        download.send(next, write).await
    }
}

/// What a list is of, by its address: `grading-runs-results` of `/v1/grading-runs/{id}/results`.
fn subject(pattern: &str) -> String {
    let parts = pattern.split('/').filter(|part| !part.is_empty() && *part != "v1" && !part.starts_with('{'));
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_the_address() {
        assert_eq!(subject("/v1/grading-runs/{id}/results"), "grading-runs-results");
        assert_eq!(subject("/v1/customers"), "customers");
    }
}
