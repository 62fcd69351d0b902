//! The number of SQL statements of a query depends on its depth, never on how many rows it returns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fenji::tenancy::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::support::{Client, Sale, TestDatabase, label, sell, spawn_app_at};

const DASHBOARD: &str = "query($first: Int!) { customers(first: $first) { edges { node { id name territory grade { grade score } \
    geCell { cell } monthlySales(last: 12) { month net cost } } } pageInfo { hasNextPage endCursor } } }";

/// Stands between a server and its Postgres, and counts what is asked: every message that executes a statement.
async fn count_statements(host: String, port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect((host.as_str(), port)).await.unwrap();
            let (mut from_server, to_server) = server.into_split();
            let (from_client, mut to_client) = client.into_split();
            tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
            tokio::spawn(forward(from_client, to_server, count.clone()));
        }
    });
    (place, asked)
}

/// Passes messages on until either side closes: https://www.postgresql.org/docs/current/protocol-message-formats.html
async fn forward(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    asked: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    const SSL_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();
    // Before the first messages with a kind there is a start without one, and before that perhaps a question for TLS.
    loop {
        let start = body(&mut client).await?;
        server.write_all(&u32::try_from(start.len() + 4).unwrap().to_be_bytes()).await?;
        server.write_all(&start).await?;
        if start != SSL_REQUEST {
            break;
        }
    }
    loop {
        let kind = client.read_u8().await?;
        let rest = body(&mut client).await?;
        // A transaction that only read is ended after the answer has gone out.
        let ends = rest.starts_with(b"ROLLBACK") || rest.starts_with(b"COMMIT");
        if matches!(kind, b'E' | b'Q') && !ends {
            asked.fetch_add(1, Ordering::SeqCst);
        }
        server.write_u8(kind).await?;
        server.write_all(&u32::try_from(rest.len() + 4).unwrap().to_be_bytes()).await?;
        server.write_all(&rest).await?;
    }
}

async fn body(client: &mut OwnedReadHalf) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from(client.read_u32().await?).unwrap() - 4;
    let mut body = vec![0; length];
    client.read_exact(&mut body).await?;
    Ok(body)
}

/// Customers, 222 of them, who are graded, mapped and have sales.
async fn book(admin: &Client) {
    let ids: Vec<String> = (0..222).map(|n| format!("C{n:02}")).collect();
    let sales: Vec<Sale<'_>> = ids
        .iter()
        .flat_map(|id| [(id.as_str(), "2013-12-05", "P", "10", "8"), (id.as_str(), "2012-12-05", "P", "9", "8")])
        .collect();
    sell(admin, &sales).await;
    let known = |id: &String| json!({"external_id": id, "name": id, "employees": 20, "annual_revenue": "1000000"});
    admin.batch("/v1/customers:batch", &json!(ids.iter().map(known).collect::<Vec<_>>())).await;
    let potential = |id: &String| json!({"customer_external_id": id, "category": "P", "yearly_amount": "100"});
    let potentials = json!(ids.iter().map(potential).collect::<Vec<_>>());
    admin.batch("/v1/purchase-potentials:batch", &potentials).await;
    for (path, template, run, asked) in [
        (
            "/v1/scales",
            "industrial_distributor",
            "/v1/grading-runs",
            json!({"scale_code": "ours", "as_of": "2013-12", "selection": {"all": {}}}),
        ),
        ("/v1/ge-models", "standard", "/v1/ge-mappings", json!({"model_code": "ours", "as_of": "2013-12"})),
    ] {
        let new = json!({"code": "ours", "name": label("Ours"), "template": template});
        let made = admin.post(path, &new).await.expect(201);
        admin
            .post(&format!("{path}/{}/versions/1:publish", made["id"].as_str().unwrap()), &Value::Null)
            .await
            .expect(200);
        let started = admin.post(run, &asked).await.expect(202);
        assert_eq!(admin.finished(started["job"]["id"].as_str().unwrap()).await["state"], "completed");
    }
}

#[actix_web::test]
async fn the_dashboard_asks_as_much_for_two_customers_as_for_two_hundred() {
    let database = TestDatabase::create().await;
    let (host, port) = database.address();
    let (place, asked) = count_statements(host.to_owned(), port).await;
    let url = database.app_url().replace(&format!("{host}:{port}"), &format!("127.0.0.1:{place}"));
    let app = spawn_app_at(database, &url).await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let stop = CancellationToken::new();
    let worker = app.start_worker(stop.clone());
    book(&admin).await;
    stop.cancel();
    worker.await.unwrap();

    // A machine that has much to do may take longer than the time that edges usually wait for one another.
    let admin = admin.at(&app.listening_with(|state| state.gather = Duration::from_millis(200)));
    // Once before, so that every connection has been made.
    admin.data(DASHBOARD, json!({"first": 2})).await;
    let mut counts = Vec::new();
    for first in [2, 20, 200] {
        let before = asked.load(Ordering::SeqCst);
        let found = admin.data(DASHBOARD, json!({"first": first})).await["customers"].take();
        counts.push(asked.load(Ordering::SeqCst) - before);
        let edges = found["edges"].as_array().unwrap();
        assert_eq!((edges.len(), &found["pageInfo"]["hasNextPage"]), (first, &json!(true)));
        for edge in edges {
            let node = &edge["node"];
            assert!(!node["grade"]["grade"].is_null() && !node["geCell"]["cell"].is_null(), "{node}");
            assert_eq!(node["monthlySales"][11], json!({"month": "2013-12", "net": "10.0000", "cost": "8.0000"}));
        }
    }
    assert_eq!((counts[1], counts[2]), (counts[0], counts[0]));
    // The tenant and the actor, one a level, one an edge, and how far sales reach: more would be somebody asking twice.
    assert!((4..=7).contains(&counts[0]), "{} statements", counts[0]);
}
