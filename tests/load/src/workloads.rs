use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use tokio::task::JoinSet;

use crate::Result;
use crate::people::{Api, Person};
use crate::process::Server;
use crate::report::{Row, percentile};
use crate::socket::{Socket, send_frame};

/// How long a server may do what is still to be done before its CPU time is read.
const SETTLE: Duration = Duration::from_millis(1500);

/// W1: one pair, one message at a time: from sending it to the other's having it.
pub(crate) async fn one_pair(server: &Server) -> Result<Row> {
    const MESSAGES: usize = 3000;
    let api = Api::new(server);
    let people = api.register(2).await?;
    let [ann, bob] = people.as_slice() else { return Err("two people".into()) };
    let conversation = api.befriend(ann, bob).await?;
    let (mut sends, mut hears) =
        (Socket::open(server, ann).await?, Socket::open_at(server.node(1), bob).await?);
    let mut took = Vec::with_capacity(MESSAGES);
    for number in 0..MESSAGES {
        let began = Instant::now();
        sends.send(send_frame(&conversation, &number.to_string())).await?;
        hears.next_message().await?;
        took.push(began.elapsed());
        sends.next_message().await?;
    }
    let (p50, p99) = (percentile(&mut took, 0.5), percentile(&mut took, 0.99));
    Ok(Row::new("W1", vec![("p50_us", p50), ("p99_us", p99)]))
}

/// W2: 200 pairs, each sender with four messages on the way.
pub(crate) async fn many_pairs(server: &Server, seconds: u64) -> Result<Row> {
    const PAIRS: usize = 200;
    let api = Api::new(server);
    let people = api.register(2 * PAIRS).await?;
    let mut sockets = Vec::with_capacity(PAIRS);
    for (number, pair) in people.chunks_exact(2).enumerate() {
        let [ann, bob] = pair else { continue };
        let conversation = api.befriend(ann, bob).await?;
        let sender = Socket::open_at(server.node(number), ann).await?;
        let receiver = Socket::open_at(server.node(number + 1), bob).await?;
        sockets.push((sender, receiver, conversation));
    }
    tokio::time::sleep(SETTLE).await;
    let (stored, heard) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (cpu, beside, began) = (server.cpu()?, server.cpu_beside()?, Instant::now());
    let until = began + Duration::from_secs(seconds);
    let mut tasks = JoinSet::new();
    for (sender, receiver, conversation) in sockets {
        tasks.spawn(keep_sending(sender, conversation, until, Arc::clone(&stored)));
        tasks.spawn(keep_hearing(receiver, until + SETTLE, Arc::clone(&heard)));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let sends = count(&stored);
    let mut figures = vec![
        ("sends_per_second", sends / Duration::from_secs(seconds).as_secs_f64()),
        ("server_cpu_us_per_send", micros_each(server.cpu()? - cpu, sends)),
        ("sends", sends),
        ("heard", count(&heard)),
    ];
    if let (Some(before), Some(now)) = (beside, server.cpu_beside()?) {
        figures.push(("beside_cpu_us_per_send", micros_each(now - before, sends)));
    }
    Ok(Row::new("W2", figures))
}

async fn keep_sending(
    mut socket: Socket,
    conversation: String,
    until: Instant,
    stored: Arc<AtomicU64>,
) -> Result<()> {
    const WINDOW: u64 = 4;
    let mut number = 0;
    while number < WINDOW {
        socket.send(send_frame(&conversation, &number.to_string())).await?;
        number += 1;
    }
    let mut open = WINDOW;
    while open > 0 {
        let frame = socket.next().await?;
        if !frame.starts_with(r#"{"op":"reply""#) {
            continue;
        }
        if !frame.contains(r#""ok":true"#) {
            return Err(frame.to_string().into());
        }
        stored.fetch_add(1, Ordering::Relaxed);
        open -= 1;
        if Instant::now() < until {
            socket.send(send_frame(&conversation, &number.to_string())).await?;
            number += 1;
            open += 1;
        }
    }
    Ok(())
}

async fn keep_hearing(mut socket: Socket, until: Instant, heard: Arc<AtomicU64>) -> Result<()> {
    while let Ok(message) = tokio::time::timeout_at(until.into(), socket.next_message()).await {
        message?;
        heard.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// W3: one group with 200 members online, one of whom writes, with eight messages on the way.
pub(crate) async fn one_group(server: &Server) -> Result<Row> {
    const MEMBERS: usize = 200;
    const MESSAGES: usize = 2000;
    let api = Api::new(server);
    let people = api.register(MEMBERS).await?;
    let group = open_group(&api, &people).await?;
    let Deliveries { cpu_us_each, p50_us, p99_us } = one_writes(server, &people, &group, MESSAGES, 8).await?;
    let figures = vec![("server_cpu_us_per_delivery", cpu_us_each), ("p50_us", p50_us), ("p99_us", p99_us)];
    Ok(Row::new("W3", figures))
}

/// W8: one group of 10 000 members with 1 000 online: the last of them come in, one writes, with eight messages on the
/// way and one at a time, one looks who is there.
pub(crate) async fn large_group(server: &Server) -> Result<Row> {
    const MEMBERS: usize = 10_000;
    const ONLINE: usize = 1000;
    const COME_LATE: usize = 100;
    const MESSAGES: usize = 400;
    const PAGES: usize = 100;
    let api = Api::new(server);
    let people = api.register(MEMBERS).await?;
    let (early, late) = people.split_at(MEMBERS - COME_LATE);
    let group = open_group(&api, early).await?;
    let (online, path) = (people.get(..ONLINE).unwrap_or_default(), format!("/groups/{group}/members"));
    let sockets = open_all(server, online.iter()).await?;
    tokio::time::sleep(SETTLE).await;
    let (cpu, began) = (server.cpu()?, Instant::now());
    for person in late {
        api.put(&format!("{path}/me"), &person.token).await?;
    }
    let took = began.elapsed();
    drop(sockets);
    tokio::time::sleep(SETTLE).await;
    let joins = u32::try_from(late.len()).map_or(0.0, f64::from);
    let mut figures = vec![
        ("milliseconds_each_join", took.as_secs_f64() * 1e3 / joins),
        ("server_cpu_us_each_join", micros_each(server.cpu()? - cpu, joins)),
    ];
    let many = one_writes(server, online, &group, MESSAGES, 8).await?;
    let single = one_writes(server, online, &group, MESSAGES, 1).await?;
    figures.extend([
        ("server_cpu_us_per_delivery", many.cpu_us_each),
        ("p99_us", many.p99_us),
        ("one_at_a_time_server_cpu_us_per_delivery", single.cpu_us_each),
        ("one_at_a_time_p99_us", single.p99_us),
    ]);
    let owner = people.first().ok_or("members")?;
    let (cpu, mut cursor) = (server.cpu()?, String::new());
    for _ in 0..PAGES {
        let page = api.get(&format!("{path}?limit=100{cursor}"), &owner.token).await?;
        cursor = page["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    let pages = u32::try_from(PAGES).map_or(0.0, f64::from);
    figures.push(("server_cpu_us_each_page_of_100_members", micros_each(server.cpu()? - cpu, pages)));
    Ok(Row::new("W8", figures))
}

/// A group of the first person's, which all others have joined.
async fn open_group(api: &Api, people: &[Person]) -> Result<String> {
    let (owner, others) = people.split_first().ok_or("members")?;
    let group = api.post("/groups", &owner.token, &json!({ "name": "everybody" })).await?;
    let id = group["id"].as_str().ok_or("a group has an id")?.to_owned();
    for member in others {
        api.put(&format!("/groups/{id}/members/me"), &member.token).await?;
    }
    Ok(id)
}

/// What deliveries cost, and how long after its sending a message was there.
struct Deliveries {
    cpu_us_each: f64,
    p50_us: f64,
    p99_us: f64,
}

/// The first of the members writes, with `window` messages on the way, and all hear it: what a delivery costs.
async fn one_writes(
    server: &Server,
    members: &[Person],
    group: &str,
    messages: usize,
    window: usize,
) -> Result<Deliveries> {
    let (owner, others) = members.split_first().ok_or("members")?;
    let mut sender = Socket::open(server, owner).await?;
    let mut listeners = JoinSet::new();
    let began = Instant::now();
    for mut socket in open_all(server, others.iter()).await? {
        listeners.spawn(async move {
            let mut heard_at = Vec::with_capacity(messages);
            while heard_at.len() < messages {
                socket.next_message().await?;
                heard_at.push(began.elapsed());
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(heard_at)
        });
    }
    tokio::time::sleep(SETTLE).await;
    let cpu = server.cpu()?;
    let mut sent_at = Vec::with_capacity(messages);
    for number in 0..messages {
        if number >= window {
            sender.next_message().await?;
        }
        sent_at.push(began.elapsed());
        sender.send(send_frame(group, &format!("{window}-{number}"))).await?;
    }
    for _ in 0..window {
        sender.next_message().await?;
    }
    let mut took = Vec::with_capacity(messages * members.len());
    while let Some(heard_at) = listeners.join_next().await {
        took.extend(heard_at??.into_iter().zip(&sent_at).map(|(heard, sent)| heard.saturating_sub(*sent)));
    }
    tokio::time::sleep(SETTLE).await;
    let deliveries = u32::try_from(members.len() * messages).map_or(0.0, f64::from);
    Ok(Deliveries {
        cpu_us_each: micros_each(server.cpu()? - cpu, deliveries),
        p50_us: percentile(&mut took, 0.5),
        p99_us: percentile(&mut took, 0.99),
    })
}

/// W4: 5 000 idle sockets of 250 people.
pub(crate) async fn idle_sockets(server: &Server) -> Result<Row> {
    const PEOPLE: usize = 250;
    const SOCKETS: usize = 5000;
    let api = Api::new(server);
    let people = api.register(PEOPLE).await?;
    tokio::time::sleep(SETTLE).await;
    let before = server.memory()?;
    let sockets = open_all(server, people.iter().cycle().take(SOCKETS)).await?;
    tokio::time::sleep(SETTLE).await;
    let (after, cpu) = (server.memory()?, server.cpu()?);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = server.cpu()? - cpu;
    let opened = u32::try_from(sockets.len()).map_or(0.0, f64::from);
    Ok(Row::new(
        "W4",
        vec![
            ("sockets", opened),
            ("kib_each", (after - before) / opened),
            ("idle_server_kib_before", before),
            ("cpu_percent_while_idle", idle.as_secs_f64() / 5.0 * 100.0),
        ],
    ))
}

async fn open_all<'a>(server: &Server, people: impl Iterator<Item = &'a Person>) -> Result<Vec<Socket>> {
    stream::iter(people).map(|person| Socket::open(server, person)).buffer_unordered(64).try_collect().await
}

/// W5: 10 000 messages missed: the time to have them all.
pub(crate) async fn missed_messages(server: &Server) -> Result<Row> {
    const MESSAGES: u64 = 10_000;
    let api = Api::new(server);
    let people = api.register(2).await?;
    let [ann, bob] = people.as_slice() else { return Err("two people".into()) };
    let conversation = api.befriend(ann, bob).await?;
    let mut sender = Socket::open(server, ann).await?;
    for batch in 0..MESSAGES / 50 {
        for number in 0..50 {
            sender.send(send_frame(&conversation, &format!("{batch}-{number}"))).await?;
        }
        for _ in 0..50 {
            sender.next_message().await?;
        }
    }
    let (cpu, began) = (server.cpu()?, Instant::now());
    let (mut after, mut had) = (0, 0);
    loop {
        let path = format!("/conversations/{conversation}/messages?after={after}&limit=100");
        let page = api.get(&path, &bob.token).await?;
        let items = page["items"].as_array().ok_or("a page has items")?;
        had += items.len();
        after = items.last().and_then(|message| message["seq"].as_u64()).unwrap_or(after);
        if page["has_more"] != true {
            break;
        }
    }
    let took = began.elapsed();
    tokio::time::sleep(SETTLE).await;
    let had = u32::try_from(had).map_or(0.0, f64::from);
    Ok(Row::new(
        "W5",
        vec![
            ("milliseconds", took.as_secs_f64() * 1e3),
            ("server_cpu_ms", (server.cpu()? - cpu).as_secs_f64() * 1e3),
            ("messages", had),
        ],
    ))
}

/// W6: connecting with a token, saying `hello`, and going.
pub(crate) async fn connecting(server: &Server) -> Result<Row> {
    const PEOPLE: usize = 100;
    const CONNECTIONS: usize = 5000;
    let api = Api::new(server);
    let people = api.register(PEOPLE).await?;
    tokio::time::sleep(SETTLE).await;
    let (cpu, began) = (server.cpu()?, Instant::now());
    stream::iter(people.iter().cycle().take(CONNECTIONS))
        .map(|person| async { Socket::open(server, person).await?.close().await })
        .buffer_unordered(64)
        .try_collect::<Vec<()>>()
        .await?;
    let took = began.elapsed();
    tokio::time::sleep(SETTLE).await;
    let connections = u32::try_from(CONNECTIONS).map_or(0.0, f64::from);
    Ok(Row::new(
        "W6",
        vec![
            ("connections_per_second", connections / took.as_secs_f64()),
            ("server_cpu_us_each", micros_each(server.cpu()? - cpu, connections)),
        ],
    ))
}

/// W7: the newest 20 messages of a conversation, as people open it.
pub(crate) async fn newest_pages(server: &Server) -> Result<Row> {
    const PAGES: usize = 20_000;
    let api = Api::new(server);
    let people = api.register(2).await?;
    let [ann, bob] = people.as_slice() else { return Err("two people".into()) };
    let conversation = api.befriend(ann, bob).await?;
    let mut sender = Socket::open(server, ann).await?;
    for number in 0..200 {
        sender.send(send_frame(&conversation, &number.to_string())).await?;
        sender.next_message().await?;
    }
    tokio::time::sleep(SETTLE).await;
    let path = format!("/conversations/{conversation}/messages?limit=20");
    let (cpu, beside, began) = (server.cpu()?, server.cpu_beside()?, Instant::now());
    stream::iter(0..PAGES)
        .map(|_| api.get(&path, &bob.token))
        .buffer_unordered(16)
        .try_for_each(|_| std::future::ready(Ok(())))
        .await?;
    let took = began.elapsed();
    let pages = u32::try_from(PAGES).map_or(0.0, f64::from);
    let mut figures = vec![
        ("pages_per_second", pages / took.as_secs_f64()),
        ("server_cpu_us_each", micros_each(server.cpu()? - cpu, pages)),
    ];
    if let (Some(before), Some(now)) = (beside, server.cpu_beside()?) {
        figures.push(("beside_cpu_us_each", micros_each(now - before, pages)));
    }
    Ok(Row::new("W7", figures))
}

fn micros_each(cpu: Duration, count: f64) -> f64 {
    cpu.as_secs_f64() * 1e6 / count
}

fn count(counter: &AtomicU64) -> f64 {
    u32::try_from(counter.load(Ordering::Relaxed)).map_or(0.0, f64::from)
}
