//! Text that would like to be more than that.

use serde_json::json;

use super::screen::Screen;
use crate::e2e::http::Answer;
use crate::e2e::person::Person;
use crate::e2e::server::Server;

/// Whatever runs of it sets `window.hit`.
const TEXTS: [&str; 8] = [
    "<script>hit=1</script>",
    "<img src=x onerror=hit=1>",
    "\"><svg onload=hit=1>",
    "<a href=javascript:hit=1>x</a>",
    "javascript:hit=1//http://a.b/",
    "'-hit=1-'${hit=1}{{hit=1}}",
    "</textarea><iframe srcdoc=x>",
    "<style>*{display:none}</style>",
];

#[tokio::test]
async fn whatever_people_write_stays_text() {
    let server = Server::with(&[]);
    let ann = Person::registers_as(&server, TEXTS[1]).await;
    let bob = Person::registers_as(&server, TEXTS[0]).await;
    let talk = ann.befriends(&bob).await;
    bob.http.patch("/me", json!({ "bio": TEXTS[2] })).await.is(200);
    let group = json!({ "name": TEXTS[3], "description": TEXTS[1], "member_ids": [ann.id] });
    let group = bob.creates_group(group).await;
    for text in TEXTS {
        bob.sends(&talk, text).await;
        bob.sends(&group, text).await;
    }
    let name = "%3Cimg%20src%3Dx%20onerror%3Dhit%3D1%3E.bin";
    let upload = bob.http.request("POST", "/attachments").header("content-type", "application/octet-stream");
    let upload = upload.header("content-disposition", format!("attachment; filename*=UTF-8''{name}"));
    let file = Answer::to(upload.body("hello")).await.is(201)["attachment_id"].clone();
    let content = json!({ "type": "file", "attachment_id": file });
    let body = json!({ "client_id": "file", "content": content });
    bob.http.post(&format!("/conversations/{talk}/messages"), body).await.is(201);

    let screen = Screen::of(&ann, &server).await;
    for title in [TEXTS[0], TEXTS[3]] {
        screen.opens_conversation(title).await;
        for text in TEXTS {
            screen.reads_message(text).await;
        }
        screen.presses("Details").await;
        screen.sees(".details-pane h2").await;
    }
    for place in ["people", "groups", "search?q=hit&kind=messages", "search?q=hit&kind=groups", "me"] {
        screen.browser.goto(&format!("{}/#/{place}", screen.url)).await.unwrap();
        screen.sees(".list-pane h1, .main-pane h1, .main-pane h2").await;
    }
    let alert = screen.browser.get_alert_text().await;
    assert!(alert.is_err(), "{alert:?}");
    assert_eq!(screen.runs("return window.hit === undefined", &[]).await.unwrap(), true);
    let foreign = "return document.querySelectorAll('script:not([src^=\"/assets/\"]), iframe, img[src=x], [onerror], \
        [onload], style, a[href^=\"javascript:\"]').length";
    assert_eq!(screen.runs(foreign, &[]).await.unwrap(), 0);
    screen.closes().await;
}

#[tokio::test]
async fn the_policy_holds_even_if_a_script_is_smuggled_in() {
    let server = Server::with(&[]);
    let mut screen = Screen::opens(&server).await;
    screen.tolerated = vec!["Content Security Policy", "TrustedHTML", "TrustedScript", "Trusted"];
    screen.sees("form").await;
    let smuggle = "
        const script = document.createElement('script');
        try { script.textContent = 'window.hit = 1'; document.body.append(script); } catch {}
        try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit = 1\">'); } catch {}
        return window.hit === undefined";
    assert_eq!(screen.runs(smuggle, &[]).await.unwrap(), true);
    let calls_out = "return await fetch('http://127.0.0.1:9/').then(() => 'out', (error) => error.name)";
    assert_eq!(screen.runs(calls_out, &[]).await.unwrap(), "TypeError");
    let later = "return new Promise((done) => setTimeout(() => done(window.hit === undefined), 200))";
    assert_eq!(screen.runs(later, &[]).await.unwrap(), true, "a picture that fails says so later");
    screen.closes().await;
}
