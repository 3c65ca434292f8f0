use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{Error, Violation};
use crate::ports::Random;

/// The name of a stored object: `<folder>/<32 hexadecimal digits>`, not to be guessed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    const FOLDERS: [&str; 3] = ["avatars", "attachments", "thumbnails"];

    /// A fresh key for an avatar.
    pub fn avatar(random: &dyn Random) -> Self {
        Self::fresh("avatars", random)
    }

    /// A fresh key for an image or a file.
    pub fn attachment(random: &dyn Random) -> Self {
        Self::fresh("attachments", random)
    }

    /// A fresh key for the small picture of an image.
    pub fn thumbnail(random: &dyn Random) -> Self {
        Self::fresh("thumbnails", random)
    }

    fn fresh(folder: &str, random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(format!("{folder}/{:032x}", u128::from_be_bytes(bytes)))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectKey {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let known = text.split_once('/').is_some_and(|(folder, name)| {
            Self::FOLDERS.contains(&folder)
                && name.len() == 32
                && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        });
        known
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| Violation::new("key", "malformed", "is not an object's key"))
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something to keep, and what clients are told of it that fetch it from the store themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The media type, such as `image/jpeg`.
    pub content_type: String,
    /// `Content-Disposition` (RFC 6266).
    pub disposition: String,
}

impl Object {
    /// A JPEG picture that may be shown where it stands.
    pub fn picture(bytes: Vec<u8>) -> Self {
        Self { bytes, content_type: "image/jpeg".to_owned(), disposition: "inline".to_owned() }
    }
}

/// Keeps files.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Stores the object, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the store does not answer.
    async fn put(&self, key: &ObjectKey, object: Object) -> Result<(), Error>;

    /// The object's bytes, or nothing if there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the store does not answer.
    async fn get(&self, key: &ObjectKey) -> Result<Option<Vec<u8>>, Error>;

    /// Removes the object; removing one that is not there is no error.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the store does not answer.
    async fn delete(&self, key: &ObjectKey) -> Result<(), Error>;

    /// A URL at which whoever has it gets the object for so long, should the store serve clients itself.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the URL cannot be made now.
    async fn signed_url(&self, key: &ObjectKey, lifetime: Duration) -> Result<Option<String>, Error>;
}

/// Makes pictures of people safe to show.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait ImageCodec: Send + Sync {
    /// Decodes `bytes` (PNG, JPEG or WebP, whatever they are said to be; at most 25 megapixels), scales the
    /// picture to fit 512 × 512 pixels, and encodes it anew as JPEG without any metadata.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`broken_image`, `too_many_pixels`) when that cannot be done.
    async fn avatar(&self, bytes: Vec<u8>) -> Result<Vec<u8>, Error>;

    /// Decodes `bytes` (as [`ImageCodec::avatar`] does; at most 8192 pixels a side besides), turns the picture as its
    /// camera says, and encodes it anew without any metadata: PNG if it was PNG or has transparency, JPEG otherwise. With
    /// a JPEG that fits 320 × 320 pixels.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`broken_image`, `too_many_pixels`, `too_wide`) when that cannot be done.
    async fn photo(&self, bytes: Vec<u8>) -> Result<Photo, Error>;
}

/// A picture that is safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The picture.
    pub bytes: Vec<u8>,
    /// `image/png` or `image/jpeg`.
    pub content_type: &'static str,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// A small one, JPEG.
    pub thumbnail: Vec<u8>,
}
