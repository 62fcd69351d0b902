//! A file's text as UTF-8, whatever it came in.
//!
//! Where nobody has said how a file is encoded, its bytes pass as they are up to the first that is not ASCII, which
//! means the same everywhere. There the next 64 KiB decide: UTF-8 where they are valid, GB18030 where they look like
//! it and decode without a fault. Anything else is refused at its line and byte. What cannot be decoded later on
//! becomes the byte FF, which no UTF-8 has, so that it spoils the row it stands in and no other.

use std::fmt;
use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes that decide on the encoding.
const WINDOW: u64 = 64 * 1024;
/// Bytes that are decoded at a time.
const STEP: usize = 16 * 1024;
/// The longest byte order mark.
const LONGEST_MARK: u64 = 3;
/// Stands for what cannot be decoded.
const FAULT: u8 = 0xff;

/// A file is in an encoding that is not taken unless it is declared.
#[derive(Debug)]
pub(super) struct UnknownEncoding {
    /// What it seems to be.
    pub(super) found: &'static str,
}

impl fmt::Display for UnknownEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "neither UTF-8 nor GB18030, perhaps {}", self.found)
    }
}

impl std::error::Error for UnknownEncoding {}

/// Reads a text in any encoding as UTF-8.
pub(super) struct Decoded<R> {
    source: R,
    state: State,
    /// Bytes that go out as they are before anything else is read.
    ready: Vec<u8>,
    at: usize,
}

enum State {
    /// Only the beginning has been seen, or nothing but ASCII.
    Undecided,
    /// Passes as it is.
    Utf8,
    Other(Box<Transcoder>),
    /// No encoding fits.
    Unknown(&'static str),
}

struct Transcoder {
    encoding: &'static Encoding,
    decoder: Decoder,
    /// Bytes of the source that wait to be decoded.
    input: Vec<u8>,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    /// Reads `source` as `declared`, or as its byte order mark or its bytes show.
    ///
    /// # Errors
    /// The source's.
    pub(super) fn open(mut source: R, declared: Option<&'static Encoding>) -> io::Result<Self> {
        let mut head = Vec::new();
        source.by_ref().take(LONGEST_MARK).read_to_end(&mut head)?;
        // A mark outranks a declaration, as in HTML.
        let (encoding, mark) = match Encoding::for_bom(&head) {
            Some((encoding, length)) => (Some(encoding), length),
            None => (declared, 0),
        };
        let rest = head.split_off(mark);
        let mut decoded = Self { source, state: State::Undecided, ready: Vec::new(), at: 0 };
        match encoding {
            None => decoded.offer(rest)?,
            Some(encoding) if encoding == UTF_8 => (decoded.state, decoded.ready) = (State::Utf8, rest),
            Some(encoding) => decoded.state = State::Other(Box::new(Transcoder::new(encoding, rest))),
        }
        Ok(decoded)
    }

    /// What the text turned out to be; UTF-8 as long as all of it is ASCII.
    pub(super) fn encoding(&self) -> &'static str {
        match &self.state {
            State::Other(transcoder) => name(transcoder.encoding),
            State::Undecided | State::Utf8 | State::Unknown(_) => UTF_8.name(),
        }
    }

    /// Takes bytes while nothing is decided: ASCII is ready, the first other byte decides.
    fn offer(&mut self, mut bytes: Vec<u8>) -> io::Result<()> {
        let ascii = Encoding::ascii_valid_up_to(&bytes);
        if ascii < bytes.len() {
            let mut window = bytes.split_off(ascii);
            self.source.by_ref().take(WINDOW).read_to_end(&mut window)?;
            match decide(&window, (window.len() as u64) < WINDOW) {
                Ok(encoding) if encoding == UTF_8 => {
                    self.state = State::Utf8;
                    bytes.extend(window);
                }
                Ok(encoding) => self.state = State::Other(Box::new(Transcoder::new(encoding, window))),
                Err(found) => self.state = State::Unknown(found),
            }
        }
        (self.ready, self.at) = (bytes, 0);
        Ok(())
    }

    fn take_ready(&mut self, buf: &mut [u8]) -> usize {
        let taken = buf.len().min(self.ready.len() - self.at);
        buf[..taken].copy_from_slice(&self.ready[self.at..self.at + taken]);
        self.at += taken;
        taken
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.at < self.ready.len() {
                return Ok(self.take_ready(buf));
            }
            match &mut self.state {
                State::Utf8 => return self.source.read(buf),
                State::Undecided => {
                    let read = self.source.read(buf)?;
                    if buf[..read].is_ascii() {
                        return Ok(read);
                    }
                    self.offer(buf[..read].to_vec())?;
                }
                State::Other(transcoder) => {
                    let Some(text) = transcoder.step(&mut self.source)? else { return Ok(0) };
                    (self.ready, self.at) = (text, 0);
                }
                State::Unknown(found) => return Err(io::Error::other(UnknownEncoding { found })),
            }
        }
    }
}

impl Transcoder {
    fn new(encoding: &'static Encoding, input: Vec<u8>) -> Self {
        Self { encoding, decoder: encoding.new_decoder_without_bom_handling(), input, ended: false }
    }

    /// Decodes some more; `None` at the end.
    fn step(&mut self, source: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        if self.input.is_empty() {
            if self.ended {
                return Ok(None);
            }
            self.ended = source.by_ref().take(STEP as u64).read_to_end(&mut self.input)? == 0;
        }
        let input = std::mem::take(&mut self.input);
        let last = self.ended;
        // Room for all of it: three bytes a byte at most, and what the decoder holds back.
        let mut out = vec![0; input.len() * 3 + 16];
        let (mut read, mut written) = (0, 0);
        loop {
            let (result, r, w) =
                self.decoder.decode_to_utf8_without_replacement(&input[read..], &mut out[written..], last);
            read += r;
            written += w;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => out.resize(out.len() * 2, 0),
                DecoderResult::Malformed(..) => {
                    if written == out.len() {
                        out.push(0);
                    }
                    out[written] = FAULT;
                    written += 1;
                }
            }
        }
        out.truncate(written);
        Ok(Some(out))
    }
}

/// What bytes that begin with one that is not ASCII are; otherwise what they seem to be. They are all there is where
/// `last`.
fn decide(window: &[u8], last: bool) -> Result<&'static Encoding, &'static str> {
    let damaged = match std::str::from_utf8(window) {
        Ok(_) => return Ok(UTF_8),
        Err(e) if e.error_len().is_none() && !last => return Ok(UTF_8),
        Err(e) => e.valid_up_to() > 0,
    };
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(window, last);
    let guess = detector.guess(None, Utf8Detection::Deny);
    if (guess == GBK || guess == GB18030) && decodes(GB18030, window, last) {
        return Ok(GB18030);
    }
    // Text that begins as UTF-8 and is damaged further on loses the damaged rows only.
    if damaged { Ok(UTF_8) } else { Err(guess.name()) }
}

fn decodes(encoding: &'static Encoding, bytes: &[u8], last: bool) -> bool {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = vec![0; bytes.len() * 3 + 16];
    matches!(decoder.decode_to_utf8_without_replacement(bytes, &mut out, last).0, DecoderResult::InputEmpty)
}

/// The encoding of a label such as `gb18030`, `gbk` or `utf-16le`; none where text cannot be in it.
pub fn encoding_of(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    // The labels of GBK and GB18030 are decoded alike; GB18030 has all of it.
    Some(if encoding == GBK { GB18030 } else { encoding })
}

fn name(encoding: &'static Encoding) -> &'static str {
    if encoding == UTF_16LE || encoding == UTF_16BE { "UTF-16" } else { encoding.name() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let end = buf.len().min(self.1);
            self.0.read(&mut buf[..end])
        }
    }

    fn decoded(bytes: &[u8], declared: Option<&str>) -> io::Result<(Vec<u8>, &'static str)> {
        let mut reader = Decoded::open(Trickle(bytes, 7), declared.map(|label| encoding_of(label).unwrap()))?;
        let mut text = Vec::new();
        reader.read_to_end(&mut text)?;
        Ok((text, reader.encoding()))
    }

    const TEXT: &str = "external_id,name,city\nC1,苏州启衡机械有限公司,苏州\nC2,上海泵业,上海\n";

    #[test]
    fn every_encoding_gives_the_same_text() {
        let utf16 = |units: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
            mark.into_iter().chain(TEXT.encode_utf16().flat_map(units)).collect()
        };
        let marked = [b"\xef\xbb\xbf", TEXT.as_bytes()].concat();
        let gb = GB18030.encode(TEXT).0.into_owned();
        for (bytes, declared, encoding) in [
            (TEXT.as_bytes().to_vec(), None, "UTF-8"),
            (marked.clone(), None, "UTF-8"),
            (marked, Some("gbk"), "UTF-8"),
            (utf16(u16::to_le_bytes, [0xff, 0xfe]), None, "UTF-16"),
            (utf16(u16::to_be_bytes, [0xfe, 0xff]), None, "UTF-16"),
            (gb.clone(), None, "gb18030"),
            (gb, Some("GBK"), "gb18030"),
        ] {
            assert_eq!(decoded(&bytes, declared).unwrap(), (TEXT.as_bytes().to_vec(), encoding));
        }
    }

    #[test]
    fn ascii_decides_nothing_and_the_first_other_byte_does() {
        let ascii = "a,b\n".repeat(50_000);
        assert_eq!(decoded(ascii.as_bytes(), None).unwrap(), (ascii.clone().into_bytes(), "UTF-8"));
        let text = format!("{ascii}{}", "上海泵业有限公司,机械\n".repeat(5_000));
        assert_eq!(decoded(&GB18030.encode(&text).0, None).unwrap(), (text.into_bytes(), "gb18030"));
    }

    #[test]
    fn what_fits_nothing_is_refused_and_damage_stays_where_it_is() {
        let error =
            decoded("name\nMüller, Jürgen größer\n".chars().map(|c| c as u8).collect::<Vec<_>>().as_slice(), None);
        assert!(error.unwrap_err().downcast::<UnknownEncoding>().is_ok());
        // Declared, a fault is one byte that no UTF-8 has.
        let mut bytes = GB18030.encode("苏州\n").0.into_owned();
        bytes.extend(b"\xff\n");
        bytes.extend(GB18030.encode("上海\n").0.iter());
        assert_eq!(
            decoded(&bytes, Some("gb18030")).unwrap().0,
            ["苏州\n".as_bytes(), b"\xff\n", "上海\n".as_bytes()].concat()
        );
        let damaged = ["é\n".as_bytes(), b"\xfc\nb\n"].concat();
        assert_eq!(decoded(&damaged, None).unwrap().0, damaged);
    }

    #[test]
    fn labels_are_those_of_the_encoding_standard() {
        assert_eq!(encoding_of("GBK"), Some(GB18030));
        assert_eq!(encoding_of("gb2312"), Some(GB18030));
        assert_eq!(encoding_of("windows-1252").map(Encoding::name), Some("windows-1252"));
        assert_eq!(encoding_of("klingon"), None);
        assert_eq!(encoding_of("iso-2022-kr"), None);
    }
}
