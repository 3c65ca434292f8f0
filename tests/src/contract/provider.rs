use chatchat_adapters::sql::Repositories;
use chatchat_adapters::system::{SystemClock, SystemRandom};
use chatchat_domain::account::{EmailAddress, PasswordHash, UserName};
use chatchat_domain::provider::{
    CodeChallenge, IssuedTokens, NewGrant, NewSubject, Redeemed, Redemption, Renewal, Renewed, Scope,
    StoredCode, Subject, TokenOwner, Username,
};
use chatchat_domain::{GrantId, SubjectId};

use super::people::{self, second};

contract! {
    [
        an_account_is_found_by_its_username_in_any_case,
        a_code_gives_tokens_once_and_a_second_use_takes_them_back,
        a_code_that_is_not_answered_as_it_must_be_gives_nothing_and_stays_good,
        of_two_who_bring_a_code_at_once_nobody_keeps_tokens,
        a_refresh_token_is_good_once_and_a_second_use_ends_the_grant,
        of_two_renewals_at_once_one_gets_tokens_and_the_other_ends_them,
        tokens_end_in_time,
        a_grant_is_ended_by_its_client_alone,
        grants_that_have_ended_are_forgotten,
    ]
    sqlite => people::sqlite();
    mysql => people::mysql().await;
}

const CHALLENGE: [u8; 32] = [9; 32];
const ELSEWHERE: &str = "https://app.example/other";

async fn subject(store: &Repositories, username: &str) -> Subject {
    let subject = Subject {
        id: SubjectId::generate(&SystemClock, &SystemRandom),
        username: Username::new(username).unwrap(),
        name: UserName::new("Ann 上海").unwrap(),
        email: EmailAddress::new("ann@example.com").ok(),
    };
    let password = PasswordHash::new("a hash".to_owned());
    let new = NewSubject { subject: subject.clone(), password, created_at: second(0) };
    assert_eq!(store.provider.create(new).await, Ok(true));
    subject
}

fn owner(subject: &Subject) -> TokenOwner {
    TokenOwner {
        subject: subject.id,
        client: "acme".to_owned(),
        scope: Scope::parse("openid email").unwrap(),
        nonce: Some("nonce 上海".to_owned()),
        authenticated_at: second(0),
    }
}

/// Tokens that are told apart by a number, given out at some second.
fn tokens(number: u8, at: u64) -> IssuedTokens {
    IssuedTokens {
        access_hash: [number; 32],
        access_expires_at: second(at + 100),
        refresh_hash: Some([number + 100; 32]),
        expires_at: second(at + 1000),
    }
}

/// A code, with this number in its hash, and the grant that it is for.
async fn code(store: &Repositories, subject: &Subject, number: u8) -> GrantId {
    let code = StoredCode {
        hash: [number; 32],
        redirect_uri: "https://app.example/callback".to_owned(),
        redirect_uri_was_given: true,
        challenge: Some(CodeChallenge::from_bytes(CHALLENGE)),
        expires_at: second(60),
    };
    let id = GrantId::generate(&SystemClock, &SystemRandom);
    let grant = NewGrant {
        id,
        owner: owner(subject),
        code: Some(code),
        tokens: None,
        created_at: second(0),
        expires_at: second(60),
    };
    store.provider.grant(grant).await.unwrap();
    id
}

fn redemption(grant: GrantId, code: u8, tokens: IssuedTokens) -> Redemption {
    Redemption {
        grant,
        client: "acme".to_owned(),
        code_hash: [code; 32],
        redirect_uri: Some("https://app.example/callback".to_owned()),
        challenge: Some(CodeChallenge::from_bytes(CHALLENGE)),
        tokens,
        now: second(30),
    }
}

fn renewal(grant: GrantId, presented: u8, tokens: IssuedTokens, at: u64) -> Renewal {
    Renewal { grant, client: "acme".to_owned(), presented: [presented + 100; 32], tokens, now: second(at) }
}

async fn is_good(store: &Repositories, access: u8, at: u64) -> bool {
    store.provider.access([access; 32], second(at)).await.unwrap().is_some()
}

async fn an_account_is_found_by_its_username_in_any_case(store: &Repositories) {
    let ann = subject(store, "Ann.B-c_7").await;
    let known = store.provider.credentials(&Username::new("aNN.b-C_7").unwrap()).await.unwrap().unwrap();
    assert_eq!((known.0, known.1.expose()), (ann.id, "a hash"));
    assert_eq!(store.provider.subject(ann.id).await, Ok(Some(ann.clone())));
    let again =
        Subject { id: SubjectId::from_bytes([1; 16]), username: Username::new("ann.b-c_7").unwrap(), ..ann };
    let new =
        NewSubject { subject: again, password: PasswordHash::new("x".to_owned()), created_at: second(1) };
    assert_eq!(store.provider.create(new).await, Ok(false));
    assert_eq!(store.provider.subject(SubjectId::from_bytes([1; 16])).await, Ok(None));
    assert!(store.provider.credentials(&Username::new("nobody").unwrap()).await.unwrap().is_none());
}

async fn a_code_gives_tokens_once_and_a_second_use_takes_them_back(store: &Repositories) {
    let ann = subject(store, "ann").await;
    let grant = code(store, &ann, 1).await;
    let redeemed = store.provider.redeem(redemption(grant, 1, tokens(2, 30))).await.unwrap();
    assert_eq!(redeemed, Redeemed::Granted(owner(&ann)));
    assert_eq!(store.provider.access([2; 32], second(31)).await, Ok(Some((owner(&ann), second(130)))));
    assert_eq!(
        store.provider.refresh(grant, [102; 32], second(31)).await,
        Ok(Some((owner(&ann), second(1030))))
    );
    assert_eq!(store.provider.redeem(redemption(grant, 1, tokens(3, 30))).await, Ok(Redeemed::Reused));
    assert!(!is_good(store, 2, 31).await && !is_good(store, 3, 31).await);
    assert_eq!(store.provider.refresh(grant, [102; 32], second(31)).await, Ok(None));
}

async fn a_code_that_is_not_answered_as_it_must_be_gives_nothing_and_stays_good(store: &Repositories) {
    let ann = subject(store, "ann").await;
    let grant = code(store, &ann, 1).await;
    let good = || redemption(grant, 1, tokens(2, 30));
    for wrong in [
        Redemption { grant: GrantId::from_bytes([7; 16]), ..good() },
        Redemption { code_hash: [7; 32], ..good() },
        Redemption { client: "other".to_owned(), ..good() },
        Redemption { redirect_uri: Some(ELSEWHERE.to_owned()), ..good() },
        Redemption { redirect_uri: None, ..good() },
        Redemption { challenge: None, ..good() },
        Redemption { challenge: Some(CodeChallenge::from_bytes([7; 32])), ..good() },
        Redemption { now: second(60), ..good() },
    ] {
        assert_eq!(store.provider.redeem(wrong.clone()).await, Ok(Redeemed::Unknown), "{wrong:?}");
        assert!(!is_good(store, 2, 31).await);
    }
    assert!(matches!(store.provider.redeem(good()).await, Ok(Redeemed::Granted(_))));
}

async fn of_two_who_bring_a_code_at_once_nobody_keeps_tokens(store: &Repositories) {
    let ann = subject(store, "ann").await;
    for number in 0..20 {
        let grant = code(store, &ann, number).await;
        let bring = |access| store.provider.redeem(redemption(grant, number, tokens(access, 30)));
        let (one, other) = tokio::join!(bring(30), bring(60));
        let (one, other) = (one.unwrap(), other.unwrap());
        let granted = [&one, &other].iter().filter(|it| matches!(it, Redeemed::Granted(_))).count();
        let reused = [&one, &other].iter().filter(|it| ***it == Redeemed::Reused).count();
        assert_eq!((granted, reused), (1, 1));
        assert!(!is_good(store, 30, 31).await && !is_good(store, 60, 31).await);
    }
}

async fn a_refresh_token_is_good_once_and_a_second_use_ends_the_grant(store: &Repositories) {
    let ann = subject(store, "ann").await;
    let grant = code(store, &ann, 1).await;
    store.provider.redeem(redemption(grant, 1, tokens(2, 30))).await.unwrap();
    let of_another = Renewal { client: "other".to_owned(), ..renewal(grant, 2, tokens(3, 40), 40) };
    assert_eq!(store.provider.renew(of_another).await, Ok(Renewed::Unknown));
    let renewed = store.provider.renew(renewal(grant, 2, tokens(3, 40), 40)).await.unwrap();
    assert_eq!(renewed, Renewed::Granted(owner(&ann)));
    assert!(is_good(store, 2, 41).await && is_good(store, 3, 41).await, "the older one until it ends");
    assert_eq!(store.provider.renew(renewal(grant, 2, tokens(4, 50), 50)).await, Ok(Renewed::Reused));
    assert!(!is_good(store, 2, 51).await && !is_good(store, 3, 51).await && !is_good(store, 4, 51).await);
    assert_eq!(store.provider.renew(renewal(grant, 3, tokens(4, 50), 50)).await, Ok(Renewed::Unknown));
}

async fn of_two_renewals_at_once_one_gets_tokens_and_the_other_ends_them(store: &Repositories) {
    let ann = subject(store, "ann").await;
    for number in 0..20 {
        let grant = code(store, &ann, number).await;
        store.provider.redeem(redemption(grant, number, tokens(2, 30))).await.unwrap();
        let renew = |access| store.provider.renew(renewal(grant, 2, tokens(access, 40), 40));
        let (one, other) = tokio::join!(renew(30), renew(60));
        let outcomes = [one.unwrap(), other.unwrap()];
        assert!(outcomes.iter().any(|it| matches!(it, Renewed::Granted(_))), "{outcomes:?}");
        assert!(outcomes.contains(&Renewed::Reused), "{outcomes:?}");
        assert!(!is_good(store, 30, 41).await && !is_good(store, 60, 41).await);
    }
}

async fn tokens_end_in_time(store: &Repositories) {
    let ann = subject(store, "ann").await;
    let grant = code(store, &ann, 1).await;
    store.provider.redeem(redemption(grant, 1, tokens(2, 30))).await.unwrap();
    assert!(is_good(store, 2, 129).await && !is_good(store, 2, 130).await);
    assert!(store.provider.refresh(grant, [102; 32], second(1029)).await.unwrap().is_some());
    assert!(store.provider.refresh(grant, [102; 32], second(1030)).await.unwrap().is_none());
    let late = renewal(grant, 2, tokens(3, 1030), 1030);
    assert_eq!(store.provider.renew(late).await, Ok(Renewed::Unknown));
}

async fn a_grant_is_ended_by_its_client_alone(store: &Repositories) {
    let ann = subject(store, "ann").await;
    let grant = code(store, &ann, 1).await;
    store.provider.redeem(redemption(grant, 1, tokens(2, 30))).await.unwrap();
    store.provider.end(grant, "other").await.unwrap();
    assert!(is_good(store, 2, 31).await);
    store.provider.end(grant, "acme").await.unwrap();
    assert!(!is_good(store, 2, 31).await);
    store.provider.end(grant, "acme").await.unwrap();
}

async fn grants_that_have_ended_are_forgotten(store: &Repositories) {
    let ann = subject(store, "ann").await;
    let (ended, living) = (code(store, &ann, 1).await, code(store, &ann, 2).await);
    store.provider.redeem(redemption(living, 2, tokens(4, 30))).await.unwrap();
    let id = GrantId::generate(&SystemClock, &SystemRandom);
    let now = second(70);
    let tokens = tokens(6, 70);
    let (owner, expires_at) = (owner(&ann), tokens.expires_at);
    let new = NewGrant { id, owner, code: None, tokens: Some(tokens), created_at: now, expires_at };
    store.provider.grant(new).await.unwrap();
    let gone = Redemption { now: second(30), ..redemption(ended, 1, self::tokens(8, 30)) };
    assert_eq!(store.provider.redeem(gone).await, Ok(Redeemed::Unknown));
    assert!(is_good(store, 4, 71).await && is_good(store, 6, 71).await);
}
