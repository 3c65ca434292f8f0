//! A provider that says what a test wants it to say, over real sockets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How a path is answered.
#[derive(Clone)]
pub(crate) enum Says {
    /// With this status and this text, as JSON.
    Text(u16, String),
    /// With a redirect to this URL.
    Redirect(String),
    /// With a body that never ends.
    Endless,
    /// Not at all.
    Nothing,
}

/// A provider on a port of its own.
pub(crate) struct Oidc {
    pub(crate) url: String,
    says: Arc<Mutex<HashMap<String, Says>>>,
    asked: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

impl Oidc {
    /// A provider that has discovery, and the key of this number.
    pub(crate) async fn start(key: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (says, asked) = (Arc::<Mutex<HashMap<_, _>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let mut serving = JoinSet::new();
        let (answers, notes) = (Arc::clone(&says), Arc::clone(&asked));
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(answer(stream, Arc::clone(&answers), Arc::clone(&notes)));
            }
        });
        let provider = Self { url, says, asked, _serving: serving };
        provider.says_json("/.well-known/openid-configuration", &provider.metadata());
        provider.has_keys(&[public_key(key)]);
        provider
    }

    /// What it says of itself.
    pub(crate) fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.url);
        json!({
            "issuer": self.url,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"),
            "jwks_uri": at("/jwks"),
        })
    }

    pub(crate) fn says(&self, path: &str, what: Says) {
        self.says.lock().unwrap().insert(path.to_owned(), what);
    }

    pub(crate) fn says_json(&self, path: &str, json: &Value) {
        self.says(path, Says::Text(200, json.to_string()));
    }

    pub(crate) fn has_keys(&self, keys: &[Value]) {
        self.says_json("/jwks", &json!({ "keys": keys }));
    }

    /// For every code it gives this ID token.
    pub(crate) fn gives(&self, id_token: &str) {
        let tokens = json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token });
        self.says_json("/token", &tokens);
    }

    /// How often it was asked for a path.
    pub(crate) fn asked_for(&self, path: &str) -> usize {
        let start = format!("{path} ");
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|request| request.split_once(' ').unwrap().1.starts_with(&start))
            .count()
    }

    /// The last request to a path, head and body.
    pub(crate) fn last_request(&self, path: &str) -> String {
        let start = format!("{path} ");
        let asked = self.asked.lock().unwrap();
        asked.iter().rfind(|request| request.split_once(' ').unwrap().1.starts_with(&start)).unwrap().clone()
    }
}

async fn answer(
    mut stream: TcpStream,
    says: Arc<Mutex<HashMap<String, Says>>>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let Some(request) = read(&mut stream).await else { return };
    let path = request.split(' ').nth(1).unwrap().split('?').next().unwrap().to_owned();
    asked.lock().unwrap().push(request);
    let what = says.lock().unwrap().get(&path).cloned().unwrap_or(Says::Text(404, "{}".to_owned()));
    let head = |status: u16, more: &str| {
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n{more}\r\n")
    };
    let written = match what {
        Says::Text(status, body) => {
            let head = head(status, &format!("content-length: {}\r\n", body.len()));
            stream.write_all(format!("{head}{body}").as_bytes()).await
        }
        Says::Redirect(url) => {
            let head = head(302, &format!("location: {url}\r\ncontent-length: 0\r\n"));
            stream.write_all(head.as_bytes()).await
        }
        Says::Endless => {
            let mut written = stream.write_all(head(200, "").as_bytes()).await;
            while written.is_ok() {
                written = stream.write_all(&[b' '; 4096]).await;
            }
            written
        }
        Says::Nothing => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        }
    };
    let _gone = written;
}

/// A request, head and body.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut request = String::new();
    let mut bytes = [0; 4096];
    loop {
        let read = stream.read(&mut bytes).await.ok().filter(|read| *read > 0)?;
        request.push_str(&String::from_utf8_lossy(&bytes[..read]));
        let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
        let length = head
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
        if body.len() >= length {
            return Some(request);
        }
    }
}

/// An Ed25519 key in PKCS #8 (RFC 8410).
fn private_key(number: u8) -> EncodingKey {
    let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    EncodingKey::from_ed_der(&[prefix.as_slice(), &[number; 32]].concat())
}

/// The public key of this number, named after it.
pub(crate) fn public_key(number: u8) -> Value {
    let mut key = Jwk::from_encoding_key(&private_key(number), Algorithm::EdDSA).unwrap();
    key.common.key_id = Some(format!("key {number}"));
    serde_json::to_value(key).unwrap()
}

/// A token with this head and these claims, signed with the key of this number whatever the head says.
pub(crate) fn token(head: &Value, claims: &Value, key: u8) -> String {
    let signed = unsigned(head, claims);
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &private_key(key), Algorithm::EdDSA);
    format!("{signed}.{}", signature.unwrap())
}

/// A token as somebody makes it who takes the public key for a shared secret.
pub(crate) fn token_by_public_key(head: &Value, claims: &Value, key: u8) -> String {
    let signed = unsigned(head, claims);
    let public = URL_SAFE_NO_PAD.decode(public_key(key)["x"].as_str().unwrap()).unwrap();
    let secret = EncodingKey::from_secret(&public);
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &secret, Algorithm::HS256);
    format!("{signed}.{}", signature.unwrap())
}

/// A token without its signature.
pub(crate) fn unsigned(head: &Value, claims: &Value) -> String {
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", part(head), part(claims))
}
