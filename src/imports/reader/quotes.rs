//! Where a record ends: RFC 4180's quotation marks, read strictly.

use super::Delimiter;

/// Why a text is not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A quotation mark inside a bare field, or text after a closing one.
    StrayQuote,
    /// A carriage return or line feed outside quotation marks.
    StrayLineBreak,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    FieldStart,
    Bare,
    Quoted,
    /// After a mark in a quoted field: it closes the field, or escapes the next mark.
    AfterQuote,
}

/// Follows the quotation marks of a record that may span lines.
#[derive(Clone, Debug)]
pub(super) struct Quotes {
    delimiter: u8,
    state: State,
    fields: usize,
    opened_in: usize,
}

impl Quotes {
    pub(super) fn new(delimiter: Delimiter) -> Self {
        Self { delimiter: delimiter.byte(), state: State::FieldStart, fields: 1, opened_in: 0 }
    }

    /// Reads on. After a fault the scanner is of no further use.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        for byte in bytes {
            self.state = match (self.state, byte) {
                (State::Quoted, b'"') => State::AfterQuote,
                (State::Quoted, _) => State::Quoted,
                (State::AfterQuote, b'"') => State::Quoted,
                (State::FieldStart, b'"') => {
                    self.opened_in = self.fields - 1;
                    State::Quoted
                }
                (_, byte) if *byte == self.delimiter => {
                    self.fields += 1;
                    State::FieldStart
                }
                (_, b'\r' | b'\n') => return Err(Fault::StrayLineBreak),
                (State::AfterQuote, _) | (State::Bare, b'"') => return Err(Fault::StrayQuote),
                (State::FieldStart | State::Bare, _) => State::Bare,
            };
        }
        Ok(())
    }

    /// Whether a quoted field is still open.
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Quoted
    }

    /// Fields seen so far, the current one included.
    pub(super) fn fields(&self) -> usize {
        self.fields
    }

    /// The index of the field being read.
    pub(super) fn current(&self) -> usize {
        self.fields - 1
    }

    /// The index of the field in which a quotation mark opened last.
    pub(super) fn opened_in(&self) -> usize {
        self.opened_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Result<(bool, usize), Fault> {
        let mut quotes = Quotes::new(Delimiter::Comma);
        quotes.feed(text.as_bytes()).map(|()| (quotes.is_open(), quotes.fields()))
    }

    #[test]
    fn marks_are_read_strictly() {
        assert_eq!(scan("a,b,"), Ok((false, 3)));
        assert_eq!(scan(r#""a,b","c ""d""""#), Ok((false, 2)));
        assert_eq!(scan(r#"a,"b,c"#), Ok((true, 2)));
        assert_eq!(scan(r#"a,b"c,d"#), Err(Fault::StrayQuote));
        assert_eq!(scan(r#"a,"b"c,d"#), Err(Fault::StrayQuote));
        assert_eq!(scan("a\rb"), Err(Fault::StrayLineBreak));
        assert_eq!(scan("a,\"x\r\ny\""), Ok((false, 2)));
    }
}
