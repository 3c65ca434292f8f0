//! The MySQL engine against a real server: starting, failing, recovering, and what two nodes do at once.

use chatchat_adapters::sql::mysql::{self, Mysql, OpenError};
use chatchat_domain::admin::{Action, Note, Operator};
use chatchat_domain::conversation::{Seq, Window};
use chatchat_domain::page::Limit;
use chatchat_domain::{AuditEntryId, Error};
use futures_util::future::join_all;
use mysql_async::prelude::Queryable as _;

use crate::contract::people::{befriend, draft, first_page, person, say, second};
use crate::services::make_certificate;
use crate::services::mariadb::MariaDb;

#[tokio::test]
async fn six_starters_at_once_migrate_once() {
    let url = MariaDb::shared().database();
    let starters = join_all((0..6).map(|_| mysql::migrate(&url))).await;
    let worked = starters.into_iter().map(Result::unwrap).filter(|applied| !applied.is_empty()).count();
    assert_eq!(worked, 1);
    assert!(mysql::migrate(&url).await.unwrap().is_empty());
}

#[tokio::test]
async fn all_nodes_have_the_same_keys() {
    let url = MariaDb::shared().database();
    let nodes: Vec<Mysql> =
        join_all((0..4).map(|_| Mysql::open(&url))).await.into_iter().map(Result::unwrap).collect();
    let keys = join_all(nodes.iter().map(Mysql::keys)).await;
    let seeds: Vec<_> = keys.into_iter().map(|keys| keys.unwrap().token_keys).collect();
    assert_eq!(seeds[0].len(), 1);
    assert!(seeds.iter().all(|other| *other == seeds[0]));
}

#[tokio::test]
async fn nothing_in_the_audit_log_is_changed_or_forgotten() {
    let url = MariaDb::shared().database();
    let store = Mysql::open(&url).await.unwrap().repositories();
    let operator = Operator::new("olga").unwrap();
    let id = AuditEntryId::from_bytes([1; 16]);
    store.admin.note(Note { id, at: second(1), operator, action: Action::RotateKeys }).await.unwrap();
    let mut conn = mysql_async::Conn::from_url(&url).await.unwrap();
    for change in ["UPDATE audit SET operator = 'eve'", "DELETE FROM audit"] {
        let refused = conn.query_drop(change).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(store.admin.audit(first_page()).await.unwrap().items[0].operator.as_str(), "olga");
    assert!(mysql::migrate(&url).await.unwrap().is_empty(), "the triggers are made once");
}

#[tokio::test]
async fn what_cannot_be_opened_says_why_and_never_the_password() {
    let url = MariaDb::shared().database();
    MariaDb::shared().execute("CREATE USER IF NOT EXISTS ann@'%' IDENTIFIED BY 'right'");
    let host = url.split('@').nth(1).unwrap();
    let (host, name) = host.split_once('/').unwrap();
    for (url, refused) in [
        (format!("mysql://ann:s3cret@{host}/{name}"), true),
        (format!("mysql://ann:right@{host}/{name}"), true),
        (url.replace(name, "nowhere"), true),
        ("mysql://ann:s3cret@127.0.0.1:1/db".to_owned(), false),
    ] {
        let error = Mysql::open(&url).await.map(drop).unwrap_err();
        let expected = if refused {
            matches!(error, OpenError::Refused(_))
        } else {
            matches!(error, OpenError::Unreachable(_))
        };
        assert!(expected, "{error:?}");
        assert!(!error.to_string().contains("s3cret") && !error.to_string().contains('\n'), "{error}");
    }
}

#[tokio::test]
async fn two_nodes_number_one_conversation_without_a_hole() {
    let url = MariaDb::shared().database();
    let nodes =
        [Mysql::open(&url).await.unwrap().repositories(), Mysql::open(&url).await.unwrap().repositories()];
    let (ann, bob) = (person(&nodes[0], "Ann").await, person(&nodes[0], "Bob").await);
    let room = befriend(&nodes[0], ann, bob).await;
    let sends = (0..100).map(|number| {
        let (node, sender) = (&nodes[number % 2], [ann, bob][number / 2 % 2]);
        // Every fourth is one that the other node sends at the same time.
        let name = if number % 4 < 2 { format!("{} twice", number / 4) } else { number.to_string() };
        async move { node.log.append(vec![draft(room, sender, &name, &name)]).await.pop().unwrap().unwrap() }
    });
    let sent = join_all(sends).await;
    let fresh = sent.iter().filter(|appended| appended.fresh).count();
    let limit = Limit::new(100).unwrap();
    let page = nodes[1].conversations.history(ann, room, Window::After(Seq(0)), limit).await.unwrap();
    let (seqs, revs): (Vec<u64>, Vec<u64>) = page.items.iter().map(|one| (one.seq.0, one.rev.0)).unzip();
    let numbers: Vec<u64> = (1..=u64::try_from(fresh).unwrap()).collect();
    assert_eq!((seqs, revs), (numbers.clone(), numbers));
    assert_eq!(fresh, 75);
}

#[tokio::test]
async fn transactions_that_wait_for_each_other_all_succeed_in_the_end() {
    let url = MariaDb::shared().database();
    let nodes =
        [Mysql::open(&url).await.unwrap().repositories(), Mysql::open(&url).await.unwrap().repositories()];
    let (ann, bob) = (person(&nodes[0], "Ann").await, person(&nodes[0], "Bob").await);
    let room = befriend(&nodes[0], ann, bob).await;
    for round in 0..20 {
        say(&nodes[0], room, ann, &format!("{round}")).await.unwrap();
        // Reading locks the conversation first and the person after, parting the other way around.
        let (read, parted) = tokio::join!(
            nodes[0].conversations.advance_read(bob, room, Seq(round + 1)),
            nodes[1].friends.unfriend(ann, bob),
        );
        assert!(read.unwrap().value.moved);
        assert_eq!(parted.unwrap().value, ());
        befriend(&nodes[0], ann, bob).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_used_again() {
    let mut server = MariaDb::start();
    let store = Mysql::open(&server.database()).await.unwrap();
    let people = store.repositories();
    let (ann, bob) = (person(&people, "Ann").await, person(&people, "Bob").await);
    let room = befriend(&people, ann, bob).await;
    say(&people, room, ann, "before").await.unwrap();

    server.stop();
    assert!(matches!(store.ping().await, Err(Error::Unavailable(_))));
    assert!(matches!(say(&people, room, ann, "meanwhile").await, Err(Error::Unavailable(_))));

    server.restart();
    say(&people, room, ann, "meanwhile").await.unwrap();
    assert_eq!(say(&people, room, ann, "before").await.unwrap().message.seq, Seq(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_keeps_nobody_waiting_for_ever() {
    let server = MariaDb::start();
    let store = Mysql::open(&server.database()).await.unwrap();
    let people = store.repositories();
    let (ann, bob) = (person(&people, "Ann").await, person(&people, "Bob").await);
    let room = befriend(&people, ann, bob).await;

    server.signal("STOP");
    let (asked, said) = tokio::join!(store.ping(), say(&people, room, ann, "hello"));
    assert!(matches!((asked, said), (Err(Error::Unavailable(_)), Err(Error::Unavailable(_)))));

    server.signal("CONT");
    assert_eq!(say(&people, room, ann, "hello").await.unwrap().message.seq, Seq(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_certificate_of_its_own_it_is_reached_over_tls_alone() {
    let server = MariaDb::start_with(|folder| {
        make_certificate(folder);
        ["ca", "cert", "key"].map(|name| format!("--ssl-{name}={}/{name}.pem", folder.display())).to_vec()
    });
    let url = server.database();
    let ca = server.file("ca.pem");
    server.execute("CREATE USER tls@'%' IDENTIFIED BY 'pw' REQUIRE SSL");
    server.execute("GRANT ALL ON *.* TO tls@'%'");
    let url = url.replace("root@", "tls:pw@");

    let plain = Mysql::open(&url).await.map(drop).unwrap_err();
    assert!(matches!(plain, OpenError::Refused(_)), "{plain:?}");
    let stranger = Mysql::open(&format!("{url}?require_ssl=true")).await.map(drop).unwrap_err();
    assert!(matches!(stranger, OpenError::Unreachable(_)), "{stranger:?}");
    Mysql::open(&format!("{url}?ssl_ca={ca}")).await.unwrap().ping().await.unwrap();
}
