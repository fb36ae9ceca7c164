//! RTP packets (RFC 3550): whether they come, go on, and begin a picture that needs no other.
//!
//! Timestamps are left alone: healthy streams jump back in them.

use super::sdp::Codec;

/// The packets of one track so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrivals {
    pub packets: u32,
    /// Packets whose number came after the one before.
    onward: u32,
    last: Option<u16>,
    /// The beginning of a key frame was among them, or for Motion JPEG the end of a picture.
    pub key_frame: bool,
}

/// A stream flows when five packets came in order.
const FLOWING: u32 = 4;

impl Arrivals {
    /// Takes what came on the track's channel or port; anything that is no packet of it is left out.
    pub fn take(&mut self, codec: Codec, bytes: &[u8]) {
        let Some(packet) = Packet::parse(bytes) else { return };
        self.packets = self.packets.saturating_add(1);
        let is_onward = |last: u16| (1..0x8000).contains(&packet.sequence.wrapping_sub(last));
        if self.last.is_some_and(is_onward) {
            self.onward = self.onward.saturating_add(1);
        }
        self.last = Some(packet.sequence);
        self.key_frame |= packet.begins_key_frame(codec);
    }

    pub const fn is_flowing(&self) -> bool {
        self.onward >= FLOWING
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Packet<'a> {
    is_last_of_frame: bool,
    sequence: u16,
    payload: &'a [u8],
}

impl<'a> Packet<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let [first, second, high, low, ..] = *bytes.first_chunk::<12>()?;
        let kind = second & 0x7f;
        // RTCP keeps to 72..=76 so that both can share a channel (RFC 5761, section 4).
        if first >> 6 != 2 || (72..=76).contains(&kind) {
            return None;
        }
        let mut at = 12 + 4 * usize::from(first & 0x0f);
        if first & 0x10 != 0 {
            let [_, _, high, low] = *bytes.get(at..)?.first_chunk::<4>()?;
            at += 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        }
        let padding = if first & 0x20 == 0 { 0 } else { usize::from(*bytes.last()?) };
        let payload = bytes.get(at..bytes.len().checked_sub(padding)?)?;
        let sequence = u16::from_be_bytes([high, low]);
        Some(Self { is_last_of_frame: second & 0x80 != 0, sequence, payload })
    }

    fn begins_key_frame(&self, codec: Codec) -> bool {
        match codec {
            Codec::H264 => h264(self.payload),
            Codec::H265 => h265(self.payload),
            Codec::Jpeg => self.is_last_of_frame,
            Codec::Other => false,
        }
    }
}

/// RFC 6184: a slice of an IDR picture, or the parameters that are sent before one.
fn h264(payload: &[u8]) -> bool {
    const IDR: u8 = 5;
    let is_key = |kind: u8| matches!(kind & 0x1f, IDR | 7 | 8);
    match payload {
        [first, rest @ ..] => match first & 0x1f {
            24 => units(rest).any(|unit| unit.first().is_some_and(|kind| is_key(*kind))),
            28 | 29 => rest.first().is_some_and(|header| header & 0x80 != 0 && header & 0x1f == IDR),
            _ => is_key(*first),
        },
        [] => false,
    }
}

/// RFC 7798: a picture from which decoding can begin, or the parameters that are sent before one.
fn h265(payload: &[u8]) -> bool {
    let is_key = |kind: u8| matches!(kind, 16..=21 | 32..=34);
    let kind = |unit: &[u8]| unit.first().map(|byte| byte >> 1 & 0x3f);
    match (kind(payload), payload.get(2..)) {
        (Some(48), Some(rest)) => units(rest).any(|unit| kind(unit).is_some_and(is_key)),
        (Some(49), Some([header, ..])) => header & 0x80 != 0 && is_key(header & 0x3f),
        (Some(kind), _) => is_key(kind),
        (None, _) => false,
    }
}

/// The units of an aggregation packet, each after its length.
fn units(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (unit, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        rest = after;
        Some(unit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16, second: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x80, second];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend([0; 8]);
        bytes.extend(payload);
        bytes
    }

    fn begins(codec: Codec, payload: &[u8]) -> bool {
        let mut arrivals = Arrivals::default();
        arrivals.take(codec, &packet(1, 96, payload));
        assert_eq!(arrivals.packets, 1);
        arrivals.key_frame
    }

    #[test]
    fn spots_a_key_frame_in_every_way_it_is_packed() {
        let cases: &[(Codec, &[u8], bool)] = &[
            (Codec::H264, &[0x65, 1, 2], true),
            (Codec::H264, &[0x67, 0x42], true),
            (Codec::H264, &[0x68], true),
            (Codec::H264, &[0x41, 1, 2], false),
            (Codec::H264, &[0x06, 5], false),
            (Codec::H264, &[0x7c, 0x85, 9], true),
            (Codec::H264, &[0x7c, 0x05, 9], false),
            (Codec::H264, &[0x7c, 0x45, 9], false),
            (Codec::H264, &[0x5c, 0x81, 9], false),
            (Codec::H264, &[0x78, 0, 2, 0x06, 5, 0, 1, 0x65], true),
            (Codec::H264, &[0x78, 0, 2, 0x06, 5, 0, 1, 0x41], false),
            (Codec::H264, &[0x78, 0, 9, 0x65], false),
            (Codec::H264, &[0x78, 0], false),
            (Codec::H264, &[0x7c], false),
            (Codec::H264, &[], false),
            (Codec::H265, &[19 << 1, 1, 0], true),
            (Codec::H265, &[32 << 1, 1], true),
            (Codec::H265, &[1 << 1, 1, 0], false),
            (Codec::H265, &[49 << 1, 1, 0x80 | 20, 0], true),
            (Codec::H265, &[49 << 1, 1, 20, 0], false),
            (Codec::H265, &[49 << 1, 1], false),
            (Codec::H265, &[48 << 1, 1, 0, 2, 35 << 1, 1, 0, 2, 21 << 1, 1], true),
            (Codec::H265, &[48 << 1, 1, 0, 2, 35 << 1, 1], false),
            (Codec::H265, &[], false),
            (Codec::Other, &[0x65], false),
        ];
        for (codec, payload, expected) in cases {
            assert_eq!(begins(*codec, payload), *expected, "{codec:?} {payload:02x?}");
        }
        let mut jpeg = Arrivals::default();
        jpeg.take(Codec::Jpeg, &packet(1, 26, &[0]));
        assert!(!jpeg.key_frame);
        jpeg.take(Codec::Jpeg, &packet(2, 0x80 | 26, &[0]));
        assert!(jpeg.key_frame);
    }

    #[test]
    fn flows_when_five_packets_come_in_order() {
        let flowing = |sequence: &[u16]| {
            let mut arrivals = Arrivals::default();
            sequence.iter().for_each(|number| arrivals.take(Codec::H264, &packet(*number, 96, &[0x41])));
            (arrivals.packets, arrivals.is_flowing())
        };
        assert_eq!(flowing(&[1, 2, 3, 4]), (4, false));
        assert_eq!(flowing(&[65_534, 65_535, 0, 1, 5]), (5, true));
        assert_eq!(flowing(&[7; 50]), (50, false), "the same packet again and again");
    }

    #[test]
    fn only_packets_of_the_track_count() {
        let mut padded = packet(1, 96, &[0x65, 0, 0, 3]);
        padded[0] |= 0x20;
        let mut extended = packet(1, 96, &[0xbe, 0xde, 0, 1, 9, 9, 9, 9, 0x65]);
        extended[0] |= 0x10;
        let mut sourced = packet(1, 96, &[0, 0, 0, 1, 0x65]);
        sourced[0] |= 1;
        let mut overfull = packet(1, 96, &[200]);
        overfull[0] |= 0x20;
        let cases = [
            ("padding", padded, 1, true),
            ("an extension", extended, 1, true),
            ("a contributing source", sourced, 1, true),
            ("more padding than packet", overfull, 0, false),
            ("RTCP", packet(1, 0x80 | 72, &[0x65]), 0, false),
            ("another version", vec![0; 20], 0, false),
            ("too short", vec![0x80, 96, 0], 0, false),
        ];
        for (name, bytes, packets, key_frame) in cases {
            let mut arrivals = Arrivals::default();
            arrivals.take(Codec::H264, &bytes);
            assert_eq!((arrivals.packets, arrivals.key_frame), (packets, key_frame), "{name}");
        }
    }
}
