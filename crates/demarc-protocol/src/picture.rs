//! Snapshots: whether a camera's picture lives, and whether it shows anything.
//!
//! A picture is reduced at once to a coarse grid: a shade of grey and a fingerprint for each cell.
//! That tells a live sensor from a frozen one, a view from a covered lens, and nobody from anybody.

mod past;

pub use past::{Habits, Impression, Past};

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Why bytes are no picture that can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("not a JPEG picture")]
    NotJpeg,
    #[error("a picture of more than {MOST_PIXELS} pixels")]
    TooLarge,
    #[error("a picture of less than {LEAST_SIDE} pixels a side")]
    TooSmall,
}

/// Decoding is bounded by this.
const MOST_PIXELS: usize = 1920 * 1088;
const MOST_SIDE: usize = 4096;
const LEAST_SIDE: usize = 64;
/// The side of JPEG's own blocks, in pixels.
const BLOCK: usize = 8;
/// Cells are as many blocks wide and high as keeps the grid below this.
const MOST_CELLS: usize = 1200;

/// A picture as a grid of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    across: usize,
    cells: Box<[Cell]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    /// The mean, from black to white.
    shade: u8,
    /// Of every pixel's shade: noise of one bit in one pixel changes it.
    print: u32,
}

impl Grid {
    /// Reads a JPEG picture, baseline or progressive, grey or in colour.
    ///
    /// # Errors
    /// It is none, or is out of bounds.
    pub fn read(jpeg: &[u8]) -> Result<Self, PictureError> {
        let options = DecoderOptions::default()
            .set_max_width(MOST_SIDE)
            .set_max_height(MOST_SIDE)
            .jpeg_set_out_colorspace(ColorSpace::Luma);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
        decoder.decode_headers().map_err(|_| PictureError::NotJpeg)?;
        let (width, height) = decoder.dimensions().ok_or(PictureError::NotJpeg)?;
        if width.saturating_mul(height) > MOST_PIXELS {
            return Err(PictureError::TooLarge);
        }
        if width.min(height) < LEAST_SIDE {
            return Err(PictureError::TooSmall);
        }
        let pixels = decoder.decode().map_err(|_| PictureError::NotJpeg)?;
        if pixels.len() < width * height {
            return Err(PictureError::NotJpeg);
        }
        Ok(Self::of(&pixels, width, height))
    }

    /// Pixels at the right and lower edge that fill no cell are left out.
    fn of(pixels: &[u8], width: usize, height: usize) -> Self {
        let side = (1..)
            .map(|blocks| blocks * BLOCK)
            .find(|side| (width / side) * (height / side) <= MOST_CELLS)
            .expect("large cells are few");
        let (across, down) = (width / side, height / side);
        let cell = |at: usize| {
            let (left, top) = (at % across * side, at / across * side);
            Cell::of((top..top + side).map(|row| &pixels[row * width + left..][..side]))
        };
        Self { across, cells: (0..across * down).map(cell).collect() }
    }

    /// Which cells differ at all; `None` between pictures of different sizes.
    fn changed(&self, other: &Self) -> Option<Changed> {
        let same_size = (self.across, self.cells.len()) == (other.across, other.cells.len());
        let differs = |(a, b): (&Cell, &Cell)| a.print != b.print;
        same_size.then(|| Changed(self.cells.iter().zip(&other.cells).map(differs).collect()))
    }

    /// The shade in the middle, and how far apart the dark and the bright parts are. The few most
    /// extreme cells do not count: what a camera writes over its picture is there in the dark, too.
    fn shades(&self) -> (u8, u8) {
        const EXTREME_PART: usize = 12;
        let mut shades: Vec<u8> = self.cells.iter().map(|cell| cell.shade).collect();
        shades.sort_unstable();
        let few = shades.len() / EXTREME_PART;
        (shades[shades.len() / 2], shades[shades.len() - 1 - few] - shades[few])
    }
}

/// The cells that differ between pictures of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Changed(Box<[bool]>);

impl Changed {
    /// Which part of all cells they are.
    fn part(&self) -> f64 {
        self.0.iter().filter(|changed| **changed).count() as f64 / self.0.len() as f64
    }

    fn also(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }
}

impl Cell {
    fn of<'a>(rows: impl Iterator<Item = &'a [u8]>) -> Self {
        // FNV-1a: what is compared was not made to deceive.
        let (mut print, mut sum, mut count) = (0x811c_9dc5_u32, 0_u32, 0_u32);
        for pixel in rows.flatten() {
            print = (print ^ u32::from(*pixel)).wrapping_mul(0x0100_0193);
            sum += u32::from(*pixel);
            count += 1;
        }
        Self { shade: (sum / count.max(1)) as u8, print }
    }
}

#[cfg(test)]
mod tests;
