//! [`ImageCodec`]

use std::io::Cursor;

use chatchat_adapters::images::Images;
use chatchat_domain::Error;
use chatchat_domain::ports::ImageCodec;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

contract! {
    [
        png_jpeg_and_webp_become_jpeg,
        a_large_picture_is_scaled_to_fit,
        a_small_picture_is_not_enlarged,
        a_very_narrow_picture_is_still_a_picture,
        the_colours_stay,
        transparency_becomes_white,
        no_metadata_is_left,
        another_format_is_a_broken_picture,
        what_is_no_picture_is_a_broken_picture,
        half_a_picture_or_a_damaged_one_breaks_nothing,
        a_picture_that_would_be_too_large_is_not_even_decoded,
        a_photo_keeps_its_size_and_loses_all_else,
        a_photo_that_is_too_wide_is_refused,
    ]
    in_process => Box::new(Images::new());
}

const RED: [u8; 3] = [200, 30, 30];

fn red(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_pixel(width, height, Rgb(RED)).into()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

async fn avatar(codec: &dyn ImageCodec, bytes: Vec<u8>) -> RgbImage {
    let jpeg = codec.avatar(bytes).await.unwrap();
    image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

async fn violation(codec: &dyn ImageCodec, bytes: Vec<u8>) -> (String, &'static str) {
    match codec.avatar(bytes).await {
        Err(Error::Invalid(violations)) => (violations[0].field.clone(), violations[0].code),
        other => panic!("not refused: {other:?}"),
    }
}

fn broken() -> (String, &'static str) {
    ("image".to_owned(), "broken_image")
}

async fn png_jpeg_and_webp_become_jpeg(codec: &dyn ImageCodec) {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        assert_eq!(avatar(codec, encoded(&red(40, 30), format)).await.dimensions(), (40, 30));
    }
}

async fn a_large_picture_is_scaled_to_fit(codec: &dyn ImageCodec) {
    let wide = encoded(&red(1600, 800), ImageFormat::Png);
    let tall = encoded(&red(600, 1200), ImageFormat::Png);
    assert_eq!(avatar(codec, wide).await.dimensions(), (512, 256));
    assert_eq!(avatar(codec, tall).await.dimensions(), (256, 512));
}

async fn a_small_picture_is_not_enlarged(codec: &dyn ImageCodec) {
    for (width, height) in [(1, 1), (512, 512)] {
        let small = encoded(&red(width, height), ImageFormat::Png);
        assert_eq!(avatar(codec, small).await.dimensions(), (width, height));
    }
}

async fn a_very_narrow_picture_is_still_a_picture(codec: &dyn ImageCodec) {
    let narrow = encoded(&red(10_000, 1), ImageFormat::Png);
    assert_eq!(avatar(codec, narrow).await.dimensions(), (512, 1));
}

async fn the_colours_stay(codec: &dyn ImageCodec) {
    let avatar = avatar(codec, encoded(&red(800, 800), ImageFormat::Png)).await;
    for pixel in avatar.pixels() {
        assert!(pixel.0.iter().zip(RED).all(|(is, was)| is.abs_diff(was) < 6), "{pixel:?}");
    }
}

async fn transparency_becomes_white(codec: &dyn ImageCodec) {
    let clear = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0])).into();
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let avatar = avatar(codec, encoded(&clear, format)).await;
        assert!(avatar.pixels().all(|pixel| pixel.0.iter().all(|channel| *channel > 250)));
    }
}

async fn no_metadata_is_left(codec: &dyn ImageCodec) {
    let mut jpeg = encoded(&red(20, 20), ImageFormat::Jpeg);
    let comment: &[u8] = b"\xff\xfe\x00\x13Lat 52.5, Lon 13.";
    jpeg.splice(2..2, comment.iter().copied());
    let jpeg = codec.avatar(jpeg).await.unwrap();
    assert!(!jpeg.windows(3).any(|window| window == b"Lat"));
}

async fn another_format_is_a_broken_picture(codec: &dyn ImageCodec) {
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
    for bytes in [&svg[..], &gif[..], b"BM\0\0\0\0"] {
        assert_eq!(violation(codec, bytes.to_vec()).await, broken());
    }
}

async fn what_is_no_picture_is_a_broken_picture(codec: &dyn ImageCodec) {
    for bytes in [&b""[..], b"hello", &[0; 1000], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]
    {
        assert_eq!(violation(codec, bytes.to_vec()).await, broken());
    }
}

async fn half_a_picture_or_a_damaged_one_breaks_nothing(codec: &dyn ImageCodec) {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let whole = encoded(&red(64, 64), format);
        for step in 1..whole.len().min(150) {
            let position = step * whole.len() / 150;
            let mut damaged = whole.clone();
            damaged[position] ^= 0xff;
            for bytes in [whole[..position].to_vec(), damaged] {
                match codec.avatar(bytes).await {
                    Ok(_) | Err(Error::Invalid(_)) => {}
                    other => panic!("{format:?} at {position}: {other:?}"),
                }
            }
        }
    }
}

async fn a_picture_that_would_be_too_large_is_not_even_decoded(codec: &dyn ImageCodec) {
    // The head says 60 000 × 60 000 pixels; the check sum of the head is made right.
    let mut bomb = encoded(&red(1, 1), ImageFormat::Png);
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let sum = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(violation(codec, bomb).await, ("image".to_owned(), "too_many_pixels"));
    let just_too_large = DynamicImage::new_luma8(5001, 5000);
    let bytes = encoded(&just_too_large, ImageFormat::Png);
    assert_eq!(violation(codec, bytes).await.1, "too_many_pixels");
}

async fn a_photo_keeps_its_size_and_loses_all_else(codec: &dyn ImageCodec) {
    let clear: DynamicImage = RgbaImage::from_pixel(700, 350, Rgba([0, 0, 0, 0])).into();
    for (picture, format, content_type) in [
        (red(700, 350), ImageFormat::Png, "image/png"),
        (red(700, 350), ImageFormat::Jpeg, "image/jpeg"),
        (red(700, 350), ImageFormat::WebP, "image/jpeg"),
        (clear.clone(), ImageFormat::WebP, "image/png"),
        (clear, ImageFormat::Png, "image/png"),
    ] {
        let mut bytes = encoded(&picture, format);
        bytes.extend_from_slice(b"<script>PK\x03\x04 polyglot</script>");
        let photo = codec.photo(bytes).await.unwrap();
        assert_eq!((photo.width, photo.height, photo.content_type), (700, 350, content_type), "{format:?}");
        let decoded = image::load_from_memory(&photo.bytes).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (700, 350));
        assert_eq!(decoded.color().has_alpha(), picture.color().has_alpha());
        assert!(!photo.bytes.windows(8).any(|window| window == b"polyglot"));
        let small = image::load_from_memory_with_format(&photo.thumbnail, ImageFormat::Jpeg).unwrap();
        assert_eq!((small.width(), small.height()), (320, 160));
    }
}

async fn a_photo_that_is_too_wide_is_refused(codec: &dyn ImageCodec) {
    for (width, height) in [(10_000, 1), (1, 8193)] {
        match codec.photo(encoded(&red(width, height), ImageFormat::Png)).await {
            Err(Error::Invalid(violations)) => assert_eq!(violations[0].code, "too_wide"),
            other => panic!("not refused: {other:?}"),
        }
    }
    assert_eq!(codec.photo(encoded(&red(8192, 1), ImageFormat::Png)).await.unwrap().width, 8192);
}

/// The check sum of PNG (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}
