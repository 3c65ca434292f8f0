use std::path::Path;
use std::sync::Arc;

use chatchat_domain::outbox::{MailTransport, OutboxRepository};
use chatchat_domain::ports::{Clock, Mailer, Random};

use super::{MailOptions, OpenError};
#[cfg(feature = "smtp")]
use crate::mail::{MailQueue, Smtp, SmtpError};
use crate::mail::MailFolder;

/// The way that mail takes.
pub(super) struct Mail {
    pub(super) mailer: Arc<dyn Mailer>,
    pub(super) transport: Arc<dyn MailTransport>,
    /// Where it stays, if it is not sent.
    pub(super) folder: Option<Arc<MailFolder>>,
}

impl Mail {
    pub(super) async fn open(
        options: &MailOptions,
        data_dir: &Path,
        outbox: Arc<dyn OutboxRepository>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, OpenError> {
        match options {
            MailOptions::Folder => {
                let path = data_dir.join("mail");
                let folder = MailFolder::open(&path, clock).map_err(OpenError::folder(&path))?;
                let folder = Arc::new(folder);
                Ok(Self { mailer: folder.clone(), transport: folder.clone(), folder: Some(folder) })
            }
            #[cfg(feature = "smtp")]
            MailOptions::Smtp { url, from } => {
                let smtp = super::patiently(|| Smtp::connect(url.expose(), from), SmtpError::may_pass).await;
                let transport = Arc::new(smtp.map_err(wrong)?);
                Ok(Self { mailer: Arc::new(MailQueue::new(outbox, clock, random)), transport, folder: None })
            }
        }
    }
}

/// Where mail would go.
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
