//! Pictures that people bring: decoded within limits, encoded anew.

use std::io::Cursor;

use async_trait::async_trait;
use chatchat_domain::ports::{ImageCodec, Photo};
use chatchat_domain::{Error, Violation};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits, Rgb, RgbImage, Rgba};

use crate::blocking::{Failed, Gate};

/// The most pixels that are decoded.
const MAX_PIXELS: u64 = 25_000_000;
/// The most memory a decoder may take: 25 megapixels of four 16-bit channels, and room to work.
const MAX_ALLOC: u64 = 256 << 20;
/// The longer edge of an avatar.
const EDGE: u32 = 512;
/// The longest side of a photo …
const MAX_SIDE: u32 = 8192;
/// … and of its small picture.
const THUMBNAIL: u32 = 320;
/// JPEG quality, 1 to 100.
const QUALITY: u8 = 85;
/// How many pictures are decoded at once, each of which may take [`MAX_ALLOC`].
const AT_ONCE: usize = 2;
/// How many may wait for that.
const WAITING: usize = 64;

/// Decodes and encodes pictures off the async threads.
#[derive(Debug)]
pub struct Images {
    gate: Gate,
}

impl Images {
    /// A codec with a bound of its own.
    pub fn new() -> Self {
        Self { gate: Gate::new(AT_ONCE, WAITING) }
    }
}

impl Default for Images {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl ImageCodec for Images {
    async fn avatar(&self, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
        match self.gate.run(move || avatar(bytes)).await {
            // Bytes that make a decoder panic are a broken picture, not our defect.
            Err(Failed::Panicked) => Err(broken().into()),
            made => Ok(made??),
        }
    }

    async fn photo(&self, bytes: Vec<u8>) -> Result<Photo, Error> {
        match self.gate.run(move || photo(bytes)).await {
            Err(Failed::Panicked) => Err(broken().into()),
            made => Ok(made??),
        }
    }
}

/// The picture as it is, but turned, and without all that is not the picture.
fn photo(bytes: Vec<u8>) -> Result<Photo, Violation> {
    let is_png = image::guess_format(&bytes).is_ok_and(|format| format == ImageFormat::Png);
    let picture = decode(bytes, MAX_SIDE)?;
    let has_alpha = picture.pixels.color().has_alpha();
    let mut pixels: DynamicImage =
        if has_alpha { picture.pixels.into_rgba8().into() } else { picture.pixels.into_rgb8().into() };
    pixels.apply_orientation(picture.orientation);
    let (width, height) = (pixels.width(), pixels.height());
    let edges = (THUMBNAIL.min(width), THUMBNAIL.min(height));
    let small = if has_alpha { on_white(pixels.clone()) } else { pixels.thumbnail(edges.0, edges.1) };
    let thumbnail = encode(&small.thumbnail(edges.0, edges.1)).map_err(|_| broken())?;
    let (bytes, content_type) = if is_png || has_alpha {
        (encode_png(&pixels), "image/png")
    } else {
        (encode(&pixels), "image/jpeg")
    };
    Ok(Photo { bytes: bytes.map_err(|_| broken())?, content_type, width, height, thumbnail })
}

fn avatar(bytes: Vec<u8>) -> Result<Vec<u8>, Violation> {
    let picture = decode(bytes, u32::MAX)?;
    // Flattened first: what is transparent has colours of its own, which scaling would bring to light.
    let mut small = fit(on_white(picture.pixels));
    small.apply_orientation(picture.orientation);
    encode(&small).map_err(|_| broken())
}

/// A picture as it was stored, and how it is to be turned.
struct Picture {
    pixels: DynamicImage,
    orientation: image::metadata::Orientation,
}

fn decode(bytes: Vec<u8>, max_side: u32) -> Result<Picture, Violation> {
    let format = image::guess_format(&bytes).map_err(|_| broken())?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(broken());
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| broken())?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Violation::new("image", "too_many_pixels", "must have at most 25 megapixels"));
    }
    if width > max_side || height > max_side {
        let detail = format!("must have at most {max_side} pixels a side");
        return Err(Violation::new("image", "too_wide", detail));
    }
    let orientation = decoder.orientation().map_err(|_| broken())?;
    let pixels = DynamicImage::from_decoder(decoder).map_err(|_| broken())?;
    Ok(Picture { pixels, orientation })
}

fn fit(picture: DynamicImage) -> DynamicImage {
    if picture.width() <= EDGE && picture.height() <= EDGE { picture } else { picture.thumbnail(EDGE, EDGE) }
}

/// JPEG knows no transparency.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8().into();
    }
    let transparent = picture.into_rgba8();
    let mut flat = RgbImage::new(transparent.width(), transparent.height());
    for (to, from) in flat.pixels_mut().zip(transparent.pixels()) {
        let Rgba([red, green, blue, alpha]) = *from;
        *to = Rgb([red, green, blue].map(|colour| over_white(colour, alpha)));
    }
    flat.into()
}

fn over_white(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u16::from(colour), u16::from(alpha));
    u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

fn encode(picture: &DynamicImage) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
    Ok(bytes)
}

fn encode_png(picture: &DynamicImage) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut bytes))?;
    Ok(bytes)
}

fn broken() -> Violation {
    Violation::new("image", "broken_image", "must be a PNG, JPEG or WebP picture")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_becomes_white() {
        assert_eq!([over_white(0, 0), over_white(7, 255), over_white(0, 128)], [255, 7, 127]);
    }

    #[test]
    fn scaling_brings_no_hidden_colour_to_light() {
        let hidden = image::RgbaImage::from_pixel(1024, 1024, Rgba([255, 0, 0, 0]));
        let mut png = Cursor::new(Vec::new());
        hidden.write_to(&mut png, ImageFormat::Png).unwrap();
        let avatar = image::load_from_memory(&avatar(png.into_inner()).unwrap()).unwrap().to_rgb8();
        assert!(avatar.pixels().all(|pixel| pixel.0 == [255; 3]));
    }

    #[test]
    fn a_picture_is_turned_as_its_camera_says() {
        let mut jpeg = encode(&RgbImage::new(40, 20).into()).unwrap();
        // An APP1 segment with one EXIF entry: orientation (0x0112) = 6, a quarter turn.
        let exif: &[u8] =
            b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        jpeg.splice(2..2, exif.iter().copied());
        let turned = image::load_from_memory(&avatar(jpeg).unwrap()).unwrap();
        assert_eq!((turned.width(), turned.height()), (20, 40));
    }
}
