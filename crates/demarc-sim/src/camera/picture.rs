//! Snapshots: small grey JPEGs of a bright bar that moves, so that no two in a row are alike.
//!
//! Baseline JPEG in its simplest form: each block of 8x8 is one shade, written as the difference
//! from the block before it.

use demarc_model::time::Timestamp;

const ACROSS: i32 = 20;
const DOWN: i32 = 15;
const DARK: i32 = 60;
const BRIGHT: i32 = 200;

/// The `number`-th picture; the camera's name and time stand in its comment.
pub(crate) fn jpeg(name: &str, number: u64, time: Timestamp) -> Vec<u8> {
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
    out.extend(scan(number));
    out.extend([0xff, 0xd9]);
    out
}

fn segment(out: &mut Vec<u8>, marker: u8, body: &[u8]) {
    let length = u16::try_from(body.len() + 2).expect("segments here are short");
    out.extend([0xff, marker]);
    out.extend(length.to_be_bytes());
    out.extend(body);
}

fn scan(number: u64) -> Vec<u8> {
    let bar = (number % ACROSS as u64) as i32;
    let mut bits = Bits::default();
    let mut before = 0;
    for row in 0..DOWN {
        for column in 0..ACROSS {
            let shade = if column == bar { BRIGHT } else { DARK + row * 4 };
            // A DC coefficient is eight times the mean less 128, here divided by the quantiser of eight.
            let level = shade - 128;
            bits.difference(level - before);
            bits.push(0, 1);
            before = level;
        }
    }
    bits.finish()
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
