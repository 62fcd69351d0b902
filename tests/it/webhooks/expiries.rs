//! A grade set by hand comes to its time, and that is told once.

use std::time::Duration;

use fenji::clock::{Clock, SystemClock};
use fenji::grading::tell_expired_overrides;
use fenji::tenancy::{Actor, Role};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Post;
use super::events::{grade, revenue_scale};
use crate::support::{Received, sell};

const HOUR: Duration = Duration::from_secs(3_600);

impl Post {
    /// Sets a grade that holds for a time; the override.
    async fn overrule(&self, customer: &str, grade: &str, holds: Duration) -> Value {
        let new = json!({"grade": grade, "reason": "Agreed", "expires_at": self.app.clock.now() + holds});
        self.admin.put(&format!("/v1/customers/{customer}/grade-override"), &new).await.expect(200)
    }

    /// Customer, cause, and the grade before and after, of all that was told since, by these.
    async fn told(&self) -> Vec<[String; 4]> {
        self.deliver().await;
        let fields = ["external_id", "cause", "old_grade", "new_grade"];
        let told = |received: &Received| fields.map(|name| received.json()["data"][name].as_str().unwrap().to_owned());
        let mut all: Vec<_> = self.sink.received().iter().map(told).collect();
        all.sort();
        all
    }

    async fn sweep(&self) -> usize {
        tell_expired_overrides(&self.app.state.db).await.unwrap()
    }
}

fn text(texts: &[[&str; 4]]) -> Vec<[String; 4]> {
    texts.iter().map(|texts| texts.map(str::to_owned)).collect()
}

#[actix_web::test]
async fn an_override_that_expires_is_told_once_however_many_workers_look() {
    let post = Post::open().await;
    let stop = CancellationToken::new();
    let worker = post.app.start_worker(stop.clone());
    let names = ["A", "B", "C", "D", "E"];
    let ids = sell(&post.admin, &names.map(|name| (name, "2013-10-05", "pump", "10", ""))).await;
    let scale = revenue_scale(&post).await;
    grade(&post, &scale, "2013-10").await;
    post.endpoint(&["customer.grade_changed"]).await;
    let set = post.overrule(&ids["A"], "HIGH", HOUR).await;
    // One that is withdrawn, one that changed nothing, one of a customer that has gone, and one that holds longer.
    post.overrule(&ids["B"], "HIGH", HOUR).await;
    post.admin.delete(&format!("/v1/customers/{}/grade-override", ids["B"])).await.expect(200);
    post.overrule(&ids["C"], "LOW", HOUR).await;
    post.overrule(&ids["D"], "HIGH", HOUR).await;
    post.admin.post(&format!("/v1/customers/{}:archive", ids["D"]), &Value::Null).await.expect(200);
    post.overrule(&ids["E"], "HIGH", 2 * HOUR).await;
    post.told().await;

    post.later(HOUR - Duration::from_secs(1));
    assert_eq!(post.sweep().await, 0);
    post.later(Duration::from_secs(1));
    let taken = futures::future::join_all((0..4).map(|_| post.sweep())).await;
    assert_eq!(taken.iter().sum::<usize>(), 3, "{taken:?}");
    assert_eq!(post.sweep().await, 0);
    post.deliver().await;
    let received = post.sink.received();
    assert_eq!(received.len(), 1, "{received:?}");
    let data = received[0].json()["data"].take();
    assert_eq!((&data["external_id"], &data["cause"]), (&json!("A"), &json!("override_expired")));
    assert_eq!((&data["old_grade"], &data["new_grade"]), (&json!("HIGH"), &json!("LOW")));
    assert_eq!((&data["computed_grade"], &data["override_id"]), (&json!("LOW"), &set["id"]));
    stop.cancel();
    worker.await.unwrap();
}

#[actix_web::test]
async fn what_comes_before_a_worker_looks_is_told_after_the_expiry() {
    let mut post = Post::open().await;
    // Jobs are due by the database's own clock, so that what is enqueued later must not lie ahead of it.
    post.app.clock.set(SystemClock.now() - 4 * HOUR);
    let actor = Actor::with_role("test-admin", post.tenant, Role::Admin, "test");
    post.admin = post.app.with_token(&post.app.state.authenticator.issue(&actor, Role::Admin, 9 * HOUR).unwrap());
    let stop = CancellationToken::new();
    let worker = post.app.start_worker(stop.clone());
    let ids = sell(&post.admin, &["A", "B"].map(|name| (name, "2013-10-05", "pump", "10", ""))).await;
    let scale = revenue_scale(&post).await;
    grade(&post, &scale, "2013-10").await;
    post.endpoint(&["customer.grade_changed"]).await;
    post.overrule(&ids["A"], "HIGH", HOUR).await;
    post.overrule(&ids["B"], "HIGH", HOUR).await;
    post.told().await;

    // Another override, and a run that gives by itself what was set.
    post.later(HOUR);
    post.overrule(&ids["A"], "HIGH", HOUR).await;
    let expected = text(&[["A", "override", "LOW", "HIGH"], ["A", "override_expired", "HIGH", "LOW"]]);
    assert_eq!(post.told().await, expected);
    sell(&post.admin, &[("B", "2013-11-05", "pump", "5000", "")]).await;
    grade(&post, &scale, "2013-11").await;
    let expected = text(&[["B", "override_expired", "HIGH", "LOW"], ["B", "run", "LOW", "HIGH"]]);
    assert_eq!(post.told().await, expected);
    assert_eq!(post.sweep().await, 0);
    post.later(HOUR);
    assert_eq!((post.sweep().await, post.told().await), (1, text(&[["A", "override_expired", "HIGH", "LOW"]])));
    stop.cancel();
    worker.await.unwrap();
}
