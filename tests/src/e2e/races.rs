//! Two who want what only one can have.

use serde_json::{Value, json};

use super::http::Http;
use super::person::{Person, mailed_code, new_email};
use super::server::Server;

const ROUNDS: usize = 12;

async fn people<const N: usize>() -> [Person; N] {
    let mut people = Vec::new();
    for _ in 0..N {
        people.push(Person::registers(Server::shared()).await);
    }
    people.try_into().ok().unwrap()
}

/// Messages of others are numbered without a hole, and so are the revs that the stream gives.
async fn assert_no_hole(person: &Person, conversation: &str) {
    let seqs: Vec<u64> =
        person.history(conversation).await.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    let first = seqs.first().copied().unwrap_or(1);
    assert!(seqs.iter().zip(first..).all(|(seq, expected)| *seq == expected), "{seqs:?}");
}

#[tokio::test]
async fn a_kick_and_a_send_have_one_order() {
    let [ann, bob] = people().await;
    for _ in 0..ROUNDS {
        let group = ann.creates_group_with(&[&bob]).await;
        let mut listener = ann.connects().await;
        let sends = async {
            let mut sent = 0;
            while bob.tries_to_send(&group, "am I in?").await.status == 201 {
                sent += 1;
            }
            sent
        };
        let kicks = async {
            while ann.conversation(&group).await["last_seq"].as_u64().unwrap() < 3 {}
            ann.kicks(&group, &bob).await.done();
        };
        let (sent, ()) = tokio::join!(sends, kicks);
        bob.tries_to_send(&group, "still?").await.problem(404, "not_found");
        let texts = ann.texts(&group).await;
        assert_eq!(texts.iter().filter(|text| *text == "am I in?").count(), sent);
        assert_eq!(texts.last().unwrap(), "[member_kicked]", "nothing comes after the kick");
        let rev = ann.conversation(&group).await["rev"].as_u64().unwrap();
        let known = listener.greeting["conversations"].as_array().unwrap().clone();
        let known = known.iter().find(|head| head["id"] == group.as_str()).unwrap()["rev"].as_u64().unwrap();
        for expected in known + 1..=rev {
            assert_eq!(listener.next_change(&group).await["rev"], expected);
        }
        assert_no_hole(&ann, &group).await;
    }
}

#[tokio::test]
async fn crossing_friend_requests_make_one_friendship() {
    for _ in 0..ROUNDS {
        let [ann, bob] = people().await;
        let (mut of_ann, mut of_bob) = (ann.connects().await, bob.connects().await);
        let (one, other) = tokio::join!(ann.asks(&bob), bob.asks(&ann));
        let mut statuses = [one["status"].as_str().unwrap(), other["status"].as_str().unwrap()];
        statuses.sort_unstable();
        assert_eq!(statuses, ["accepted", "pending"]);
        for (person, socket, friend) in [(&ann, &mut of_ann, &bob), (&bob, &mut of_bob, &ann)] {
            let friends = person.http.list("/friends").await;
            assert_eq!(friends.len(), 1);
            assert_eq!(friends[0]["user"]["id"], friend.id);
            for direction in ["incoming", "outgoing"] {
                let path = format!("/friend-requests?direction={direction}");
                assert_eq!(person.http.list(&path).await, Vec::<Value>::new());
            }
            let events: Vec<Value> = socket.rest().await;
            for (name, count) in [("friend", 1), ("conversation_added", 1)] {
                assert_eq!(
                    events.iter().filter(|event| event["event"] == name).count(),
                    count,
                    "{events:#?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_request_is_answered_once() {
    for _ in 0..ROUNDS {
        let [ann, bob] = people().await;
        let path = format!("/friend-requests/{}", ann.asks(&bob).await["id"].as_str().unwrap());
        let (accept, decline) = (format!("{path}/accept"), format!("{path}/decline"));
        let (accepted, declined, cancelled) = tokio::join!(
            bob.http.call("POST", &accept),
            bob.http.call("POST", &decline),
            ann.http.delete(&path)
        );
        let mut statuses = [accepted.status, declined.status, cancelled.status];
        let friends = ann.http.list("/friends").await.len();
        assert_eq!(friends, usize::from(accepted.status == 200), "{statuses:?}");
        statuses.sort_unstable();
        assert!(statuses[0] < 300 && statuses[1..] == [409, 409], "{statuses:?}");
    }
}

#[tokio::test]
async fn an_address_is_registered_once() {
    let stranger = Http::stranger(Server::shared());
    for _ in 0..ROUNDS {
        let email = new_email();
        let code = mailed_code(&stranger, &email, "register").await;
        let register = |name: &str| {
            let body = json!({ "email": email, "code": code, "password": "correct horse", "name": name });
            let stranger = Http::stranger(Server::shared());
            async move { stranger.post("/auth/register", body).await.status }
        };
        let (a, b, c) = tokio::join!(register("A"), register("B"), register("C"));
        let mut statuses = [a, b, c];
        statuses.sort_unstable();
        assert_eq!(statuses[0], 201, "{statuses:?}");
        assert!(statuses[1..].iter().all(|status| [409, 422].contains(status)), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_used_twice_at_once_gives_one_successor() {
    let stranger = Http::stranger(Server::shared());
    for _ in 0..ROUNDS {
        let [ann] = people().await;
        let refresh = |token: Value| stranger.post("/auth/refresh", json!({ "refresh_token": token }));
        let (one, other) = tokio::join!(refresh(json!(ann.refresh_token)), refresh(json!(ann.refresh_token)));
        let (one, other) = (one.is(200), other.is(200));
        assert_eq!(one["refresh_token"], other["refresh_token"], "a session has one successor");
        refresh(one["refresh_token"].clone()).await.is(200);
        assert_eq!(ann.http.list("/me/sessions").await.len(), 1);
    }
}

#[tokio::test]
async fn who_joins_twice_at_once_is_in_once() {
    for _ in 0..ROUNDS {
        let [ann, bob] = people().await;
        let group = ann.creates_group(json!({ "name": "A group" })).await;
        let mut socket = bob.connects().await;
        let (one, two, three) = tokio::join!(bob.joins(&group), bob.joins(&group), bob.joins(&group));
        for joined in [one, two, three] {
            assert_eq!(joined.is(200)["member_count"], 2);
        }
        assert_eq!(ann.texts(&group).await, ["[member_joined]"]);
        assert_eq!(ann.http.list(&format!("/groups/{group}/members")).await.len(), 2);
        let added = socket.rest().await;
        assert_eq!(
            added.iter().filter(|event| event["event"] == "conversation_added").count(),
            1,
            "{added:#?}"
        );
    }
}

#[tokio::test]
async fn the_last_place_in_a_group_is_taken_once() {
    let server = Server::with(&[("CHATCHAT_CHAT__MAX_GROUP_MEMBERS", "3")]);
    let ann = Person::registers(&server).await;
    let others = [
        Person::registers(&server).await,
        Person::registers(&server).await,
        Person::registers(&server).await,
    ];
    for _ in 0..ROUNDS {
        let group = ann.creates_group(json!({ "name": "Small" })).await;
        let joins = others.each_ref().map(|other| other.joins(&group));
        let mut statuses: Vec<u16> =
            futures_util::future::join_all(joins).await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 409]);
        assert_eq!(ann.conversation(&group).await["group"]["member_count"], 3);
    }
}

#[tokio::test]
async fn a_group_has_an_owner_whatever_a_transfer_and_a_leave_do() {
    let [ann, bob] = people().await;
    for _ in 0..ROUNDS {
        let group = ann.creates_group_with(&[&bob]).await;
        let (transferred, left) = tokio::join!(ann.transfers(&group, &bob), bob.leaves(&group));
        let members = ann.http.list(&format!("/groups/{group}/members")).await;
        let owners: Vec<&Value> = members.iter().filter(|member| member["role"] == "owner").collect();
        assert_eq!(owners.len(), 1, "{members:#?}");
        match (transferred.status, left.status) {
            (200, 409) => assert_eq!((&owners[0]["user"]["id"], members.len()), (&json!(bob.id), 2)),
            (404, 204) => assert_eq!((&owners[0]["user"]["id"], members.len()), (&json!(ann.id), 1)),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            ann.http.get(&format!("/groups/{group}")).await.is(200)["owner_id"],
            owners[0]["user"]["id"]
        );
    }
}

#[tokio::test]
async fn one_client_id_sent_many_times_at_once_is_one_message() {
    let [ann, bob] = people().await;
    let conversation = ann.befriends(&bob).await;
    for round in 0..ROUNDS {
        let name = format!("round {round}");
        let sends = (0..4).map(|_| ann.posts(&conversation, &name, "once"));
        let answers = futures_util::future::join_all(sends).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 201]);
        assert!(answers.iter().all(|answer| answer.json == answers[0].json));
    }
    assert_eq!(bob.texts(&conversation).await.len(), ROUNDS);
}

#[tokio::test]
async fn an_unfriend_and_a_send_have_one_order() {
    let [ann, bob] = people().await;
    for _ in 0..ROUNDS {
        let conversation = ann.befriends(&bob).await;
        let before = ann.history(&conversation).await.len();
        let ((), (one, two)) = tokio::join!(ann.unfriends(&bob), async {
            (bob.tries_to_send(&conversation, "x").await, bob.tries_to_send(&conversation, "y").await)
        });
        let stored = [&one, &two].iter().filter(|answer| answer.status == 201).count();
        for answer in [one, two] {
            assert!(answer.status == 201 || answer.json["code"] == "not_friends", "{answer:?}");
        }
        assert_eq!(ann.history(&conversation).await.len(), before + stored);
        bob.tries_to_send(&conversation, "z").await.problem(403, "not_friends");
    }
}
