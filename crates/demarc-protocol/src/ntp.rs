//! SNTP: what a client asks once, and what it can believe of the answer (RFC 4330 sections 4 and 5).

/// The length of a question, and of the part of an answer that is read.
pub const LENGTH: usize = 48;
/// From 1900 to 1970.
const EPOCH_S: i64 = 2_208_988_800;
/// Seconds are counted in 32 bits, and begin anew in February 2036.
const ERA_S: i64 = 1 << 32;
const CLIENT: u8 = 3;
const SERVER: u8 = 4;
const VERSION: u8 = 4;

/// When a server took the question and when it answered, by its clock, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub received_ms: i64,
    pub sent_ms: i64,
}

/// Why an answer says nothing of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("it is too short")]
    Short,
    #[error("it is no server's answer")]
    NotAServer,
    #[error("it answers another question")]
    Foreign,
    /// Stratum 0: the server wants to be left alone.
    #[error("the server wants not to be asked")]
    Refused,
    #[error("the server's own clock is not right")]
    NotSynchronized,
}

/// A question. The time in it means nothing to the server: a random number tells the answer from a forgery,
/// and does not tell the network how wrong this clock is.
pub fn request(nonce: u64) -> [u8; LENGTH] {
    let mut out = [0; LENGTH];
    out[0] = (VERSION << 3) | CLIENT;
    out[40..].copy_from_slice(&nonce.to_be_bytes());
    out
}

/// Reads the answer to the question with this nonce.
///
/// # Errors
/// It cannot be believed, and why.
pub fn read(answer: &[u8], nonce: u64) -> Result<Answer, Unusable> {
    let answer = answer.first_chunk::<LENGTH>().ok_or(Unusable::Short)?;
    let (leap, mode, stratum) = (answer[0] >> 6, answer[0] & 7, answer[1]);
    if mode != SERVER {
        return Err(Unusable::NotAServer);
    }
    if answer[24..32] != nonce.to_be_bytes() {
        return Err(Unusable::Foreign);
    }
    if stratum == 0 {
        return Err(Unusable::Refused);
    }
    let (received, sent) = (moment(&answer[32..40]), moment(&answer[40..48]));
    match (received, sent) {
        (Some(received_ms), Some(sent_ms)) if leap != 3 && stratum < 16 => {
            Ok(Answer { received_ms, sent_ms })
        }
        _ => Err(Unusable::NotSynchronized),
    }
}

/// Seconds and their fraction; nothing for the zero that stands for an unknown time.
fn moment(bytes: &[u8]) -> Option<i64> {
    let number = u64::from_be_bytes(bytes.try_into().ok()?);
    let (seconds, fraction) = (i64::try_from(number >> 32).ok()?, number & 0xffff_ffff);
    let era = if seconds < ERA_S / 2 { ERA_S } else { 0 };
    let ms = i64::try_from((fraction * 1000) >> 32).ok()?;
    (number != 0).then_some((seconds + era - EPOCH_S) * 1000 + ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: u64 = 0x0123_4567_89ab_cdef;
    /// 2022-02-20T17:00:00.5Z.
    const AT: u64 = ((1_645_376_400 + 2_208_988_800) << 32) | 0x8000_0000;

    fn answer(first: u8, stratum: u8, sent: u64) -> [u8; LENGTH] {
        let mut out = [0; LENGTH];
        (out[0], out[1]) = (first, stratum);
        out[24..32].copy_from_slice(&NONCE.to_be_bytes());
        out[32..40].copy_from_slice(&AT.to_be_bytes());
        out[40..48].copy_from_slice(&sent.to_be_bytes());
        out
    }

    #[test]
    fn a_question_is_that_of_a_client_of_version_4() {
        let question = request(NONCE);
        assert_eq!((question[0], &question[40..]), (0x23, &NONCE.to_be_bytes()[..]));
        assert!(question[1..40].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn an_answer_is_believed_when_it_is_one() {
        let read_it = |bytes: &[u8]| read(bytes, NONCE);
        let good = Answer { received_ms: 1_645_376_400_500, sent_ms: 1_645_376_400_750 };
        let later = AT + 0x4000_0000;
        assert_eq!(read_it(&answer(0x24, 1, later)), Ok(good));
        assert_eq!(read_it(&answer(0x1c, 15, later)), Ok(good), "version 3, and an authenticator may follow");
        assert_eq!(read_it(&[&answer(0x24, 2, later)[..], &[0; 20]].concat()), Ok(good));
        assert_eq!(read_it(&answer(0x24, 1, later)[..47]), Err(Unusable::Short));
        assert_eq!(read_it(&answer(0x23, 1, later)), Err(Unusable::NotAServer));
        assert_eq!(read_it(&answer(0x24, 0, later)), Err(Unusable::Refused));
        assert_eq!(read_it(&answer(0xe4, 1, later)), Err(Unusable::NotSynchronized), "leap indicator 3");
        assert_eq!(read_it(&answer(0x24, 16, later)), Err(Unusable::NotSynchronized));
        assert_eq!(read_it(&answer(0x24, 1, 0)), Err(Unusable::NotSynchronized));
        assert_eq!(read(&answer(0x24, 1, later), NONCE + 1), Err(Unusable::Foreign));
        assert_eq!(read_it(&[]), Err(Unusable::Short));
    }

    #[test]
    fn time_goes_on_in_2036() {
        let sent = 10_u64 << 32;
        assert_eq!(read(&answer(0x24, 1, sent), NONCE).unwrap().sent_ms, 2_085_978_506_000);
    }
}
