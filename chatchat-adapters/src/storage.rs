//! Objects (pictures, files) in a folder.

use std::io;
use std::path::Path;

use async_trait::async_trait;
use chatchat_domain::Error;
use chatchat_domain::ports::{ObjectKey, ObjectStore};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore as Store, ObjectStoreExt as _};

use crate::files;

/// Keeps objects in whatever the `object_store` crate knows.
#[derive(Debug)]
pub struct Objects {
    store: Box<dyn Store>,
}

impl Objects {
    /// Objects in `folder`, which is made if there is none.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn folder(folder: &Path) -> io::Result<Self> {
        files::private_folder(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?.with_fsync(true);
        Ok(Self { store: Box::new(store) })
    }
}

#[async_trait]
impl ObjectStore for Objects {
    async fn put(&self, key: &ObjectKey, bytes: Vec<u8>) -> Result<(), Error> {
        self.store.put(&path(key), bytes.into()).await.map(|_| ()).map_err(unavailable)
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
}

fn path(key: &ObjectKey) -> object_store::path::Path {
    object_store::path::Path::from(key.as_str())
}

fn unavailable(error: object_store::Error) -> Error {
    Error::Unavailable(format!("object store: {error}"))
}
