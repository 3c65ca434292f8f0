use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::EntityTag;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::comments::without_comments;
use super::imports::needed;

/// The files as they are built in; a debug build reads them where they lie, so that a change is seen at once.
#[derive(rust_embed::Embed)]
#[folder = "web"]
struct Files;

/// The page that loads all the others.
const PAGE: &str = "index.html";
/// What stands in the page for the path below which the other files are.
const BASE: &str = "{{base}}";
/// What stands in the page for a word about each module that it needs: so they are fetched at once, and not each after the
/// one that imports it.
const MODULES: &str = "<!-- {{modules}} -->";
/// The module that needs all the others.
const MAIN: &str = "app/main.js";
/// How many bytes of a hash tell one content from all others that there ever were.
const HASH_BYTES: usize = 12;

/// How old what a debug build has read may be: a page asks for all of it within a moment.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// The files of the web client, of one version.
pub(super) struct Site {
    /// Changes with the content of any file.
    pub(super) version: String,
    pub(super) page: File,
    files: BTreeMap<String, Source>,
}

/// A file as it was written, and as the page loads it.
pub(super) struct Source {
    pub(super) whole: File,
    pub(super) terse: File,
}

/// A file as it is served.
pub(super) struct File {
    pub(super) content_type: String,
    pub(super) tag: EntityTag,
    pub(super) bytes: Bytes,
    compressed: OnceLock<Option<Bytes>>,
}

impl Site {
    /// What there is now: in a debug build it may be something else the next time.
    pub(super) fn now() -> Arc<Self> {
        static LAST: LazyLock<Mutex<(Instant, Arc<Site>)>> =
            LazyLock::new(|| Mutex::new((Instant::now(), Arc::new(Site::read()))));
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if cfg!(debug_assertions) && last.0.elapsed() > READ_AGAIN_AFTER {
            *last = (Instant::now(), Arc::new(Self::read()));
        }
        Arc::clone(&last.1)
    }

    fn read() -> Self {
        let (mut files, mut all) = (BTreeMap::new(), Sha256::new());
        for name in Files::iter() {
            let Some(file) = Files::get(&name) else { continue };
            let hash = file.metadata.sha256_hash();
            all.update(name.as_bytes());
            all.update(hash);
            let bytes = match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => bytes.into(),
            };
            files.insert(name.into_owned(), Source::new(file.metadata.mimetype(), &short(&hash), bytes));
        }
        let version = short(&all.finalize());
        let html = files.remove(PAGE).map(|page| page.whole.bytes).unwrap_or_default();
        let html = String::from_utf8_lossy(&html).replace(MODULES, &preloads(&files));
        let html = html.replace(BASE, &format!("/assets/{version}/"));
        let page = File::new("text/html", version.clone(), html.into());
        Self { version, page, files }
    }

    /// The file with this path, such as `style/talk.css`.
    pub(super) fn file(&self, path: &str) -> Option<&Source> {
        self.files.get(path)
    }
}

/// Has the browser fetch all modules that the page needs.
fn preloads(files: &BTreeMap<String, Source>) -> String {
    let source = |path: &str| files.get(path).and_then(|file| std::str::from_utf8(&file.terse.bytes).ok());
    let modules = needed(&[MAIN], source);
    modules.iter().map(|path| format!("<link rel=\"modulepreload\" href=\"{BASE}{path}\">\n")).collect()
}

impl Source {
    fn new(media_type: &str, hash: &str, bytes: Bytes) -> Self {
        let terse = match std::str::from_utf8(&bytes) {
            Ok(text) if matches!(media_type, "text/javascript" | "text/css") => without_comments(text).into(),
            _ => bytes.clone(),
        };
        let file = |bytes| File::new(media_type, hash.to_owned(), bytes);
        Self { whole: file(bytes), terse: file(terse) }
    }
}

impl File {
    fn new(media_type: &str, hash: String, bytes: Bytes) -> Self {
        let charset = if media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
        Self {
            content_type: format!("{media_type}{charset}"),
            // Weak: the same for the bytes as they are and compressed.
            tag: EntityTag::new_weak(hash),
            bytes,
            compressed: OnceLock::new(),
        }
    }

    /// Compressed, if that makes it smaller.
    pub(super) fn compressed(&self) -> Option<&Bytes> {
        let compress = || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&self.bytes).ok()?;
            encoder.finish().ok().filter(|smaller| smaller.len() < self.bytes.len()).map(Bytes::from)
        };
        self.compressed.get_or_init(compress).as_ref()
    }
}

/// The beginning of a hash, as it stands in paths and tags.
fn short(hash: &[u8]) -> String {
    hash.iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn the_page_names_the_version_of_its_files() {
        let site = Site::now();
        let html = std::str::from_utf8(&site.page.bytes).unwrap();
        assert!(html.contains(&format!("/assets/{}/", site.version)) && !html.contains(BASE));
        assert!(site.file(PAGE).is_none() && site.file("nothing.js").is_none());
        assert_eq!(site.page.content_type, "text/html; charset=utf-8");
    }

    #[test]
    fn what_is_compressed_is_the_same() {
        let file = |text: &str| File::new("text/javascript", String::new(), text.to_owned().into());
        let repeated = file(&"chatchat ".repeat(100));
        let mut text = Vec::new();
        GzDecoder::new(&**repeated.compressed().unwrap()).read_to_end(&mut text).unwrap();
        assert_eq!(text, repeated.bytes);
        assert!(file("x").compressed().is_none(), "it would be larger");
    }
}
