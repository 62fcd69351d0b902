//! A file is loaded while the server dies.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};

use super::server::Server;
use super::work::LINES;
use super::{Stage, expect_same, furnish, lines};
use crate::support::Client;

fn file() -> String {
    let mut file =
        String::from("external_id,order_id,order_date,customer_id,product_id,quantity,unit_price,net_amount\n");
    for n in 0..LINES {
        let (customer, product, day, price) = (n % 50, n / 7 % 50, n % 28 + 1, n % 997 + 1);
        writeln!(file, "L-{n},O-{},2013-05-{day:02},C-{customer},P-{product},2,{price},{}", n / 3, price * 2).unwrap();
    }
    file
}

async fn upload(client: &Client, file: &str) -> Value {
    let request = client.request(Method::POST, "/v1/imports?kind=sales_lines").header("Content-Type", "text/csv");
    client.send(request.header("Idempotency-Key", "the file").body(file.to_owned())).await.expect(202)
}

#[actix_web::test]
async fn an_import_goes_on_where_the_server_died() {
    let stage = Stage::new().await;
    let ((calm, calm_token), (stormy, token)) = (stage.tenant("calm").await, stage.tenant("stormy").await);
    let file = file();
    let server = Server::start(&stage.database);
    let client = Client::new(&server.url, Some(calm_token));
    furnish(&client).await;
    let import = upload(&client, &file).await;
    assert_eq!(client.finished(import["job"]["id"].as_str().unwrap()).await["state"], "completed");

    let mut client = Client::new(&server.url, Some(token));
    furnish(&client).await;
    let import = upload(&client, &file).await;
    let job = import["job"]["id"].as_str().unwrap();
    let mut server = server;
    let mut seen = 0;
    // Once while it is read, and then after each of its batches.
    for _ in 0..4 {
        let job = client.get(&format!("/v1/jobs/{job}")).await.expect(200);
        seen = job["progress"]["done"].as_i64().unwrap().max(seen);
        server.kill();
        server = Server::start(&stage.database);
        client = client.at(&server.url);
        // Whoever sends it again learns what has become of it.
        assert_eq!(upload(&client, &file).await, import);
        let mut job = job;
        while job["progress"]["done"].as_i64().unwrap() <= seen && job["state"] != "completed" {
            job = client.get(&format!("/v1/jobs/{}", job["id"].as_str().unwrap())).await.expect(200);
        }
    }
    let job = client.finished(job).await;
    let counts = json!({"created": LINES, "updated": 0, "unchanged": 0, "errors": 0});
    assert_eq!((&job["state"], &job["result"]), (&json!("completed"), &counts));
    let mut superuser = stage.superuser().await;
    expect_same("lines", &lines(&mut superuser, stormy).await, &lines(&mut superuser, calm).await);
}
