//! Messages by what they say.

use serde_json::{Value, json};

use super::person::Person;
use super::server::Server;

async fn found(person: &Person, query: &str) -> Vec<Value> {
    person.http.list(&format!("/messages/search?query={query}")).await
}

fn texts(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["message"]["content"]["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_was_said_is_found_at_once_by_who_can_read_it() {
    let server = Server::shared();
    let (ann, bob, eve) =
        (Person::registers(server).await, Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    let sent = ann.sends(&conversation, "我家在上海东边, near the Bund").await;
    let (by_ann, by_bob) = (found(&ann, "上海").await, found(&bob, "BUND near").await);
    assert_eq!(by_ann, [json!({ "message": sent, "conversation_id": conversation })]);
    assert_eq!(by_ann, by_bob);
    assert!(found(&eve, "上海").await.is_empty() && found(&ann, "北京").await.is_empty());
    let group = ann.creates_group(json!({ "name": "Elsewhere" })).await;
    ann.sends(&group, "上海 again").await;
    let only = format!("/messages/search?query=%E4%B8%8A%E6%B5%B7&conversation_id={conversation}");
    assert_eq!(texts(&ann.http.list(&only).await), ["我家在上海东边, near the Bund"]);
    assert_eq!(found(&ann, "上海").await.len(), 2);
    eve.http.get(&only).await.problem(404, "not_found");
    let path = "/messages/search?query=a&conversation_id=x";
    ann.http.get(path).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_search_is_paged_and_never_too_large() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    for number in 0..7 {
        bob.sends(&conversation, &format!("number {number}")).await;
        bob.sends(&conversation, "something else").await;
    }
    let whole = found(&ann, "number").await;
    assert_eq!(
        texts(&whole),
        ["number 6", "number 5", "number 4", "number 3", "number 2", "number 1", "number 0"]
    );
    for limit in [1, 3, 7] {
        assert_eq!(ann.http.list_by("/messages/search?query=number", limit).await, whole);
    }
    for query in ["", "%20%09", &"x".repeat(255), "%E3%80%80"] {
        ann.http.get(&format!("/messages/search?query={query}")).await.invalid("query");
    }
    ann.http.get("/messages/search").await.invalid("query");
    let odd = ["%25", "_", "%27%3B%20DROP%20TABLE%20messages", "%5C", "%E2%80%AE", "(", "*", "%22"];
    for query in odd {
        ann.http.get(&format!("/messages/search?query={query}")).await.is(200);
    }
    let words = vec!["x"; 127].join("+");
    ann.http.get(&format!("/messages/search?query={words}")).await.is(200);
}

#[tokio::test]
async fn what_is_recalled_is_not_found_any_more() {
    let server = Server::shared();
    let (ann, bob) = (Person::registers(server).await, Person::registers(server).await);
    let conversation = ann.befriends(&bob).await;
    ann.sends(&conversation, "regrettable words").await;
    assert_eq!(found(&bob, "regrettable").await.len(), 1);
    ann.http.delete(&format!("/conversations/{conversation}/messages/1")).await.done();
    assert!(found(&bob, "regrettable").await.is_empty());
}
