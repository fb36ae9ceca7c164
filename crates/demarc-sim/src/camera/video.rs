//! The video that a simulated camera streams: H.264 that any decoder takes, small, and made on the
//! spot.
//!
//! Constrained baseline in its simplest form. Key frames hold raw samples (`I_PCM`), the frames
//! between repeat what was there (`P_Skip`).

/// In macroblocks of 16x16.
const ACROSS: u32 = 4;
const DOWN: u32 = 3;
/// A key frame comes with every so many frames.
pub(crate) const FRAMES_PER_KEY: u32 = 10;
const LARGEST_PAYLOAD: usize = 1400;
const DARK: u8 = 60;
const BRIGHT: u8 = 200;
const GREY: u8 = 128;

const SPS: u8 = 0x67;
const PPS: u8 = 0x68;
const KEY_SLICE: u8 = 0x65;
const SLICE: u8 = 0x41;

/// The parameter sets that a decoder needs first.
pub(crate) fn parameter_sets() -> [Vec<u8>; 2] {
    let mut sps = Bits::default();
    // Profile 66 with the flags of its constrained form, level 1.0.
    [0x42, 0xc0, 0x0a].into_iter().for_each(|byte| sps.push(byte, 8));
    // Id, frame numbers of four bits, output in the order of decoding, one reference, no gaps.
    [0, 0, 2, 1].into_iter().for_each(|value| sps.exp_golomb(value));
    sps.push(0, 1);
    sps.exp_golomb(ACROSS - 1);
    sps.exp_golomb(DOWN - 1);
    // Frames only, no 8x8 inference, no cropping, nothing about display.
    sps.push(0b1000, 4);
    let mut pps = Bits::default();
    // Ids, CAVLC, one slice group, one reference, no weights, quantisers as they are.
    [0, 0].into_iter().for_each(|value| pps.exp_golomb(value));
    pps.push(0, 2);
    [0, 0, 0].into_iter().for_each(|value| pps.exp_golomb(value));
    pps.push(0, 3);
    [0, 0, 0].into_iter().for_each(|value| pps.exp_golomb(value));
    // Deblocking is set in each slice.
    pps.push(0b100, 3);
    [sps.unit(SPS), pps.unit(PPS)]
}

/// The units of the `number`-th frame.
fn frame(number: u32) -> Vec<Vec<u8>> {
    let in_group = number % FRAMES_PER_KEY;
    if in_group != 0 {
        return vec![repeat(in_group)];
    }
    let mut units = parameter_sets().to_vec();
    units.push(key_frame(number / FRAMES_PER_KEY));
    units
}

fn key_frame(number: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    // First macroblock, "all slices are intra", the picture parameters, frame number, id of the picture.
    [0, 7, 0].into_iter().for_each(|value| bits.exp_golomb(value));
    bits.push(0, 4);
    bits.exp_golomb(number % 2);
    bits.push(0, 2);
    // Quantiser unchanged, no deblocking.
    [0, 1].into_iter().for_each(|value| bits.exp_golomb(value));
    for block in 0..ACROSS * DOWN {
        const I_PCM: u32 = 25;
        bits.exp_golomb(I_PCM);
        bits.align();
        let shade = if block % ACROSS == number % ACROSS { BRIGHT } else { DARK };
        (0..256).for_each(|_| bits.push(shade, 8));
        (0..128).for_each(|_| bits.push(GREY, 8));
    }
    bits.unit(KEY_SLICE)
}

fn repeat(in_group: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    [0, 5, 0].into_iter().for_each(|value| bits.exp_golomb(value));
    bits.push(in_group as u8, 4);
    // One reference as before, in the usual order, kept in the usual way.
    bits.push(0, 3);
    [0, 1].into_iter().for_each(|value| bits.exp_golomb(value));
    bits.exp_golomb(ACROSS * DOWN);
    bits.unit(SLICE)
}

/// The packets of a stream, one frame after the other (RFC 6184, packetization mode 1).
#[derive(Debug, Default)]
pub(crate) struct Packets {
    frames: u32,
    sequence: u16,
    source: u32,
}

impl Packets {
    pub(crate) fn new(source: u32) -> Self {
        Self { source, ..Self::default() }
    }

    /// The packets of the next frame, of a stream with this many frames a second.
    pub(crate) fn next(&mut self, frames_per_second: u32) -> Vec<Vec<u8>> {
        let units = frame(self.frames);
        let time_90k = (90_000 / frames_per_second).wrapping_mul(self.frames);
        self.frames = self.frames.wrapping_add(1);
        let payloads: Vec<Vec<u8>> = units.iter().flat_map(|unit| fragments(unit)).collect();
        let last = payloads.len() - 1;
        let packet = |(at, payload): (usize, Vec<u8>)| {
            let marker = if at == last { 0x80 } else { 0 };
            let mut packet = vec![0x80, marker | 96];
            packet.extend(self.sequence.to_be_bytes());
            packet.extend(time_90k.to_be_bytes());
            packet.extend(self.source.to_be_bytes());
            packet.extend(payload);
            self.sequence = self.sequence.wrapping_add(1);
            packet
        };
        payloads.into_iter().enumerate().map(packet).collect()
    }
}

/// A unit as it is, or in pieces (FU-A) when it is longer than a packet.
fn fragments(unit: &[u8]) -> Vec<Vec<u8>> {
    const FU_A: u8 = 28;
    if unit.len() <= LARGEST_PAYLOAD {
        return vec![unit.to_vec()];
    }
    let (kind, body) = (unit[0], &unit[1..]);
    let pieces = body.chunks(LARGEST_PAYLOAD - 2);
    let last = pieces.len() - 1;
    let fragment = |(at, piece): (usize, &[u8])| {
        let start = if at == 0 { 0x80 } else { 0 };
        let end = if at == last { 0x40 } else { 0 };
        [&[kind & 0xe0 | FU_A, start | end | kind & 0x1f], piece].concat()
    };
    pieces.enumerate().map(fragment).collect()
}

/// Bits in the order in which H.264 has them.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, value: u8, size: u32) {
        for bit in (0..size).rev() {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().expect("a byte was just begun");
            *last |= (value >> bit & 1) << (7 - self.used);
            self.used = (self.used + 1) % 8;
        }
    }

    /// `ue(v)`; of signed values only zero is needed, which looks the same.
    fn exp_golomb(&mut self, value: u32) {
        let size = (value + 1).ilog2();
        (0..size).for_each(|_| self.push(0, 1));
        (0..=size).rev().for_each(|bit| self.push(((value + 1) >> bit & 1) as u8, 1));
    }

    fn align(&mut self) {
        self.used = 0;
    }

    /// With its header, its end, and what keeps a start code from occurring inside.
    fn unit(mut self, header: u8) -> Vec<u8> {
        self.push(1, 1);
        let mut out = vec![header];
        let mut zeros = 0;
        for byte in self.bytes {
            if zeros == 2 && byte <= 3 {
                out.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            out.push(byte);
        }
        out
    }
}
