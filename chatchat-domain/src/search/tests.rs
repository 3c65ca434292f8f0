use mockall::predicate::eq;

use crate::Error;
use crate::page::{Page, PageRequest};
use crate::search::{Block, Found, MessageQuery};
use crate::testing::{ANN, CHAT, Mocks, away, caller, message};

#[tokio::test]
async fn blocks_without_a_signature_get_one_but_not_all_at_once() {
    let mut mocks = Mocks::new();
    let page = Page { items: vec![message("hello")], next: None };
    let unsigned = (0..9).map(|block| (CHAT, Block(block))).collect();
    let found = Found { page: page.clone(), unsigned };
    mocks
        .index
        .expect_search()
        .with(eq(ANN), eq(Some(CHAT)), eq(MessageQuery::new("hell").unwrap()), eq(PageRequest::default()))
        .once()
        .return_once(|_, _, _, _| Ok(found));
    mocks.index.expect_sign().withf(|_, block| block.0 < 4).times(4).returning(|_, _| Err(away()));
    let app = mocks.app();
    let searched = app.search().messages(caller(), "Hell", Some(CHAT), PageRequest::default()).await;
    assert_eq!(searched, Ok(page), "whether it can be signed is not the searcher's concern");
}

#[tokio::test]
async fn a_search_for_nothing_is_refused_before_anything_is_read() {
    let searched = Mocks::new().app().search().messages(caller(), " ", None, PageRequest::default()).await;
    assert!(matches!(searched, Err(Error::Invalid(violations)) if violations[0].field == "query"));
}
