//! Schemathesis, which knows nothing of the product but its OpenAPI document, tries what that promises: with data that
//! fits and data that does not, as several people, on things that are there.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use tempfile::TempDir;

use super::attachments::uploads_image;
use super::person::Person;
use super::server::Server;

/// What ends what the others need.
const ENDS_SOMETHING: [&str; 12] = [
    "logOut",
    "closeAccount",
    "changePassword",
    "endSession",
    "deleteGroup",
    "leaveGroup",
    "kickMember",
    "transferGroup",
    "unfriend",
    "block",
    "recallMessage",
    "declineJoinRequest",
];

/// Values of the parts of paths, for those that fit a pattern; the first pattern counts.
struct Known(Vec<(&'static str, Vec<(&'static str, String)>)>);

impl Known {
    fn write(&self, folder: &Path) {
        let operations = self.0.iter().map(|(paths, values)| {
            let values: Vec<_> =
                values.iter().map(|(name, value)| format!("\"path.{name}\" = {value}")).collect();
            format!(
                "[[operations]]\ninclude-path-regex = '{paths}'\nparameters = {{ {} }}\n",
                values.join(", ")
            )
        });
        std::fs::write(folder.join("schemathesis.toml"), operations.collect::<String>()).unwrap();
    }
}

/// Runs it as whoever has the token on what is known, on some operations.
fn tries(server: &Server, token: Option<&str>, known: Option<&Known>, some: &[String]) -> Output {
    let folder = TempDir::new().unwrap();
    let mut command =
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis/venv/bin/schemathesis"));
    command.current_dir(folder.path());
    if let Some(known) = known {
        known.write(folder.path());
    }
    command.args(["run", &format!("{}/api/openapi.json", server.url)]).args(some);
    if let Some(token) = token {
        command.arg("--header").arg(format!("Authorization: Bearer {token}"));
    }
    command.args([
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        "10",
        "--seed",
        "1",
        "--no-shrink",
    ]);
    // Much that fits the schemas breaks rules that no schema can say, and is refused as the document says: an unknown id.
    command.args(["--checks", "all", "--exclude-checks", "positive_data_acceptance"]);
    // It cannot make pictures, and does not try often enough to notice. Several workers would trip over each other in the
    // parser of CPython 3.11 ("AST constructor recursion depth mismatch").
    command.args(["--suppress-health-check", "filter_too_much", "--continue-on-failure"]);
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_that_the_document_does_not_describe() {
    let server = Server::with(&[]);
    let (ann, bob, eve) = (
        Person::registers(&server).await,
        Person::registers(&server).await,
        Person::registers(&server).await,
    );
    ann.befriends(&bob).await;
    let asked = eve.asks(&ann).await["id"].to_string();
    let group =
        ann.creates_group(json!({ "name": "g", "member_ids": [bob.id], "join_policy": "approval" })).await;
    eve.joins(&group).await.is(202);
    let requests = ann.http.get(&format!("/groups/{group}/join-requests")).await.is(200);
    let request = requests["items"][0]["id"].to_string();
    for words in ["one", "two", "three"] {
        ann.sends(&group, words).await;
    }
    let attachment = uploads_image(&ann).await["attachment_id"].to_string();
    let (group, bobs) = (json!(group).to_string(), json!(bob.id).to_string());
    let known = Known(vec![
        ("/members/.user_id", vec![("id", group.clone()), ("user_id", bobs.clone())]),
        ("/join-requests/", vec![("id", group.clone()), ("request_id", request)]),
        (
            "/messages/.seq",
            vec![("id", group.clone()), ("seq", "2".to_owned()), ("emoji", json!("👍").to_string())],
        ),
        ("^/api/v1/(groups|conversations)/", vec![("id", group)]),
        ("^/api/v1/(users|friends)/", vec![("id", bobs.clone())]),
        ("^/api/v1/blocks/", vec![("user_id", bobs)]),
        ("^/api/v1/friend-requests/", vec![("id", asked)]),
        ("^/api/v1/attachments/", vec![("id", attachment)]),
        ("/providers/", vec![("provider", json!("simulated").to_string())]),
        ("^/problems/", vec![("code", json!("not_found").to_string())]),
    ]);
    let (most, last) = (but(&ENDS_SOMETHING), only(&ENDS_SOMETHING));
    let runs = [
        (None, None, &most),
        (Some(&eve), None, &most),
        (Some(&eve), Some(&known), &most),
        (Some(&bob), Some(&known), &most),
        (Some(&ann), Some(&known), &most),
        (Some(&eve), Some(&known), &last),
        (Some(&bob), Some(&known), &last),
        (Some(&ann), Some(&known), &last),
    ];
    for (person, known, some) in runs {
        let token = person.map(|person| person.token.as_str());
        let output = tokio::task::block_in_place(|| tries(&server, token, known, some));
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && told.contains("Test cases:"),
            "{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

fn but(operations: &[&str]) -> Vec<String> {
    operations.iter().map(|id| format!("--exclude-operation-id={id}")).collect()
}

fn only(operations: &[&str]) -> Vec<String> {
    operations.iter().map(|id| format!("--include-operation-id={id}")).collect()
}
