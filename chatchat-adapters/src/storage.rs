//! Objects (pictures, files) in a folder or in an S3 bucket.

#[cfg(feature = "s3")]
mod s3;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;
#[cfg(feature = "folder")]
use std::{io, path::Path};

use async_trait::async_trait;
use chatchat_domain::Error;
use chatchat_domain::ports::{Object, ObjectKey, ObjectStore};
use object_store::{Attribute, Attributes, ObjectStore as Store, ObjectStoreExt as _, PutOptions};

#[cfg(feature = "s3")]
pub use s3::S3Error;

/// Keeps objects in whatever the `object_store` crate knows.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn Store>,
    /// Makes URLs, where clients can fetch objects themselves.
    signer: Option<Arc<dyn Signer>>,
}

/// A store that serves clients itself.
#[async_trait]
trait Signer: fmt::Debug + Send + Sync {
    /// A URL at which whoever has it gets what is at `path`.
    async fn url(&self, path: &object_store::path::Path, lifetime: Duration) -> Result<String, Error>;
}

impl Objects {
    /// Objects in `folder`, which is made if there is none.
    ///
    /// # Errors
    /// When the folder cannot be used.
    #[cfg(feature = "folder")]
    pub fn folder(folder: &Path) -> io::Result<Self> {
        crate::files::private_folder(folder)?;
        let store =
            object_store::local::LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
        Ok(Self { store: Arc::new(store.with_fsync(true)), signer: None })
    }
}

#[async_trait]
impl ObjectStore for Objects {
    async fn put(&self, key: &ObjectKey, object: Object) -> Result<(), Error> {
        let attributes = if self.signer.is_some() { told_to_clients(&object) } else { Attributes::new() };
        let options = PutOptions { attributes, ..PutOptions::default() };
        self.store.put_opts(&path(key), object.bytes.into(), options).await.map(|_| ()).map_err(unavailable)
    }

    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, Error> {
        let found = match self.store.get(&path(key)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found.map_err(unavailable)?,
        };
        found.bytes().await.map(|bytes| Some(bytes.into())).map_err(unavailable)
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), Error> {
        match self.store.delete(&path(key)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            deleted => deleted.map_err(unavailable),
        }
    }

    async fn signed_url(&self, key: &ObjectKey, lifetime: Duration) -> Result<Option<String>, Error> {
        let Some(signer) = &self.signer else { return Ok(None) };
        signer.url(&path(key), lifetime).await.map(Some)
    }
}

/// What clients are told of an object that they fetch from the store themselves. None ever changes.
fn told_to_clients(object: &Object) -> Attributes {
    Attributes::from_iter([
        (Attribute::ContentType, object.content_type.clone()),
        (Attribute::ContentDisposition, object.disposition.clone()),
        (Attribute::CacheControl, "private, max-age=31536000, immutable".to_owned()),
    ])
}

fn path(key: &ObjectKey) -> object_store::path::Path {
    object_store::path::Path::from(key.as_str())
}

fn unavailable(error: object_store::Error) -> Error {
    Error::Unavailable(format!("object store: {}", one_line(&error)))
}

fn one_line(error: &object_store::Error) -> String {
    error.to_string().replace(['\r', '\n'], " ")
}
