use std::sync::Arc;
use std::time::Duration;

use tracing::instrument;

use crate::attachment::inspection::inspect;
use crate::attachment::{
    Attached, Attachment, AttachmentRepository, ContentType, Dimensions, FileName, NewAttachment,
};
use crate::error::{Error, Refusal};
use crate::id::AttachmentId;
use crate::outbox::{OutboxRepository, Owed};
use crate::page::{Page, PageRequest};
use crate::ports::{Clock, ImageCodec, Object, ObjectKey, ObjectStore, Photo, Random};
use crate::session::Caller;

/// The largest upload.
pub const MAX_BYTES: usize = 25 * 1024 * 1024;
/// How long a URL of an attachment is good for, where the store serves clients itself.
pub const URL_LIFETIME: Duration = Duration::from_secs(300);

/// Something that somebody brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What it is called.
    pub name: Option<FileName>,
    /// What it is said to be.
    pub content_type: ContentType,
    /// At most [`MAX_BYTES`].
    pub bytes: Vec<u8>,
}

/// What of an attachment somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The small picture of an image, a JPEG.
    Thumbnail,
}

/// An attachment on its way to somebody who may have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It is here.
    Here(Object),
    /// It is at this URL, for [`URL_LIFETIME`].
    At(String),
}

/// Images and files.
pub struct AttachmentService {
    pub(crate) attachments: Arc<dyn AttachmentRepository>,
    pub(crate) images: Arc<dyn ImageCodec>,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) outbox: Arc<dyn OutboxRepository>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl AttachmentService {
    /// Takes in an image or a file; it goes again after a day in which no message holds it. Pictures (PNG, JPEG, WebP)
    /// are encoded anew and lose all that is not the picture; anything else is a file and stays as it is.
    ///
    /// # Errors
    /// [`Refusal::UnsupportedMedia`] for what a browser might run; violations of `name`, `content_type` and `image`.
    #[instrument(level = "debug", name = "attachments.upload", skip_all)]
    pub async fn upload(&self, caller: Caller, upload: Upload) -> Result<Attached, Error> {
        let Upload { name, content_type, bytes } = upload;
        let content_type = inspect(&content_type, name.as_ref(), &bytes)?;
        let attachment = if content_type.is_picture() {
            self.keep_image(name, self.images.photo(bytes).await?).await?
        } else {
            self.keep_file(name, content_type, bytes).await?
        };
        let attached = attachment.attached.clone();
        let new = NewAttachment { attachment, uploader: caller.user, now: self.clock.now() };
        self.attachments.create(new).await?;
        Ok(attached)
    }

    /// An attachment, for who has brought it and for who can read a message that holds it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for the small picture of what is no image.
    #[instrument(level = "debug", name = "attachments.open", skip_all)]
    pub async fn open(&self, caller: Caller, id: AttachmentId, part: Part) -> Result<Delivery, Error> {
        let Attachment { attached, object, thumbnail } = self.attachments.find(caller.user, id).await?;
        let key = match part {
            Part::Whole => object,
            Part::Thumbnail => thumbnail.ok_or(Refusal::NotFound)?,
        };
        if let Some(url) = self.objects.signed_url(&key, URL_LIFETIME).await? {
            return Ok(Delivery::At(url));
        }
        let bytes = self.objects.get(&key).await?.ok_or(Refusal::NotFound)?;
        Ok(Delivery::Here(match part {
            Part::Whole => served(&attached, bytes),
            Part::Thumbnail => Object::picture(bytes),
        }))
    }

    /// What the caller has brought, the newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    #[instrument(level = "debug", name = "attachments.list", skip_all)]
    pub async fn list(&self, caller: Caller, page: PageRequest) -> Result<Page<Attached>, Error> {
        self.attachments.brought_by(caller.user, page).await
    }

    async fn keep_image(&self, name: Option<FileName>, photo: Photo) -> Result<Attachment, Error> {
        let Photo { bytes, content_type, width, height, thumbnail } = photo;
        let extension = if content_type == "image/png" { "png" } else { "jpg" };
        let name = name.map_or_else(|| FileName::new("image"), Ok)?;
        let attached = Attached {
            id: AttachmentId::generate(&*self.clock, &*self.random),
            name: named_after(&name, extension),
            size: size(&bytes),
            content_type: ContentType::new(content_type)?,
            dimensions: Some(Dimensions { width, height }),
        };
        let small = ObjectKey::thumbnail(&*self.random);
        self.keep(&small, Object::picture(thumbnail)).await?;
        let object = ObjectKey::attachment(&*self.random);
        self.keep(&object, served(&attached, bytes)).await?;
        Ok(Attachment { attached, object, thumbnail: Some(small) })
    }

    async fn keep_file(
        &self,
        name: Option<FileName>,
        content_type: ContentType,
        bytes: Vec<u8>,
    ) -> Result<Attachment, Error> {
        let attached = Attached {
            id: AttachmentId::generate(&*self.clock, &*self.random),
            name: name.map_or_else(|| FileName::new("file"), Ok)?,
            size: size(&bytes),
            content_type,
            dimensions: None,
        };
        let object = ObjectKey::attachment(&*self.random);
        self.keep(&object, served(&attached, bytes)).await?;
        Ok(Attachment { attached, object, thumbnail: None })
    }

    /// Stores an object, whose removal is owed should nobody come to point to it.
    async fn keep(&self, key: &ObjectKey, object: Object) -> Result<(), Error> {
        self.outbox.owe(Owed::removal_unless_used(key.clone(), self.clock.now())).await?;
        self.objects.put(key, object).await
    }
}

/// The attachment as it is served: images are shown where they stand, files are saved, and run nowhere.
fn served(attached: &Attached, bytes: Vec<u8>) -> Object {
    let how = if attached.is_image() { "inline" } else { "attachment" };
    let disposition = format!("{how}; filename*=UTF-8''{}", encoded(attached.name.as_str()));
    Object { bytes, content_type: attached.content_type.as_str().to_owned(), disposition }
}

/// A name as a header may have it (RFC 8187, `ext-value`).
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(byte.into()),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// The name, with an extension that fits what the image was encoded as.
fn named_after(name: &FileName, extension: &str) -> FileName {
    match name.extension().as_deref() {
        Some("jpg" | "jpeg" | "jpe" | "jfif") if extension == "jpg" => name.clone(),
        Some("png") if extension == "png" => name.clone(),
        Some("jpg" | "jpeg" | "jpe" | "jfif" | "png" | "apng" | "webp") => name.with_extension(extension),
        _ => FileName::new(&format!("{}.{extension}", name.as_str())).unwrap_or_else(|_| name.clone()),
    }
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
