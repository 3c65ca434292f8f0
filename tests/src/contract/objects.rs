//! [`ObjectStore`]

use std::ops::Deref;
use std::time::Duration;

use chatchat_adapters::storage::Objects;
use chatchat_adapters::system::SystemRandom;
use chatchat_domain::ports::{Object, ObjectKey, ObjectStore};

use super::InFolder;
use crate::services::s3::S3;

contract! {
    [
        what_is_put_is_got,
        there_is_nothing_where_nothing_was_put,
        the_last_put_counts,
        what_is_deleted_is_gone,
        deleting_what_is_not_there_is_no_error,
        an_object_may_be_empty_or_large,
        clients_are_sent_only_to_a_store_that_serves_them,
    ]
    folder => InFolder::new(|folder| Objects::folder(folder).unwrap());
    s3 => Bucket::new().await;
}

/// A bucket, with the server that it is on.
struct Bucket {
    objects: Objects,
    _server: S3,
}

impl Bucket {
    async fn new() -> Self {
        let server = S3::start().await;
        Self { objects: Objects::s3(server.url()).unwrap(), _server: server }
    }
}

impl Deref for Bucket {
    type Target = Objects;

    fn deref(&self) -> &Objects {
        &self.objects
    }
}

fn key() -> ObjectKey {
    ObjectKey::avatar(&SystemRandom)
}

async fn what_is_put_is_got(objects: &dyn ObjectStore) {
    let (one, other) = (key(), key());
    objects.put(&one, Object::picture(b"one".to_vec())).await.unwrap();
    objects.put(&other, Object::picture(b"other".to_vec())).await.unwrap();
    assert_eq!(objects.get(&one).await.unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(objects.get(&other).await.unwrap().as_deref(), Some(&b"other"[..]));
}

async fn there_is_nothing_where_nothing_was_put(objects: &dyn ObjectStore) {
    assert_eq!(objects.get(&key()).await, Ok(None));
}

async fn the_last_put_counts(objects: &dyn ObjectStore) {
    let key = key();
    objects.put(&key, Object::picture(b"a longer first version".to_vec())).await.unwrap();
    objects.put(&key, Object::picture(b"second".to_vec())).await.unwrap();
    assert_eq!(objects.get(&key).await.unwrap().as_deref(), Some(&b"second"[..]));
}

async fn what_is_deleted_is_gone(objects: &dyn ObjectStore) {
    let key = key();
    objects.put(&key, Object::picture(b"bytes".to_vec())).await.unwrap();
    objects.delete(&key).await.unwrap();
    assert_eq!(objects.get(&key).await, Ok(None));
}

async fn deleting_what_is_not_there_is_no_error(objects: &dyn ObjectStore) {
    let key = key();
    assert_eq!(objects.delete(&key).await, Ok(()));
    assert_eq!(objects.delete(&key).await, Ok(()));
}

async fn an_object_may_be_empty_or_large(objects: &dyn ObjectStore) {
    for bytes in [vec![], vec![7; 5 << 20]] {
        let key = key();
        objects.put(&key, Object::picture(bytes.clone())).await.unwrap();
        assert!(objects.get(&key).await.unwrap() == Some(bytes));
    }
}

async fn clients_are_sent_only_to_a_store_that_serves_them(objects: &dyn ObjectStore) {
    let key = key();
    objects.put(&key, Object::picture(b"bytes".to_vec())).await.unwrap();
    if let Some(url) = objects.signed_url(&key, Duration::from_secs(60)).await.unwrap() {
        let bytes = reqwest::get(url).await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
        assert_eq!(bytes.as_ref(), b"bytes");
    }
}
