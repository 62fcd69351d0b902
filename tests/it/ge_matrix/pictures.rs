//! The matrix and the migration as pictures: in both languages, light and dark, with what is behind each circle.

use fenji::values::TenantId;
use reqwest::Method;
use serde_json::json;

use super::{admin, book, definition, mapped, mapped_as_of, published};
use crate::support::{Answer, Client};

async fn picture(client: &Client, path: &str, language: &str) -> Answer {
    let request = client.request(Method::GET, path).header("Accept", "image/svg+xml");
    client.send(request.header("Accept-Language", language)).await
}

/// A book that was mapped twice.
async fn mapped_twice(admin: &Client) -> String {
    book(admin).await;
    published(admin, "ours", &definition(admin).await).await;
    mapped_as_of(admin, "ours", "2012-12").await;
    mapped(admin, "ours").await["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_theme_is_asked_for_beside_the_systems() {
    let (_app, admin) = admin().await;
    mapped_twice(&admin).await;
    for path in ["/v1/ge-matrix?", "/v1/ge-matrix/comparison?old_as_of=2012-12&"] {
        let root = |text: &str| text.split_once("class=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        for (theme, expected) in [("", "fenji-ge"), ("theme=light", "fenji-ge-light"), ("theme=dark", "fenji-ge-dark")]
        {
            let answer = picture(&admin, &format!("{path}{theme}"), "en").await;
            assert_eq!((answer.status, root(&answer.text).as_str()), (200, expected));
            assert_eq!(answer.text.contains("prefers-color-scheme"), theme.is_empty(), "{theme}");
        }
        assert_eq!(picture(&admin, &format!("{path}theme=sepia"), "en").await.status / 100, 4);
        // The data are the same in any theme.
        let data = admin.get(&format!("{path}theme=dark")).await.expect(200);
        assert_eq!(data, admin.get(path.trim_end_matches(['?', '&'])).await.expect(200));
    }
    let query = "{ geMatrix { svg(theme: DARK) } geComparison(of: {oldAsOf: \"2012-12\"}) { svg(theme: LIGHT, language: \"zh-CN\") } }";
    let graph = admin.data(query, json!({})).await;
    assert_eq!(graph["geMatrix"]["svg"], json!(picture(&admin, "/v1/ge-matrix?theme=dark", "en").await.text));
    let path = "/v1/ge-matrix/comparison?old_as_of=2012-12&theme=light";
    assert_eq!(graph["geComparison"]["svg"], json!(picture(&admin, path, "zh-CN").await.text));
}

#[actix_web::test]
async fn a_circle_leads_to_its_customer_and_a_cell_to_its_list() {
    let (_app, admin) = admin().await;
    let mapping = mapped_twice(&admin).await;
    let svg = picture(&admin, "/v1/ge-matrix", "en").await.text;
    let list = admin.get(&format!("/v1/ge-mappings/{mapping}/positions?unmapped=false")).await.expect(200);
    let circles: Vec<&str> = svg.split("<circle ").filter(|tag| tag.contains("data-id=")).collect();
    assert_eq!(circles.len(), 3);
    for position in list["items"].as_array().unwrap() {
        let text = |name: &str| position[name].as_str().unwrap();
        let id = format!("data-id=\"{}\" data-cell=\"{}\"", text("customer_id"), text("cell"));
        let circle = circles.iter().find(|tag| tag.contains(&id)).unwrap();
        assert!(circle.contains(&format!("<title>{}: ", text("customer_name"))), "{circle}");
        admin.get(&format!("/v1/customers/{}", text("customer_id"))).await.expect(200);
    }
    let tiles = svg.matches("<rect class=\"g ").count();
    assert_eq!((tiles, svg.matches("data-cell=").count()), (9, 12));
}

#[actix_web::test]
async fn chinese_beside_the_matrix_stands_upright() {
    let (_app, admin) = admin().await;
    mapped_twice(&admin).await;
    for path in ["/v1/ge-matrix", "/v1/ge-matrix/comparison?old_as_of=2012-12"] {
        let chinese = picture(&admin, path, "zh-CN").await.text;
        assert!(!chinese.contains("rotate("), "{chinese}");
        let glyphs: Vec<&str> =
            chinese.split("<tspan ").skip(1).filter_map(|tag| tag.split(['>', '<']).nth(1)).collect();
        assert_eq!(glyphs.concat(), "高中低↑市场如何");
        let english = picture(&admin, path, "en").await.text;
        assert!(english.contains("rotate(-90)") && !english.contains("<tspan"));
    }
}

#[actix_web::test]
async fn a_salesperson_draws_own_customers_alone() {
    let (app, admin) = admin().await;
    book(&admin).await;
    let people = json!([{"external_id": "S1", "name": "Li"}]);
    let made = admin.batch("/v1/salespeople:batch", &people).await;
    let own = json!([{"external_id": "edge", "name": "edge", "owner_external_id": "S1"}]);
    admin.batch("/v1/customers:batch", &own).await;
    published(&admin, "ours", &definition(&admin).await).await;
    mapped(&admin, "ours").await;
    let tenant: TenantId = admin.get("/v1/tenant").await.expect(200)["id"].as_str().unwrap().parse().unwrap();
    let li = app.salesperson(tenant, made["items"][0]["id"].as_str().unwrap().parse().unwrap());
    let svg = picture(&li, "/v1/ge-matrix", "en").await.text;
    assert_eq!(svg.matches("data-id=").count(), 1);
    assert!(svg.contains(">edge<") && !svg.contains("top"), "{svg}");
}
