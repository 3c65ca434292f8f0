use super::{ObjectOptions, OpenError};
use crate::storage::Objects;
#[cfg(feature = "s3")]
use crate::storage::S3Error;

const SETTING: &str = "storage.url";

/// A store that is there, and keeps what it is given; and the origin from which clients fetch from it, if they do.
pub(super) async fn open(options: &ObjectOptions) -> Result<(Objects, Option<String>), OpenError> {
    match options {
        ObjectOptions::Folder(path) => Objects::folder(path)
            .map(|objects| (objects, None))
            .map_err(|error| OpenError::new(SETTING, format!("cannot use {}: {error}", path.display()))),
        #[cfg(feature = "s3")]
        ObjectOptions::S3(url) => {
            let objects = Objects::s3(url.expose()).map_err(wrong)?;
            super::patiently(|| objects.check(), S3Error::may_pass).await.map_err(wrong)?;
            let origin = objects.origin().await.map_err(wrong)?;
            Ok((objects, origin))
        }
    }
}

/// What is known of it without starting.
pub(super) async fn look_at(options: &ObjectOptions) -> Result<String, OpenError> {
    match options {
        ObjectOptions::Folder(path) => Ok(format!("the folder {}", path.display())),
        #[cfg(feature = "s3")]
        ObjectOptions::S3(url) => {
            Objects::s3(url.expose()).map_err(wrong)?.check().await.map_err(wrong)?;
            Ok("S3".to_owned())
        }
    }
}

#[cfg(feature = "s3")]
fn wrong(error: S3Error) -> OpenError {
    OpenError::new(SETTING, error)
}
