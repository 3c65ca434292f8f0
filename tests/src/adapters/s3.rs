//! S3 against a real server: URLs for clients, and what is wrong with a bucket.

use std::time::Duration;

use chatchat_adapters::storage::Objects;
use chatchat_adapters::system::SystemRandom;
use chatchat_domain::ports::{Object, ObjectKey, ObjectStore as _};

use crate::services::s3::S3;

const MINUTE: Duration = Duration::from_secs(60);

async fn stored(objects: &Objects, bytes: &[u8]) -> ObjectKey {
    let key = ObjectKey::avatar(&SystemRandom);
    objects.put(&key, Object::picture(bytes.to_vec())).await.unwrap();
    key
}

async fn signed(objects: &Objects, key: &ObjectKey, lifetime: Duration) -> String {
    objects.signed_url(key, lifetime).await.unwrap().unwrap()
}

#[tokio::test]
async fn whoever_has_a_signed_url_gets_the_object() {
    let server = S3::start().await;
    let objects = Objects::s3(server.url()).unwrap();
    let key = stored(&objects, b"a picture").await;
    let answer = reqwest::get(signed(&objects, &key, MINUTE).await).await.unwrap();
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/jpeg");
    assert_eq!(header("cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(answer.bytes().await.unwrap().as_ref(), b"a picture");
}

#[tokio::test]
async fn a_signed_url_is_good_for_one_object_and_one_while() {
    let server = S3::start().await;
    let objects = Objects::s3(server.url()).unwrap();
    let (key, other) = (stored(&objects, b"mine").await, stored(&objects, b"another's").await);
    let url = signed(&objects, &key, MINUTE).await;
    let short = signed(&objects, &key, Duration::from_secs(1)).await;
    let altered = [
        url.replace(key.as_str(), other.as_str()),
        url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        url.split_once('?').unwrap().0.to_owned(),
    ];
    for altered in altered {
        assert_ne!(altered, url);
        assert_eq!(reqwest::get(&altered).await.unwrap().status(), 403, "{altered}");
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(reqwest::get(&short).await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_bucket_that_can_be_used_is_told_from_one_that_cannot() {
    let server = S3::start_own().await;
    assert_eq!(Objects::s3(server.url()).unwrap().check().await, Ok(()));
    let (start, end) = server.url().split_once("@bucket").unwrap();
    for (url, may_pass) in [
        (format!("s3://keyid:wr0ng@bucket{end}"), false),
        (format!("s3://nobody:wr0ng@bucket{end}"), false),
        (format!("{start}@bucket?endpoint=http://127.0.0.1:1&region=us-east-1"), true),
    ] {
        let error = Objects::s3(&url).unwrap().check().await.unwrap_err();
        assert_eq!(error.may_pass(), may_pass, "{error}");
        let text = error.to_string();
        assert!(!text.contains("s3cr") && !text.contains("wr0ng") && !text.contains('\n'), "{text}");
    }
}
