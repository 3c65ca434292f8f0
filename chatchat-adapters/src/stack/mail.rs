use std::path::Path;
use std::sync::Arc;

use chatchat_domain::outbox::MailTransport;
use chatchat_domain::ports::Clock;

use super::{MailOptions, OpenError};
use crate::mail::MailFolder;
#[cfg(feature = "smtp")]
use crate::mail::{Smtp, SmtpError};

/// Where mail ends.
pub(super) struct Mail {
    pub(super) transport: Arc<dyn MailTransport>,
    /// The folder in which it stays, if it is not sent.
    pub(super) folder: Option<Arc<MailFolder>>,
}

impl Mail {
    pub(super) async fn open(
        options: &MailOptions,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        match options {
            MailOptions::Folder => {
                let path = data_dir.join("mail");
                let folder = MailFolder::open(&path, clock).map_err(OpenError::folder(&path))?;
                let folder = Arc::new(folder);
                Ok(Self { transport: folder.clone(), folder: Some(folder) })
            }
            #[cfg(feature = "smtp")]
            MailOptions::Smtp { url, from } => {
                let smtp = super::patiently(|| Smtp::connect(url.expose(), from), SmtpError::may_pass).await;
                Ok(Self { transport: Arc::new(smtp.map_err(wrong)?), folder: None })
            }
        }
    }
}

/// What is known of it without starting.
pub(super) async fn look_at(options: &MailOptions) -> Result<String, OpenError> {
    match options {
        MailOptions::Folder => Ok("in the data folder: it is not sent".to_owned()),
        #[cfg(feature = "smtp")]
        MailOptions::Smtp { url, from } => {
            Smtp::connect(url.expose(), from).await.map_err(wrong)?;
            Ok("SMTP".to_owned())
        }
    }
}

#[cfg(feature = "smtp")]
fn wrong(error: SmtpError) -> OpenError {
    OpenError::new(if error == SmtpError::From { "mail.from" } else { "mail.url" }, error)
}
