//! Images and files.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use super::http::{Answer, Http};
use super::person::{Person, client_id};
use super::server::Server;

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture: DynamicImage = RgbImage::from_pixel(width, height, Rgb([200, 30, 30])).into();
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(super) async fn uploads(person: &Person, name: &str, content_type: &str, bytes: Vec<u8>) -> Answer {
    let request = person.http.request("POST", "/attachments").header("content-type", content_type);
    let name: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let request = match name.as_str() {
        "" => request,
        name => request.header("content-disposition", format!("attachment; filename*=UTF-8''{name}")),
    };
    Answer::to(request.body(bytes)).await
}

pub(super) async fn uploads_image(person: &Person) -> Value {
    uploads(person, "me.png", "image/png", picture(700, 350, ImageFormat::Png)).await.is(201)
}

pub(super) async fn posts(person: &Person, conversation: &str, kind: &str, attachment: &Value) -> Answer {
    let content = json!({ "type": kind, "attachment_id": attachment["attachment_id"] });
    let body = json!({ "client_id": client_id(), "content": content });
    person.http.post(&format!("/conversations/{conversation}/messages"), body).await
}

pub(super) fn path(attachment: &Value) -> String {
    format!("/attachments/{}", attachment["attachment_id"].as_str().unwrap())
}

/// What is there, also where the server sends on to the store.
pub(super) async fn fetches(person: &Person, path: &str) -> Answer {
    let answer = person.http.get(path).await;
    match answer.status {
        302 => {
            let stranger = Http::stranger(Server::shared());
            Answer::from_elsewhere(stranger.elsewhere("GET", answer.header("location"))).await
        }
        _ => answer,
    }
}

async fn two_friends() -> (Person, Person, String) {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    (ann, bob, conversation)
}

#[tokio::test]
async fn an_image_is_sent_seen_and_made_small() {
    let (ann, bob, conversation) = two_friends().await;
    let image = uploads(&ann, "上海 🌆.png", "image/png", picture(700, 350, ImageFormat::Png)).await.is(201);
    assert_eq!((&image["name"], &image["content_type"]), (&json!("上海 🌆.png"), &json!("image/png")));
    assert_eq!((&image["width"], &image["height"]), (&json!(700), &json!(350)));
    bob.http.get(&path(&image)).await.problem(404, "not_found");
    let mut socket = bob.connects().await;
    let sent = posts(&ann, &conversation, "image", &image).await.is(201);
    let mut content = image.clone();
    content["type"] = json!("image");
    assert_eq!(sent["content"], content);
    assert_eq!(socket.next_event("message").await["data"]["message"], sent);
    for person in [&ann, &bob] {
        let whole = fetches(person, &path(&image)).await;
        assert_eq!(whole.header("content-type"), "image/png");
        assert!(whole.header("content-disposition").starts_with("inline"));
        assert_eq!(json!(whole.bytes.len()), image["size"]);
        let small = fetches(person, &format!("{}/thumbnail", path(&image))).await;
        let small = image::load_from_memory_with_format(&small.bytes, ImageFormat::Jpeg).unwrap();
        assert_eq!((small.width(), small.height()), (320, 160));
    }
    let found = bob.http.list("/messages/search?query=上海").await;
    assert_eq!(found[0]["message"], sent);
    posts(&ann, &conversation, "file", &image).await.invalid("content.type");
}

#[tokio::test]
async fn a_file_is_saved_and_never_run() {
    let (ann, bob, conversation) = two_friends().await;
    let file = uploads(&ann, "notes.txt", "text/plain; charset=utf-8", b"hello".to_vec()).await.is(201);
    assert_eq!((&file["content_type"], &file["size"]), (&json!("text/plain"), &json!(5)));
    assert!(file.get("width").is_none());
    posts(&ann, &conversation, "image", &file).await.invalid("content.type");
    assert_eq!(posts(&ann, &conversation, "file", &file).await.is(201)["content"]["type"], "file");
    let answer = bob.http.get(&path(&file)).await;
    if answer.status == 200 {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    }
    let whole = fetches(&bob, &path(&file)).await;
    assert_eq!((whole.bytes.as_slice(), whole.header("content-type")), (&b"hello"[..], "text/plain"));
    assert_eq!(whole.header("content-disposition"), "attachment; filename*=UTF-8''notes.txt");
    bob.http.get(&format!("{}/thumbnail", path(&file))).await.problem(404, "not_found");
    let unnamed = uploads(&ann, "", "application/octet-stream", vec![1, 2, 3]).await.is(201);
    assert_eq!(unnamed["name"], "file");
}

#[tokio::test]
async fn an_attachment_is_there_for_who_can_read_its_message() {
    let server = Server::shared();
    let (ann, bob, cem, eve) = (
        Person::registers(server).await,
        Person::registers(server).await,
        Person::registers(server).await,
        Person::registers(server).await,
    );
    let group = ann.creates_group_with(&[&bob]).await;
    let image = uploads_image(&ann).await;
    posts(&bob, &group, "image", &image).await.invalid("content.attachment_id");
    posts(&ann, &group, "image", &image).await.is(201);
    cem.joins(&group).await.is(200);
    bob.http.get(&path(&image)).await;
    assert!([200, 302].contains(&bob.http.get(&path(&image)).await.status));
    posts(&bob, &group, "image", &image).await.is(201);
    for person in [&cem, &eve] {
        let expected = if person.id == cem.id { [200, 302] } else { [404, 404] };
        assert!(expected.contains(&person.http.get(&path(&image)).await.status), "forwarded to who is in");
    }
    ann.kicks(&group, &bob).await.done();
    bob.http.get(&path(&image)).await.problem(404, "not_found");
    let unknown = json!({ "attachment_id": "0190a1b2-c3d4-7e5f-8a6b-000000000000" });
    posts(&ann, &group, "image", &unknown).await.invalid("content.attachment_id");
    posts(&ann, &group, "image", &json!({ "attachment_id": "x" })).await.invalid("content.attachment_id");
    posts(&ann, &group, "image", &json!({})).await.invalid("content.attachment_id");
}

#[tokio::test]
async fn a_recalled_image_is_gone_for_everybody() {
    let (ann, bob, conversation) = two_friends().await;
    let image = uploads_image(&ann).await;
    posts(&ann, &conversation, "image", &image).await.is(201);
    ann.http.delete(&format!("/conversations/{conversation}/messages/1")).await.done();
    bob.http.get(&path(&image)).await.problem(404, "not_found");
    for _ in 0..100 {
        if ann.http.get(&path(&image)).await.status == 404 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("nobody has removed it");
}

#[tokio::test]
async fn hostile_uploads_are_refused_with_a_clear_problem() {
    let ann = Person::registers(Server::shared()).await;
    let png = || picture(20, 20, ImageFormat::Png);
    let html = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>".to_vec();
    for (name, kind, bytes) in [
        ("a.html", "text/html", html.clone()),
        ("a.txt", "text/plain", html),
        ("a.svg", "image/svg+xml", svg.clone()),
        ("a.png", "image/png", svg),
        ("a.html", "application/octet-stream", b"x".to_vec()),
    ] {
        uploads(&ann, name, kind, bytes).await.problem(415, "unsupported_media_type");
    }
    let mut bomb = png();
    bomb[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50]); // 50 000 × 50 000, with a wrong check sum
    let truncated = picture(200, 200, ImageFormat::Jpeg)[..400].to_vec();
    for (name, kind, bytes, field) in [
        ("a.png", "image/png", bomb, "image"),
        ("a.jpg", "image/jpeg", truncated, "image"),
        ("wide.png", "image/png", picture(10_000, 1, ImageFormat::Png), "image"),
        ("a.jpg", "image/jpeg", png(), "content_type"),
        ("a.jpg", "image/png", png(), "name"),
        ("a.png", "image/png", b"not a picture".to_vec(), "content_type"),
        ("a.bin", "application/octet-stream", vec![], "content"),
        ("../../etc/passwd", "text/plain", b"x".to_vec(), "name"),
        ("a\\b.txt", "text/plain", b"x".to_vec(), "name"),
        ("..", "text/plain", b"x".to_vec(), "name"),
        ("a\0.txt", "text/plain", b"x".to_vec(), "name"),
        ("photo\u{202e}gpj.exe", "text/plain", b"x".to_vec(), "name"),
        ("a\u{200b}.txt", "text/plain", b"x".to_vec(), "name"),
        (&"x".repeat(256), "text/plain", b"x".to_vec(), "name"),
    ] {
        uploads(&ann, name, kind, bytes).await.invalid(field);
    }
    let large = uploads(&ann, "a.bin", "application/octet-stream", vec![0; 25 * 1024 * 1024 + 1]).await;
    large.problem(413, "payload_too_large");
    uploads(&ann, "a.bin", "application/octet-stream", vec![0; 25 * 1024 * 1024]).await.is(201);
    for header in ["", ";", "attachment; filename*=UTF-16''x", "attachment; filename*=UTF-8''%ff"] {
        let request = ann.http.request("POST", "/attachments").header("content-type", "text/plain");
        let answer = Answer::to(request.header("content-disposition", header).body("x")).await;
        assert!([400, 422, 201].contains(&answer.status), "{header}: {answer:?}");
    }
}

#[tokio::test]
async fn a_polyglot_comes_out_clean() {
    let ann = Person::registers(Server::shared()).await;
    for (name, kind, format) in [
        ("a.png", "image/png", ImageFormat::Png),
        ("a.jpg", "image/jpeg", ImageFormat::Jpeg),
        ("a.webp", "image/webp", ImageFormat::WebP),
    ] {
        let mut bytes = picture(30, 20, format);
        bytes.extend_from_slice(b"<script>alert(1)</script>PK\x03\x04");
        let image = uploads(&ann, name, kind, bytes).await.is(201);
        let clean = fetches(&ann, &path(&image)).await;
        assert!(!clean.bytes.windows(7).any(|window| window == b"<script"), "{name}");
        let shown = image::load_from_memory(&clean.bytes).unwrap();
        assert_eq!((shown.width(), shown.height()), (30, 20));
    }
}

#[tokio::test]
async fn a_group_has_a_picture() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let group = ann.creates_group_with(&[&bob]).await;
    let mut socket = bob.connects().await;
    let put = async |person: &Person, kind: &str, bytes: Vec<u8>| {
        let request = person.http.request("PUT", &format!("/groups/{group}/avatar"));
        Answer::to(request.header("content-type", kind).body(bytes)).await
    };
    let changed = put(&ann, "image/png", picture(600, 600, ImageFormat::Png)).await.is(200);
    let url = changed["avatar_url"].as_str().unwrap().to_owned();
    assert_eq!(socket.next_event("group").await["data"]["group"]["avatar_url"], url.as_str());
    assert_eq!(bob.conversation(&group).await["avatar_url"], url.as_str());
    let seen = fetches(&bob, &url.replace(&server.url, "/")).await;
    let seen = image::load_from_memory_with_format(&seen.bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!((seen.width(), seen.height()), (512, 512));
    put(&bob, "image/png", picture(9, 9, ImageFormat::Png)).await.problem(403, "forbidden");
    put(&ann, "image/png", b"x".to_vec()).await.invalid("image");
    put(&ann, "image/gif", b"GIF89a".to_vec()).await.problem(415, "unsupported_media_type");
    let stranger = Person::registers(server).await;
    put(&stranger, "image/png", picture(9, 9, ImageFormat::Png)).await.problem(404, "not_found");
    let path = format!("/groups/{group}/avatar");
    assert_eq!(ann.http.delete(&path).await.is(200)["avatar_url"], Value::Null);
    bob.http.delete(&path).await.problem(403, "forbidden");
}
