//! A client that speaks JSON.

use std::time::Duration;

use fenji::values::parse_global_id;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Someone who talks to the server.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body, having checked the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|h| h.to_str().ok()).unwrap_or_default()
    }
}

/// Where and what is wrong: of a problem's `errors`, a batch item's `problems`, a payload's `userErrors`.
pub fn problems(list: &Value) -> Vec<(&str, &str)> {
    list.as_array().unwrap().iter().map(|p| (p["pointer"].as_str().unwrap(), p["code"].as_str().unwrap())).collect()
}

/// The plain UUID in a global id of GraphQL.
pub fn plain(global: &Value) -> String {
    parse_global_id(global.as_str().unwrap()).unwrap().1.to_string()
}

impl Client {
    pub fn new(url: &str, token: Option<String>) -> Self {
        Self { http: reqwest::Client::builder().no_proxy().build().unwrap(), url: url.to_owned(), token }
    }

    /// The same person at another server.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// A request to build on.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Sends a batch of which every item must be taken; the answer.
    pub async fn batch(&self, path: &str, items: &Value) -> Value {
        let batch = self.post(path, items).await.expect(207);
        assert_eq!(batch["counts"]["errors"], 0, "{batch}");
        batch
    }

    /// Defines attributes by code and type, as a whole number of them at once.
    pub async fn define(&self, attributes: &[(&str, &str)]) {
        let definition =
            |(code, kind): &(&str, &str)| json!({"code": code, "label": {"en": code, "zh": code}, "type": kind});
        let items: Vec<Value> = attributes.iter().map(definition).collect();
        self.batch("/v1/attribute-definitions:batch", &json!(items)).await;
    }

    /// A GraphQL operation.
    pub async fn graphql(&self, query: &str, variables: Value) -> Answer {
        self.post("/graphql", &json!({"query": query, "variables": variables})).await
    }

    /// A GraphQL operation that must succeed; its data.
    #[track_caller]
    pub fn data(&self, query: &str, variables: Value) -> impl Future<Output = Value> {
        let (client, query) = (self.clone(), query.to_owned());
        async move {
            let answer = client.graphql(&query, variables).await;
            let mut body = answer.json();
            assert!(body.get("errors").is_none(), "{}", answer.text);
            body["data"].take()
        }
    }

    /// Uploads a file as an import and waits for its end; the import.
    pub async fn import(&self, kind: &str, file: Vec<u8>) -> Value {
        let request =
            self.request(Method::POST, &format!("/v1/imports?kind={kind}")).header("Content-Type", "text/csv");
        let import = self.send(request.body(file)).await.expect(202);
        let job = self.finished(import["job"]["id"].as_str().unwrap()).await;
        let path = format!("/v1/imports/{}", import["id"].as_str().unwrap());
        let mut import = self.get(&path).await.expect(200);
        import["job"] = job;
        import
    }

    /// Polls a job until it has ended; at most two minutes.
    pub async fn finished(&self, job: &str) -> Value {
        for _ in 0..4800 {
            let job = self.get(&format!("/v1/jobs/{job}")).await.expect(200);
            if !matches!(job["state"].as_str(), Some("queued" | "running")) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("job {job} did not end");
    }
}
