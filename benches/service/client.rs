//! A client as an integration is one: it uploads a file and waits for the job.

use std::path::Path;
use std::time::{Duration, Instant};

use fenji::imports::body_of;
use reqwest::{Body, Response};
use serde_json::Value;

use super::Result;

/// How often a job is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Someone with a token.
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// An import that has ended.
#[derive(Debug)]
pub struct Imported {
    /// From the first byte of the request to the end of the job.
    pub took: Duration,
    /// Until the upload was answered.
    pub upload: Duration,
    /// Its counts.
    pub counts: Value,
}

impl Client {
    pub fn new(url: &str, token: &str) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, url: url.to_owned(), token: token.to_owned() })
    }

    /// Imports a text.
    pub async fn import_text(&self, kind: &str, text: String) -> Result<Imported> {
        self.import(kind, Body::from(text)).await
    }

    /// Imports a file, streaming it.
    pub async fn import_file(&self, kind: &str, path: &Path) -> Result<Imported> {
        let file = tokio::fs::File::open(path).await?;
        self.import(kind, Body::wrap_stream(body_of(file))).await
    }

    async fn import(&self, kind: &str, body: Body) -> Result<Imported> {
        let since = Instant::now();
        let request = self.http.post(format!("{}/v1/imports?kind={kind}", self.url)).bearer_auth(&self.token);
        let import = read(request.header("Content-Type", "text/csv").body(body).send().await?).await?;
        let upload = since.elapsed();
        let counts = self.completed(import["job"]["id"].as_str().ok_or("no job")?).await?;
        Ok(Imported { took: since.elapsed(), upload, counts })
    }

    /// Waits until a job has completed; its result.
    pub async fn completed(&self, job: &str) -> Result<Value> {
        loop {
            let mut job = self.get(&format!("/v1/jobs/{job}")).await?;
            match job["state"].as_str() {
                Some("queued" | "running") => tokio::time::sleep(POLL).await,
                Some("completed") => return Ok(job["result"].take()),
                _ => return Err(format!("the job ended otherwise: {job}").into()),
            }
        }
    }

    /// Sends a JSON body; the answer's.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        read(self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body).send().await?).await
    }

    async fn get(&self, path: &str) -> Result<Value> {
        read(self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await?).await
    }
}

async fn read(response: Response) -> Result<Value> {
    let status = response.status();
    let text = response.text().await?;
    if !status.is_success() {
        return Err(format!("{status}: {text}").into());
    }
    Ok(serde_json::from_str(&text)?)
}
