//! The shortest way through the product.

use serde_json::json;

use super::client::Person;

#[tokio::test]
async fn two_people_become_friends_and_chat() {
    let (ann, bob) = (Person::registers("Ann").await, Person::registers("Bob").await);
    let conversation = ann.befriends(&bob).await;
    let mut hears = bob.connects().await;
    let message = ann.sends(&conversation, "Hello Bob").await;
    let event = hears.event("message").await;
    assert_eq!(event["data"]["message"], message);
    assert_eq!((&message["seq"], &message["rev"]), (&json!(1), &json!(1)));
    assert_eq!(bob.conversation(&conversation).await["unread"], 1);
    let answer = hears.sends(&conversation, "1", "Hello Ann").await;
    assert_eq!(answer["data"]["seq"], 2);
    assert_eq!(bob.conversation(&conversation).await["unread"], 0);
    assert_eq!(ann.reads_history(&conversation).await, ["Hello Bob", "Hello Ann"]);
}
