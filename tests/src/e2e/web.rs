//! The web client, as browsers load it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use reqwest::Url;

use super::http::{Answer, Http};
use super::server::Server;

/// What of the page and all that it loads may come over the wire, compressed.
const FIRST_LOAD: usize = 100_000;

fn stranger() -> Http {
    Http::stranger(Server::shared())
}

async fn asks(path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = stranger().request("GET", &format!("/{path}"));
    Answer::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

async fn text(path: &str) -> String {
    let answer = asks(path, &[]).await;
    assert_eq!(answer.status, 200, "{path}");
    String::from_utf8(answer.bytes).unwrap()
}

/// Between `before` and `after`, each time.
fn all_between<'a>(text: &'a str, before: &'a str, after: char) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(move |rest| rest.split(after).next())
}

/// What a file names that a browser loads with it.
fn loaded_with(path: &str, text: &str) -> Vec<String> {
    let base = Url::parse("http://here").unwrap().join(path).unwrap();
    let names: Vec<&str> = if path == "/" {
        ["href=\"", "src=\""].iter().flat_map(|name| all_between(text, name, '"')).collect()
    } else if path.ends_with(".js") {
        ["from '", "import '"].iter().flat_map(|name| all_between(text, name, '\'')).collect()
    } else {
        all_between(text, "@import \"", '"').collect()
    };
    names.iter().map(|name| base.join(name).unwrap().path().to_owned()).collect()
}

/// What a stranger's first look needs besides what the page names: the way in, and the words of one language.
const BESIDES: [&str; 3] = ["app/entry/entry.js", "words/en.js", "words/talk.en.js"];

/// The page and everything that it loads without anybody doing anything.
async fn first_load() -> BTreeMap<String, String> {
    let mut loaded = BTreeMap::new();
    let page = text("/").await;
    let base = all_between(&page, "src=\"", '"').find_map(|path| path.strip_suffix("app/main.js")).unwrap();
    let mut waiting: Vec<String> = BESIDES.iter().map(|path| format!("{base}{path}")).collect();
    waiting.push("/".to_owned());
    while let Some(path) = waiting.pop() {
        if let Entry::Vacant(new) = loaded.entry(path) {
            let content = text(new.key()).await;
            waiting.extend(loaded_with(new.key(), &content));
            new.insert(content);
        }
    }
    loaded
}

#[tokio::test]
async fn the_page_runs_no_script_but_its_own() {
    let page = asks("/", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(policy.contains("require-trusted-types-for 'script'") && !policy.contains("unsafe"), "{policy}");
    let html = String::from_utf8(page.bytes).unwrap();
    for inline in ["<script>", "<style", " style=", " onclick=", "javascript:", "http://", "https://"] {
        assert!(!html.contains(inline), "{inline}");
    }
    assert_eq!(all_between(&html, "<script", '>').filter(|tag| !tag.contains("src=")).count(), 0);
}

#[tokio::test]
async fn what_the_page_loads_is_kept_and_the_page_is_asked_for_again() {
    let page = asks("/", &[]).await;
    assert_eq!(page.header("cache-control"), "no-cache");
    let same = asks("/", &[("if-none-match", page.header("etag"))]).await;
    assert_eq!((same.status, same.bytes.len()), (304, 0));
    let loaded = first_load().await;
    assert!(loaded.len() > 20, "{:?}", loaded.keys());
    for path in loaded.keys().filter(|path| *path != "/") {
        let asset = asks(path, &[]).await;
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert_eq!(asset.header("x-content-type-options"), "nosniff", "{path}");
        let expected = match path.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "webmanifest" => "application/manifest+json",
            other => panic!("{other}"),
        };
        assert_eq!(asset.header("content-type"), expected, "{path}");
        let same = asks(path, &[("if-none-match", asset.header("etag"))]).await;
        assert_eq!(same.status, 304, "{path}");
    }
}

#[tokio::test]
async fn a_page_of_another_version_still_finds_its_files_which_nobody_keeps() {
    let late = asks("/assets/0123456789abcdef01234567/app/main.js", &[]).await;
    assert_eq!((late.status, late.header("cache-control")), (200, "no-store"));
    for path in ["/assets/x/nothing.js", "/assets/x/../../Cargo.toml", "/assets/x/", "/chatchat/nothing.js"] {
        asks(path, &[]).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_first_load_is_small() {
    let paths = first_load().await.into_keys().collect::<Vec<_>>();
    let mut sizes = Vec::new();
    for path in &paths {
        let answer = asks(path, &[("accept-encoding", "gzip")]).await;
        let is_compressed = answer.header("content-encoding") == "gzip";
        assert!(is_compressed || answer.bytes.len() < 200, "{path}");
        sizes.push((answer.bytes.len(), path));
    }
    sizes.sort_unstable();
    let sum: usize = sizes.iter().map(|(size, _)| size).sum();
    assert!(sum <= FIRST_LOAD, "{sum} bytes in {} files: {sizes:#?}", sizes.len());
}

#[tokio::test]
async fn pages_of_other_sites_import_the_module() {
    let server = Server::with(&[("CHATCHAT_SERVER__ALLOWED_ORIGINS", "https://app.example")]);
    let request =
        Http::stranger(&server).request("GET", "//chatchat.js").header("origin", "https://app.example");
    let module = Answer::to(request).await;
    assert_eq!((module.status, module.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert_eq!(module.header("access-control-allow-origin"), "https://app.example");
    assert_eq!(module.header("cache-control"), "no-cache");
    let source = String::from_utf8(module.bytes).unwrap();
    let parts = loaded_with("/chatchat.js", &source);
    assert!(!parts.is_empty());
    for part in parts {
        assert!(part.starts_with("/chatchat"), "{part}");
        assert_eq!(asks(&part, &[]).await.status, 200, "{part}");
    }
}
