use mockall::predicate::eq;

use crate::attachment::{Attachment, ContentType, Delivery, Dimensions, FileName, Part, Upload};
use crate::ports::{Object, ObjectKey, Photo};
use crate::testing::{ANN, Mocks, NOW, away, caller};
use crate::{AttachmentId, Error, Refusal};

const ID: AttachmentId = AttachmentId::from_bytes([7; 16]);

fn png() -> Vec<u8> {
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()
}

fn upload(name: &str, content_type: &str, bytes: Vec<u8>) -> Upload {
    let name = Some(FileName::new(name).unwrap());
    Upload { name, content_type: ContentType::new(content_type).unwrap(), bytes }
}

fn photo() -> Photo {
    Photo { bytes: vec![1, 2], content_type: "image/jpeg", width: 4, height: 3, thumbnail: vec![9] }
}

fn attachment(thumbnail: bool) -> Attachment {
    let key = |folder: &str| format!("{folder}/{}", "a".repeat(32)).parse::<ObjectKey>().unwrap();
    let attached = super::Attached {
        id: ID,
        name: FileName::new("报告.pdf").unwrap(),
        size: 2,
        content_type: ContentType::new("application/pdf").unwrap(),
        dimensions: None,
    };
    let thumbnail = thumbnail.then(|| key("thumbnails"));
    Attachment { attached, object: key("attachments"), thumbnail }
}

#[tokio::test]
async fn an_image_is_kept_as_it_was_encoded_anew_with_a_small_one() {
    let mut mocks = Mocks::new();
    mocks.images.expect_photo().with(eq(png())).once().return_once(|_| Ok(photo()));
    mocks.outbox.expect_owe().times(2).returning(|_| Ok(()));
    mocks
        .objects
        .expect_put()
        .withf(|key, object| key.as_str().starts_with("thumbnails/") && *object == Object::picture(vec![9]))
        .once()
        .return_once(|_, _| Ok(()));
    mocks
        .objects
        .expect_put()
        .withf(|key, object| {
            key.as_str().starts_with("attachments/")
                && (object.bytes.as_slice(), object.content_type.as_str()) == (&[1, 2], "image/jpeg")
                && object.disposition == "inline; filename*=UTF-8''me.jpg"
        })
        .once()
        .return_once(|_, _| Ok(()));
    mocks
        .attachments
        .expect_create()
        .withf(|new| (new.uploader, new.now) == (ANN, NOW))
        .once()
        .return_once(|_| Ok(()));
    let kept =
        mocks.app().attachments().upload(caller(), upload("me.png", "image/png", png())).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.size), ("me.jpg", 2));
    assert_eq!(kept.dimensions, Some(Dimensions { width: 4, height: 3 }));
}

#[tokio::test]
async fn a_file_stays_as_it_is_and_is_saved_not_shown() {
    let mut mocks = Mocks::new();
    mocks.outbox.expect_owe().once().returning(|_| Ok(()));
    mocks
        .objects
        .expect_put()
        .withf(|_, object| {
            object.bytes == b"%PDF-1.7" && object.disposition == "attachment; filename*=UTF-8''%E4%B8%8A.pdf"
        })
        .once()
        .return_once(|_, _| Ok(()));
    mocks.attachments.expect_create().once().return_once(|_| Ok(()));
    let given = upload("上.pdf", "application/octet-stream", b"%PDF-1.7".to_vec());
    let kept = mocks.app().attachments().upload(caller(), given).await.unwrap();
    assert_eq!((kept.content_type.as_str(), kept.dimensions), ("application/pdf", None));
}

#[tokio::test]
async fn what_a_browser_might_run_is_kept_nowhere() {
    let given = upload("a.txt", "text/plain", b"<script>".to_vec());
    let refused = Mocks::new().app().attachments().upload(caller(), given).await;
    assert_eq!(refused, Err(Refusal::UnsupportedMedia.into()));
}

#[tokio::test]
async fn an_object_that_cannot_be_kept_is_not_told_of() {
    let mut mocks = Mocks::new();
    mocks.outbox.expect_owe().once().returning(|_| Ok(()));
    mocks.objects.expect_put().return_once(|_, _| Err(away()));
    let given = upload("a.bin", "application/octet-stream", vec![0]);
    assert_eq!(mocks.app().attachments().upload(caller(), given).await, Err(away()));
}

#[tokio::test]
async fn who_may_have_it_gets_it_here_or_where_the_store_serves_it() {
    let mut mocks = Mocks::new();
    mocks.attachments.expect_find().with(eq(ANN), eq(ID)).times(2).returning(|_, _| Ok(attachment(false)));
    let mut urls = vec![None, Some("https://store.example/x".to_owned())].into_iter();
    mocks.objects.expect_signed_url().times(2).returning(move |_, _| Ok(urls.next().flatten()));
    mocks.objects.expect_get().once().return_once(|_| Ok(Some(vec![1, 2])));
    let app = mocks.app();
    let Ok(Delivery::Here(object)) = app.attachments().open(caller(), ID, Part::Whole).await else {
        panic!()
    };
    assert_eq!((object.bytes.as_slice(), object.content_type.as_str()), (&[1, 2][..], "application/pdf"));
    let there = app.attachments().open(caller(), ID, Part::Whole).await;
    assert_eq!(there, Ok(Delivery::At("https://store.example/x".to_owned())));
}

#[tokio::test]
async fn what_is_no_image_has_no_small_picture_and_what_is_not_ones_own_is_not_there() {
    let mut mocks = Mocks::new();
    let mut known = vec![Ok(attachment(false)), Err(Error::from(Refusal::NotFound))].into_iter();
    mocks.attachments.expect_find().times(2).returning(move |_, _| known.next().unwrap());
    let app = mocks.app();
    for part in [Part::Thumbnail, Part::Whole] {
        assert_eq!(app.attachments().open(caller(), ID, part).await, Err(Refusal::NotFound.into()));
    }
}
