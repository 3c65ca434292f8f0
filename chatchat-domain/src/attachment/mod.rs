//! Images and files: taken in within bounds, made harmless, and given to those alone who may read the messages that they
//! were sent with.

mod content_type;
mod file_name;
mod inspection;
mod model;
mod ports;
mod service;
#[cfg(test)]
mod tests;

pub use content_type::ContentType;
pub use file_name::FileName;
pub use model::{Attached, Attachment, Dimensions, NewAttachment};
pub use ports::AttachmentRepository;
#[cfg(any(test, feature = "mocks"))]
pub use ports::MockAttachmentRepository;
pub use service::{AttachmentService, Delivery, MAX_BYTES, Part, URL_LIFETIME, Upload};
