use crate::attachment::{ContentType, FileName};
use crate::error::{Error, Refusal, Violation};

/// How much of a file is looked at for markup.
const LOOKED_AT: usize = 1024;

/// What an upload is, as its bytes say; what it is said to be must not contradict them.
///
/// # Errors
/// [`Refusal::UnsupportedMedia`] for what a browser might run; a violation of `content_type` or `name` where they
/// contradict the bytes.
pub(super) fn inspect(
    declared: &ContentType,
    name: Option<&FileName>,
    bytes: &[u8],
) -> Result<ContentType, Error> {
    let by_name = name.and_then(FileName::extension).and_then(|extension| of_extension(&extension));
    let seen = sniffed(bytes);
    let said = [Some(declared), by_name.as_ref(), seen.as_ref()];
    if said.into_iter().flatten().any(ContentType::is_active) || is_markup(bytes) {
        return Err(Refusal::UnsupportedMedia.into());
    }
    if bytes.is_empty() {
        return Err(Violation::new("content", "required", "must not be empty").into());
    }
    let picture = seen.as_ref().filter(|seen| seen.is_picture());
    if (declared.is_picture() || picture.is_some() && is_image(declared)) && picture != Some(declared) {
        let detail = "must be what the content type says";
        return Err(Violation::new("content_type", "contradicts_content", detail).into());
    }
    if by_name.as_ref().is_some_and(|named| is_image(named) && seen.as_ref() != Some(named)) {
        let detail = "has the extension of another kind of image than the content";
        return Err(Violation::new("name", "wrong_extension", detail).into());
    }
    Ok(seen.unwrap_or_else(|| declared.clone()))
}

fn is_image(kind: &ContentType) -> bool {
    kind.as_str().starts_with("image/")
}

fn sniffed(bytes: &[u8]) -> Option<ContentType> {
    infer::get(bytes).and_then(|kind| ContentType::new(kind.mime_type()).ok())
}

/// The kinds of file that an extension gives away and that matter here: images, and what a browser might run.
fn of_extension(extension: &str) -> Option<ContentType> {
    let kind = match extension {
        "png" | "apng" => "image/png",
        "jpg" | "jpeg" | "jpe" | "jfif" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "svg" | "svgz" => "image/svg+xml",
        "html" | "htm" | "xhtml" | "xht" | "shtml" | "mht" | "mhtml" | "hta" => "text/html",
        "xml" | "xsl" | "xslt" => "text/xml",
        "js" | "mjs" | "cjs" => "text/javascript",
        _ => return None,
    };
    ContentType::new(kind).ok()
}

/// Whether a browser that guesses could take the bytes for markup (WHATWG MIME Sniffing, section 7.1, and more).
fn is_markup(bytes: &[u8]) -> bool {
    const MARKS: [&str; 14] = [
        "<!doctype",
        "<html",
        "<head",
        "<body",
        "<script",
        "<svg",
        "<?xml",
        "<iframe",
        "<style",
        "<title",
        "<a ",
        "<img",
        "<meta",
        "<!--",
    ];
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let text = if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        start.iter().copied().filter(|byte| *byte != 0).skip(2).collect()
    } else {
        start.to_vec()
    };
    let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace() || c.is_control());
    MARKS.iter().any(|mark| text.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const PDF: &[u8] = b"%PDF-1.7 and so on";

    fn kind(declared: &str, name: &str, bytes: &[u8]) -> Result<String, Error> {
        let name = (!name.is_empty()).then(|| FileName::new(name).unwrap());
        let declared = ContentType::new(declared).unwrap();
        inspect(&declared, name.as_ref(), bytes).map(|kind| kind.as_str().to_owned())
    }

    #[test]
    fn an_upload_is_what_its_bytes_say() {
        for (declared, name, bytes, is) in [
            ("image/png", "a.png", PNG, "image/png"),
            ("application/octet-stream", "", PNG, "image/png"),
            ("application/octet-stream", "a.pdf", PDF, "application/pdf"),
            ("text/plain", "notes.txt", b"hello < world", "text/plain"),
            ("application/x-thing", "a.thing", b"\x01\x02", "application/x-thing"),
            ("image/gif", "a.gif", b"GIF89a....", "image/gif"),
        ] {
            assert_eq!(kind(declared, name, bytes).as_deref(), Ok(is), "{declared} {name}");
        }
    }

    #[test]
    fn what_a_browser_might_run_is_refused_however_it_is_called() {
        for (declared, name, bytes) in [
            ("text/html", "a.txt", &b"hi"[..]),
            ("image/svg+xml", "a.png", PNG),
            ("text/plain", "a.html", b"hi"),
            ("text/plain", "a.SVG", b"hi"),
            ("text/plain", "a.txt", b" \n<!DOCTYPE html><p>"),
            ("text/plain", "a.txt", b"\xef\xbb\xbf<svg onload=x>"),
            ("text/plain", "a.txt", b"\xff\xfe<\0s\0v\0g\0"),
            ("application/octet-stream", "a", b"<?xml version='1.0'?><svg/>"),
            ("application/javascript", "", b"x"),
            ("text/plain", "a.js", b"x"),
        ] {
            assert_eq!(
                kind(declared, name, bytes),
                Err(Refusal::UnsupportedMedia.into()),
                "{declared} {name}"
            );
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_field() {
        for (declared, name, bytes, field) in [
            ("image/jpeg", "a.jpg", PNG, "content_type"),
            ("image/png", "a.png", PDF, "content_type"),
            ("image/png", "a.jpg", PNG, "name"),
            ("application/octet-stream", "a.png", PDF, "name"),
            ("application/octet-stream", "a.gif", b"nothing", "name"),
            ("text/plain", "a.txt", b"", "content"),
        ] {
            let Err(Error::Invalid(violations)) = kind(declared, name, bytes) else {
                panic!("{declared} {name}")
            };
            assert_eq!(violations[0].field, field, "{declared} {name}");
        }
    }
}
