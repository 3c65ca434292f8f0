//! How it looks, for the README.

use serde_json::json;

use super::screen::Screen;
use crate::e2e::server::Server;

/// Whether the pictures in `docs/images` are to be made anew.
#[allow(clippy::disallowed_methods, reason = "tests are configured by their environment alone")]
fn are_wanted() -> bool {
    std::env::var("CHATCHAT_TEST_PICTURES").is_ok()
}

async fn takes_picture(screen: &Screen, theme: &str, size: (u32, u32), name: &str) {
    screen.window(size.0, size.1).await;
    let feature = json!([
        { "name": "prefers-color-scheme", "value": theme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ]);
    screen
        .browser
        .cdp()
        .send_raw("Emulation.setEmulatedMedia", json!({ "features": feature }))
        .await
        .unwrap();
    let loaded = "return [...document.images].every((image) => image.complete && image.naturalWidth > 0)";
    screen.until("all pictures", loaded).await;
    tokio::time::sleep(std::time::Duration::from_millis(600)).await; // until what moves has come to rest
    let picture = screen.browser.screenshot_as_png().await.unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images");
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(format!("{folder}/{name}.png"), picture).unwrap();
}

#[tokio::test]
async fn the_readme_has_its_pictures() {
    if !are_wanted() {
        return;
    }
    let server = Server::demo();
    let screen = Screen::opens(&server).await;
    screen.presses("Ann").await;
    screen.is_in().await;
    screen.opens_conversation("Weekend in 上海").await;
    screen.sees(".message .text").await;
    takes_picture(&screen, "light", (1180, 760), "desktop").await;
    screen.opens_conversation("Chen 陈").await;
    screen.sees(".message .image img").await;
    takes_picture(&screen, "dark", (390, 780), "phone").await;
    screen.closes().await;
}
