//! Snapshots: small grey JPEGs of a bright bar that moves, with noise as a sensor makes it and a clock
//! written over it.
//!
//! Baseline JPEG in its simplest form: each block of 8x8 is one shade, written as the difference
//! from the block before it.

use demarc_model::time::Timestamp;

const ACROSS: i32 = 20;
const DOWN: i32 = 15;
const DARK: i32 = 60;
const BRIGHT: i32 = 200;
const BLACK: i32 = 5;
/// Digits of one block each, in the last row.
const DIGITS: i32 = 6;

/// What the sensor sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// The `number`-th picture; the same number gives the same picture to the last bit of noise.
    Shop { number: u64 },
    /// The lens is covered: nothing but noise.
    Dark { number: u64 },
}

/// A picture; the camera's name and time stand in its comment.
pub(crate) fn jpeg(name: &str, view: View, time: Timestamp) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    let comment = format!("{name} {time}");
    segment(&mut out, 0xfe, comment.as_bytes());
    let quantiser = [&[0][..], &[8; 64]].concat();
    segment(&mut out, 0xdb, &quantiser);
    let (height, width) = ((DOWN * 8) as u8, (ACROSS * 8) as u8);
    segment(&mut out, 0xc0, &[8, 0, height, 0, width, 1, 1, 0x11, 0]);
    // Twelve DC categories with codes of four bits each; one AC symbol, "end of block", of one bit.
    let dc_codes = [&[0x00, 0, 0, 0, 12][..], &[0; 12], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]].concat();
    segment(&mut out, 0xc4, &dc_codes);
    let ac_codes = [&[0x10, 1][..], &[0; 15], &[0]].concat();
    segment(&mut out, 0xc4, &ac_codes);
    segment(&mut out, 0xda, &[1, 1, 0x00, 0, 63, 0]);
    out.extend(scan(view, time));
    out.extend([0xff, 0xd9]);
    out
}

fn segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
    let length = u16::try_from(body.len() + 2).expect("segments here are short");
    out.extend([0xff, marker]);
    out.extend(length.to_be_bytes());
    out.extend(body);
}

fn scan(view: View, time: Timestamp) -> Vec<u8> {
    let mut bits = Bits::default();
    let mut before = 0;
    for row in 0..DOWN {
        for column in 0..ACROSS {
            let shade = clock(row, column, time).unwrap_or_else(|| view.shade(row, column));
            // A DC coefficient is eight times the mean less 128, here divided by the quantiser of eight.
            let level = shade - 128;
            bits.difference(level - before);
            bits.push(0, 1);
            before = level;
        }
    }
    bits.finish()
}

impl View {
    fn shade(self, row: i32, column: i32) -> i32 {
        let noise = |number: u64| {
            let place = u64::try_from(row * ACROSS + column).unwrap_or(0);
            let mixed =
                (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ place.wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (mixed ^ mixed >> 31).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33
        };
        match self {
            Self::Shop { number } if number % ACROSS as u64 == column as u64 => BRIGHT,
            Self::Shop { number } => DARK + row * 8 + (noise(number) % 8) as i32,
            Self::Dark { number } => BLACK + (noise(number) % 3) as i32,
        }
    }
}

/// The time of day, one shade for each digit.
fn clock(row: i32, column: i32, time: Timestamp) -> Option<i32> {
    let seconds = time.as_millis().div_euclid(1000).rem_euclid(86_400);
    let digits = [
        seconds / 36_000,
        seconds / 3_600 % 10,
        seconds / 600 % 6,
        seconds / 60 % 10,
        seconds / 10 % 6,
        seconds % 10,
    ];
    let digit = digits.get(usize::try_from(column).ok()?).filter(|_| row == DOWN - 1 && column < DIGITS)?;
    Some(40 + i32::try_from(*digit).unwrap_or(0) * 20)
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    /// The number of bits a difference needs, then these bits; negative ones less one.
    fn difference(&mut self, value: i32) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        self.push(size, 4);
        let low = if value < 0 { value - 1 } else { value };
        self.push(low.cast_unsigned() & ((1 << size) - 1), size);
    }

    fn push(&mut self, value: u32, size: u32) {
        for bit in (0..size).rev() {
            self.pending = (self.pending << 1) | ((value >> bit) & 1);
            self.count += 1;
            if self.count == 8 {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        let byte = (self.pending & 0xff) as u8;
        self.bytes.push(byte);
        if byte == 0xff {
            self.bytes.push(0);
        }
        (self.pending, self.count) = (0, 0);
    }

    fn finish(mut self) -> Vec<u8> {
        while self.count != 0 {
            self.push(1, 1);
        }
        self.bytes
    }
}
