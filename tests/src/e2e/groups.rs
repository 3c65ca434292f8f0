//! Groups and their members.

use serde_json::{Value, json};
use uuid::Uuid;

use super::http::Answer;
use super::person::Person;
use super::server::Server;

async fn people<const N: usize>() -> [Person; N] {
    let mut people = Vec::new();
    for _ in 0..N {
        people.push(Person::registers(Server::shared()).await);
    }
    people.try_into().ok().unwrap()
}

async fn found(person: &Person, query: &str) -> Vec<String> {
    let request = person.http.request("GET", "/groups").query(&[("query", query)]);
    let page = Answer::to(request).await.is(200);
    let name = |group: &Value| group["name"].as_str().unwrap().to_owned();
    page["items"].as_array().unwrap().iter().map(name).collect()
}

async fn roles(person: &Person, group: &str) -> Vec<(String, String)> {
    let members = person.http.list(&format!("/groups/{group}/members")).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    members.iter().map(|member| (text(&member["user"]["id"]), text(&member["role"]))).collect()
}

#[tokio::test]
async fn who_makes_a_group_owns_it() {
    let [ann] = people().await;
    let group = ann.http.post("/groups", json!({ "name": "  The choir " })).await.is(201);
    for (field, value) in [
        ("name", json!("The choir")),
        ("description", json!("")),
        ("avatar_url", Value::Null),
        ("owner_id", json!(ann.id)),
        ("join_policy", json!("open")),
        ("history", json!("since_join")),
        ("member_count", json!(1)),
        ("my_role", json!("owner")),
    ] {
        assert_eq!(group[field], value, "{field}");
    }
    let id = group["id"].as_str().unwrap();
    assert_eq!(ann.http.get(&format!("/groups/{id}")).await.is(200), group);
    let conversation = ann.conversation(id).await;
    assert_eq!((&conversation["kind"], &conversation["title"]), (&json!("group"), &json!("The choir")));
    assert_eq!((&conversation["group"], &conversation["peer"]), (&group, &Value::Null));
    assert_eq!((&conversation["last_seq"], &conversation["rev"]), (&json!(0), &json!(0)));
    assert_eq!(roles(&ann, id).await, [(ann.id.clone(), "owner".to_owned())]);
}

#[tokio::test]
async fn a_group_can_begin_with_friends_and_with_nobody_else() {
    let [ann, bob, cem] = people().await;
    ann.befriends(&bob).await;
    let draft = |members: &[&Person]| {
        let ids: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
        json!({ "name": "Us", "description": "We.", "join_policy": "invite", "history": "all", "member_ids": ids })
    };
    ann.http.post("/groups", draft(&[&bob, &cem])).await.problem(403, "not_friends");
    let group = ann.http.post("/groups", draft(&[&bob, &bob, &ann])).await.is(201);
    assert_eq!((&group["member_count"], &group["history"]), (&json!(2), &json!("all")));
    let conversation = bob.conversation(group["id"].as_str().unwrap()).await;
    assert_eq!((&conversation["group"]["my_role"], &conversation["rev"]), (&json!("member"), &json!(0)));
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_by_field() {
    let [ann] = people().await;
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("n".repeat(65))),
        ("description", json!("d".repeat(501))),
        ("join_policy", json!("closed")),
        ("history", json!("none")),
    ] {
        let mut body = json!({ "name": "A group" });
        body[field] = value;
        ann.http.post("/groups", body.clone()).await.invalid(field);
        let group = ann.creates_group(json!({ "name": "A group" })).await;
        ann.http.patch(&format!("/groups/{group}"), body).await.invalid(field);
    }
    ann.http.post("/groups", json!({})).await.invalid("name");
    let limit = json!({ "name": "上".repeat(64), "description": "海".repeat(500) });
    ann.http.post("/groups", limit).await.is(201);
}

#[tokio::test]
async fn groups_are_found_by_any_part_of_their_name_in_any_script() {
    let [ann, bob] = people().await;
    let mark = Uuid::new_v4().simple().to_string();
    for name in ["我家在上海东边", "Die Straße"] {
        ann.creates_group(json!({ "name": format!("{name}{}", &mark[..20]) })).await;
    }
    for query in [format!("上海东边{}", &mark[..20]), format!("STRASSE{}", mark[..20].to_uppercase())] {
        assert_eq!(found(&bob, &query).await.len(), 1, "{query}");
    }
    assert!(found(&bob, "上海").await.iter().any(|name| name.contains("上海")));
    assert!(found(&bob, "海").await.iter().any(|name| name.contains('海')));
}

#[tokio::test]
async fn percent_and_underscore_are_ordinary_characters() {
    let [ann] = people().await;
    let mark = &Uuid::new_v4().simple().to_string()[..12];
    for name in ["a%b", "a_b", "axb", "a\\b"] {
        ann.creates_group(json!({ "name": format!("{name}{mark}") })).await;
    }
    for name in ["a%b", "a_b", "a\\b"] {
        assert_eq!(found(&ann, &format!("{name}{mark}")).await, [format!("{name}{mark}")]);
    }
    assert_eq!(found(&ann, &format!("%{}", &mark[1..])).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_best_match_comes_first() {
    let [ann] = people().await;
    let mark = Uuid::new_v4().simple().to_string()[..16].to_owned();
    let names = [format!("x {mark} y"), format!("{mark} and more"), format!("{mark} z"), mark.clone()];
    for name in &names {
        ann.creates_group(json!({ "name": name })).await;
    }
    assert_eq!(found(&ann, &mark).await, names.into_iter().rev().collect::<Vec<_>>().as_slice());
}

#[tokio::test]
async fn an_empty_query_lists_ones_own_groups() {
    let [ann, bob] = people().await;
    let group = ann.creates_group_with(&[&bob]).await;
    ann.creates_group(json!({ "name": "Not Bob's" })).await;
    for path in ["/groups", "/groups?query=", "/groups?query=%20"] {
        let groups = bob.http.list(path).await;
        assert_eq!(groups.len(), 1, "{path}");
        assert_eq!((&groups[0]["id"], &groups[0]["my_role"]), (&json!(group), &json!("member")));
    }
}

#[tokio::test]
async fn an_invite_only_group_is_there_for_its_members_alone() {
    let [ann, bob, cem] = people().await;
    ann.befriends(&bob).await;
    let name = format!("secret {}", Uuid::new_v4().simple());
    let group = ann.creates_group(json!({ "name": name, "join_policy": "invite" })).await;
    cem.http.get(&format!("/groups/{group}")).await.problem(404, "not_found");
    cem.joins(&group).await.problem(403, "invite_only");
    assert_eq!(found(&cem, &name).await, Vec::<String>::new());
    let member = ann.adds(&group, &bob).await.is(200);
    assert_eq!((&member["user"]["id"], &member["role"]), (&json!(bob.id), &json!("member")));
    assert_eq!((&member["muted_until"], member["joined_at"].is_string()), (&Value::Null, true));
    assert_eq!(found(&bob, &name).await, [name]);
    assert_eq!(bob.http.get(&format!("/groups/{group}")).await.is(200)["my_role"], "member");
}

#[tokio::test]
async fn an_open_group_can_be_seen_and_joined_by_anybody() {
    let [ann, bob] = people().await;
    let group = ann.creates_group(json!({ "name": "Open" })).await;
    let seen = bob.http.get(&format!("/groups/{group}")).await.is(200);
    assert_eq!((&seen["my_role"], &seen["member_count"]), (&Value::Null, &json!(1)));
    for path in [format!("/groups/{group}/members"), format!("/conversations/{group}")] {
        bob.http.get(&path).await.problem(404, "not_found");
    }
    let joined = bob.joins(&group).await.is(200);
    assert_eq!((&joined["my_role"], &joined["member_count"]), (&json!("member"), &json!(2)));
    assert_eq!(bob.joins(&group).await.is(200), joined);
    assert_eq!(bob.texts(&group).await, ["[member_joined]"]);
    let notice = bob.history(&group).await[0].clone();
    let content = json!({ "type": "system", "event": "member_joined", "user_id": bob.id });
    assert_eq!((&notice["content"], &notice["sender_id"]), (&content, &Value::Null));
}

#[tokio::test]
async fn a_full_group_takes_nobody_more() {
    let server = Server::with(&[("CHATCHAT_CHAT__MAX_GROUP_MEMBERS", "2")]);
    let (ann, bob) = (Person::registers(&server).await, Person::registers(&server).await);
    let cem = Person::registers(&server).await;
    ann.befriends(&cem).await;
    let group = ann.creates_group_with(&[&bob]).await;
    cem.joins(&group).await.problem(409, "group_full");
    ann.adds(&group, &cem).await.problem(409, "group_full");
    bob.joins(&group).await.is(200);
    bob.leaves(&group).await.done();
    cem.joins(&group).await.is(200);
}

#[tokio::test]
async fn owner_and_members_change_what_their_role_allows() {
    let [ann, bob, cem] = people().await;
    let group = ann.creates_group_with(&[&bob]).await;
    let path = format!("/groups/{group}");
    let change = json!({ "name": "Another name" });
    bob.http.patch(&path, change.clone()).await.problem(403, "forbidden");
    cem.http.patch(&path, change.clone()).await.problem(404, "not_found");
    let changed = ann.http.patch(&path, change).await.is(200);
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Another name"), &json!("")));
    assert_eq!(bob.conversation(&group).await["title"], "Another name");
    assert_eq!(bob.texts(&group).await, ["[member_joined]", "[group_renamed]"]);
    let before = ann.conversation(&group).await["rev"].clone();
    ann.http.patch(&path, json!({ "name": "Another name" })).await.is(200);
    assert_eq!(ann.conversation(&group).await["rev"], before, "nothing has changed");
    for (person, status, code) in [(&bob, 403, "not_owner"), (&cem, 404, "not_found")] {
        person.http.delete(&path).await.problem(status, code);
        person.transfers(&group, &bob).await.problem(status, code);
    }
    bob.adds(&group, &cem).await.problem(403, "forbidden");
    cem.adds(&group, &bob).await.problem(404, "not_found");
}

#[tokio::test]
async fn an_owner_adds_friends_only_and_nobody_twice() {
    let [ann, bob, cem] = people().await;
    ann.befriends(&bob).await;
    let group = ann.creates_group(json!({ "name": "A group" })).await;
    ann.adds(&group, &cem).await.problem(403, "not_friends");
    let member = ann.adds(&group, &bob).await.is(200);
    let rev = ann.conversation(&group).await["rev"].clone();
    assert_eq!(ann.adds(&group, &bob).await.is(200), member);
    assert_eq!(ann.conversation(&group).await["rev"], rev);
    assert_eq!(bob.texts(&group).await, ["[member_joined]"]);
}

#[tokio::test]
async fn who_is_kicked_is_out_at_once() {
    let [ann, bob, cem] = people().await;
    let group = ann.creates_group_with(&[&bob, &cem]).await;
    bob.kicks(&group, &cem).await.problem(403, "forbidden");
    bob.kicks(&group, &ann).await.problem(403, "forbidden");
    ann.kicks(&group, &ann).await.problem(403, "forbidden");
    ann.kicks(&group, &bob).await.done();
    ann.kicks(&group, &bob).await.problem(404, "not_found");
    bob.kicks(&group, &cem).await.problem(404, "not_found");
    bob.tries_to_send(&group, "still here?").await.problem(404, "not_found");
    for path in ["", "/messages", "/changes?after_rev=0", "/receipts"] {
        bob.http.get(&format!("/conversations/{group}{path}")).await.problem(404, "not_found");
    }
    bob.http.get(&format!("/groups/{group}/members")).await.problem(404, "not_found");
    assert_eq!(bob.http.list("/conversations").await, Vec::<Value>::new());
    assert_eq!(cem.texts(&group).await.last().unwrap(), "[member_kicked]");
    assert_eq!(cem.conversation(&group).await["group"]["member_count"], 2);
    bob.joins(&group).await.is(200);
    bob.sends(&group, "back again").await;
}

#[tokio::test]
async fn the_owner_leaves_only_after_somebody_else_owns_the_group() {
    let [ann, bob, cem] = people().await;
    let group = ann.creates_group_with(&[&bob]).await;
    ann.leaves(&group).await.problem(409, "owner_cannot_leave");
    cem.leaves(&group).await.problem(404, "not_found");
    ann.transfers(&group, &cem).await.problem(404, "not_found");
    let transferred = ann.transfers(&group, &bob).await.is(200);
    assert_eq!((&transferred["owner_id"], &transferred["my_role"]), (&json!(bob.id), &json!("member")));
    let mut after = roles(&ann, &group).await;
    after.sort_by(|one, other| one.1.cmp(&other.1));
    assert_eq!(after, [(ann.id.clone(), "member".to_owned()), (bob.id.clone(), "owner".to_owned())]);
    ann.leaves(&group).await.done();
    assert_eq!(bob.texts(&group).await, ["[member_joined]", "[owner_changed]", "[member_left]"]);
    assert_eq!(roles(&bob, &group).await, [(bob.id.clone(), "owner".to_owned())]);
}

#[tokio::test]
async fn a_deleted_group_is_gone_for_everybody() {
    let [ann, bob] = people().await;
    let name = Uuid::new_v4().simple().to_string();
    let group = ann.creates_group(json!({ "name": name })).await;
    bob.joins(&group).await.is(200);
    ann.sends(&group, "the last words").await;
    ann.http.delete(&format!("/groups/{group}")).await.done();
    for person in [&ann, &bob] {
        person.http.get(&format!("/groups/{group}")).await.problem(404, "not_found");
        person.http.get(&format!("/conversations/{group}/messages")).await.problem(404, "not_found");
        person.tries_to_send(&group, "hello?").await.problem(404, "not_found");
        person.joins(&group).await.problem(404, "not_found");
        assert_eq!(person.http.list("/conversations").await, Vec::<Value>::new());
    }
    assert_eq!(found(&bob, &name).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_new_member_reads_from_the_join_on_unless_the_group_shows_all() {
    for (history, texts, unread) in [
        ("since_join", vec!["[member_joined]", "after"], 1),
        ("all", vec!["before", "[member_joined]", "after"], 2),
    ] {
        let [ann, bob] = people().await;
        let group = ann.creates_group(json!({ "name": "A group", "history": history })).await;
        ann.sends(&group, "before").await;
        bob.joins(&group).await.is(200);
        ann.sends(&group, "after").await;
        assert_eq!(bob.texts(&group).await, texts, "{history}");
        let conversation = bob.conversation(&group).await;
        assert_eq!(conversation["last_message"]["content"]["text"], "after");
        assert!(conversation["unread"].as_u64().unwrap() <= unread, "{history}: {conversation}");
        let changes = bob.http.get(&format!("/conversations/{group}/changes?after_rev=0")).await.is(200);
        let seen = changes["messages"].as_array().unwrap().len();
        assert_eq!(seen, texts.len(), "{history}: {changes}");
    }
}
