//! What requests carry, within bounds.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, ContentDisposition};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use chatchat_domain::Refusal;
use chatchat_domain::attachment::{self, ContentType, FileName, Upload};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::extract::{ClientIp, state};
use super::uploads::UploadPermit;
use crate::input::{Object, malformed};
use crate::problem::{self, Problem};

/// No JSON body is larger.
const MAX_JSON: usize = 64 * 1024;
/// No uploaded picture is larger.
pub(crate) const MAX_PICTURE: usize = 5 * 1024 * 1024;
/// A body that takes longer than this does not come any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// A JSON object. It may have more fields than `T`.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload, MAX_JSON, is_json).await?;
            match serde_json::from_slice::<Object<T>>(&bytes) {
                Ok(object) => Ok(Self(object.0)),
                Err(error) => Err(malformed(&error)),
            }
        })
    }
}

/// A JSON object, or nothing at all: then it is as if it were empty.
pub(super) struct MaybeBody<T>(pub(super) T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for MaybeBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_there = request.headers().contains_key(header::CONTENT_TYPE);
        let body = is_there.then(|| Body::from_request(request, payload));
        Box::pin(async move {
            Ok(Self(match body {
                Some(body) => body.await?.0,
                None => T::default(),
            }))
        })
    }
}

/// What a standard of its own says how to read: at most as large as JSON may be, of any content type.
pub(super) struct Raw(pub(super) Vec<u8>);

impl FromRequest for Raw {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { Ok(Self(read(&request, payload, MAX_JSON, is_anything).await?)) })
    }
}

/// A picture of a format that people's pictures may have, as its content type says.
pub(super) struct Picture(pub(super) Vec<u8>);

impl FromRequest for Picture {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { Ok(Self(read(&request, payload, MAX_PICTURE, is_picture).await?)) })
    }
}

/// An upload of any kind, with what its headers say of it.
pub(super) struct File {
    pub(super) upload: Upload,
    /// To be held for as long as the upload is in memory.
    pub(super) permit: UploadPermit,
}

impl FromRequest for File {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let (state, ClientIp(address)) = (state(&request)?, ClientIp::of(&request)?);
            let permit = state.uploads.permit(address).ok_or_else(too_many)?;
            let (name, content_type) = (file_name(&request)?, content_type(&request));
            let bytes = read(&request, payload, attachment::MAX_BYTES, is_anything).await?;
            Ok(Self { upload: Upload { name, content_type, bytes }, permit })
        })
    }
}

fn too_many() -> Problem {
    Problem::new(problem::UNAVAILABLE, "Too many uploads at once; try again.")
}

fn is_anything(_: &str) -> bool {
    true
}

/// What the content is said to be; without a word of that it is anything.
fn content_type(request: &HttpRequest) -> ContentType {
    ContentType::new(request.content_type()).unwrap_or_else(|_| ContentType::unknown())
}

/// The name in `Content-Disposition` (RFC 6266): `filename*`, which says its encoding, before `filename`.
fn file_name(request: &HttpRequest) -> Result<Option<FileName>, Problem> {
    let Some(header) = request.headers().get(header::CONTENT_DISPOSITION) else { return Ok(None) };
    let malformed = |_| Problem::new(problem::MALFORMED_REQUEST, "Content-Disposition is not well-formed.");
    let disposition = ContentDisposition::from_raw(header).map_err(malformed)?;
    let name = match disposition.get_filename_ext() {
        Some(extended) => Some(
            String::from_utf8(extended.value.clone())
                .map_err(|_| Problem::new(problem::MALFORMED_REQUEST, "filename* is not UTF-8."))?,
        ),
        None => disposition.get_filename().map(str::to_owned),
    };
    Ok(name.as_deref().map(FileName::new).transpose()?)
}

fn is_json(content_type: &str) -> bool {
    content_type == "application/json"
}

fn is_picture(content_type: &str) -> bool {
    ContentType::PICTURES.contains(&content_type)
}

/// The body, if its content type is one that `takes` takes and it has at most `max` bytes.
async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    max: usize,
    takes: fn(&str) -> bool,
) -> Result<Vec<u8>, Problem> {
    if !takes(&request.content_type().to_ascii_lowercase()) {
        return Err(Refusal::UnsupportedMedia.into());
    }
    let too_large =
        || Problem::new(problem::PAYLOAD_TOO_LARGE, format!("This path takes at most {max} bytes."));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = announced.and_then(|length| length.parse::<usize>().ok()).unwrap_or_default();
    if announced > max {
        return Err(too_large());
    }
    let reading = async {
        let mut body = Vec::with_capacity(announced);
        while let Some(chunk) = payload.next().await {
            let broken = |_| Problem::new(problem::MALFORMED_REQUEST, "The body broke off.");
            let chunk = chunk.map_err(broken)?;
            if body.len() + chunk.len() > max {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(body) => body,
        Err(_elapsed) => Err(Problem::new(problem::REQUEST_TIMEOUT, "")),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use actix_web::test::TestRequest;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Note {
        text: Option<String>,
    }

    async fn note(content_type: &str, body: &str) -> Result<Option<String>, Problem> {
        let request = TestRequest::post().insert_header(("content-type", content_type));
        let (request, mut payload) = request.set_payload(body.to_owned()).to_http_parts();
        Body::<Note>::from_request(&request, &mut payload).await.map(|Body(note)| note.text)
    }

    #[actix_web::test]
    async fn an_object_is_taken_with_fields_it_need_not_have() {
        let json = r#"{"text":"hi","colour":7}"#;
        assert_eq!(note("application/json; charset=utf-8", json).await.unwrap().as_deref(), Some("hi"));
        assert_eq!(note("application/json", "{}").await.unwrap(), None);
    }

    #[actix_web::test]
    async fn everything_else_is_refused_without_an_echo() {
        let large = format!("{{\"text\":\"{}\"}}", "a".repeat(MAX_JSON));
        for (content_type, body, status) in [
            ("text/plain", "{}", 415),
            ("application/json", "", 400),
            ("application/json", "{\"text\":", 400),
            ("application/json", "[\"secret\"]", 400),
            ("application/json", "{\"text\":{\"secret\":1}}", 400),
            ("application/json", "\"secret\"", 400),
            ("application/json", &large, 413),
        ] {
            let problem = note(content_type, body).await.unwrap_err();
            assert_eq!(problem.status_code(), status, "{content_type} {body:.20}");
            assert!(!serde_json::to_string(&problem.body("")).unwrap().contains("secret"));
        }
    }
}
