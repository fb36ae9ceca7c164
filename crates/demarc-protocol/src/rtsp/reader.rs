//! Takes the bytes of a connection apart: replies, packets between them, and what belongs to neither.

use super::{LONGEST, LONGEST_BODY, MOST_HEADERS, MOST_STRAY, Reply, RtspError};

/// What a connection yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Reply(Reply),
    /// A packet that came within the connection (RFC 2326, section 10.12).
    Packet {
        channel: u8,
        bytes: Vec<u8>,
    },
}

/// Holds what has arrived and is not complete. It never holds more than one packet, or the longest
/// reply, and what was fed last.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    stray: usize,
    /// What answers has proved that it speaks RTSP.
    met: bool,
}

const MAGIC: &[u8] = b"RTSP/";
const MARK: u8 = b'$';
const PACKET_HEADER: usize = 4;

impl Reader {
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// What is complete; `None` when more has to arrive first.
    ///
    /// Cameras send blank lines before a reply, requests of their own, and now and then bytes that are
    /// nothing. Once one reply was right, such things are passed over, within a bound.
    ///
    /// # Errors
    /// What arrived is not RTSP, or is over its limits.
    pub fn take(&mut self) -> Result<Option<Item>, RtspError> {
        loop {
            let blank = self.buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.pass_over(blank)?;
            if self.buffer.first() == Some(&MARK) {
                return Ok(self.packet());
            }
            match self.reply() {
                Err(RtspError::NotRtsp) if self.met => self.pass_over(self.stray_length())?,
                result => return result,
            }
        }
    }

    fn packet(&mut self) -> Option<Item> {
        let [_, channel, high, low] = *self.buffer.first_chunk::<PACKET_HEADER>()?;
        let end = PACKET_HEADER + usize::from(u16::from_be_bytes([high, low]));
        let bytes = self.buffer.get(PACKET_HEADER..end)?.to_vec();
        self.buffer.drain(..end);
        Some(Item::Packet { channel, bytes })
    }

    fn reply(&mut self) -> Result<Option<Item>, RtspError> {
        let known = self.buffer.len().min(MAGIC.len());
        if self.buffer[..known] != MAGIC[..known] {
            return Err(RtspError::NotRtsp);
        }
        let Some((header, body_at)) = header_of(&self.buffer) else {
            return if self.buffer.len() > LONGEST { Err(RtspError::TooLong) } else { Ok(None) };
        };
        let mut reply = parse_header(header)?;
        let length = reply.text("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        if length > LONGEST_BODY {
            return Err(RtspError::BodyTooLong);
        }
        let Some(body) = self.buffer.get(body_at..body_at + length) else { return Ok(None) };
        reply.body = body.to_vec();
        self.buffer.drain(..body_at + length);
        self.met = true;
        Ok(Some(Item::Reply(reply)))
    }

    fn pass_over(&mut self, length: usize) -> Result<(), RtspError> {
        self.buffer.drain(..length);
        self.stray += length;
        match (self.met, self.stray) {
            (false, LONGEST..) => Err(RtspError::TooLong),
            (true, MOST_STRAY..) => Err(RtspError::Stray),
            _ => Ok(()),
        }
    }

    /// Up to where a reply or a packet of an expected channel may begin; at least one byte.
    fn stray_length(&self) -> usize {
        let begins = |at: &usize| {
            let rest = &self.buffer[*at..];
            let magic = &MAGIC[..rest.len().min(MAGIC.len())];
            rest.starts_with(magic) || (rest[0] == MARK && rest.get(1).is_none_or(|channel| *channel < 2))
        };
        (1..self.buffer.len()).find(begins).unwrap_or(self.buffer.len())
    }
}

/// Up to the first empty line, with or without carriage returns, and where it ends.
fn header_of(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let window = &bytes[..bytes.len().min(LONGEST)];
    let ends = [&b"\r\n\r\n"[..], b"\n\n"];
    let found =
        |end: &&[u8]| window.windows(end.len()).position(|part| part == *end).map(|at| (at, at + end.len()));
    let (at, body) = ends.iter().filter_map(found).min()?;
    Some((&window[..at], body))
}

fn parse_header(bytes: &[u8]) -> Result<Reply, RtspError> {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let mut words = first.splitn(3, ' ');
    let (Some(_version), Some(status)) = (words.next(), words.next()) else { return Err(RtspError::NotRtsp) };
    let status =
        status.parse::<u16>().ok().filter(|code| (100..1000).contains(code)).ok_or(RtspError::NotRtsp)?;
    let reason = words.next().unwrap_or_default().trim().to_owned();
    let headers: Vec<_> = lines.filter_map(header).collect();
    if headers.len() > MOST_HEADERS {
        return Err(RtspError::TooLong);
    }
    Ok(Reply { status, reason, headers, body: Vec::new() })
}

fn header(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = String::from_utf8_lossy(line[..colon].trim_ascii()).to_ascii_lowercase();
    Some((name, line[colon + 1..].trim_ascii().to_vec()))
}
