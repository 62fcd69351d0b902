//! Where fields and records end: the quotation marks of RFC 4180.
//!
//! A mark that begins a field opens a text, blanks before it aside; the next mark that is not doubled closes it. A mark
//! anywhere else in a field is a character like any other.

use super::Delimiter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    FieldStart,
    /// Blanks at the beginning of a field, which may be followed by a mark.
    Blanks,
    Bare,
    Quoted,
    /// After a mark in a quoted field: it closes the field, or escapes the next mark.
    AfterQuote,
    /// Blanks behind the mark that closes.
    AfterField,
}

/// What a byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A character of the field.
    Text,
    /// No part of the field.
    Mark,
    /// A mark that opens a text: what came before in this field was blank and is no part of it.
    Opening,
    /// The field ends.
    FieldEnd,
    /// A text stands behind the mark that closes the field.
    StrayQuote,
    /// A carriage return or line feed outside quotation marks.
    StrayLineBreak,
}

/// What a mark within a quoted field is where a text follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stray {
    /// The end of the text; what follows belongs to the field.
    Closes,
    /// A part of the text, which should have been doubled.
    IsText,
}

/// Follows the quotation marks of a record that may span lines.
#[derive(Clone, Debug)]
pub(super) struct Quotes {
    delimiter: u8,
    state: State,
    fields: usize,
    /// The field before was quoted.
    behind_text: bool,
    /// Behind a quoted field one began with a blank, as the words of a sentence do: ", and so on".
    reads_on: bool,
}

impl Quotes {
    pub(super) fn new(delimiter: Delimiter) -> Self {
        Self { delimiter: delimiter.byte(), state: State::FieldStart, fields: 1, behind_text: false, reads_on: false }
    }

    /// How many of these bytes are plainly characters of the field, and need no look at each.
    pub(super) fn run(&self, bytes: &[u8]) -> usize {
        let end = match self.state {
            State::Quoted => bytes.iter().position(|byte| *byte == b'"'),
            State::Bare => bytes.iter().position(|byte| *byte == self.delimiter || matches!(byte, b'\r' | b'\n')),
            _ => Some(0),
        };
        end.unwrap_or(bytes.len())
    }

    /// Reads a byte. Of one that is astray the state stays as it was: [`Self::settle`] says what it is taken for.
    pub(super) fn step(&mut self, byte: u8) -> Step {
        let (state, step) = match (self.state, byte) {
            (State::Quoted, b'"') => (State::AfterQuote, Step::Mark),
            (State::Quoted, _) => (State::Quoted, Step::Text),
            (State::AfterQuote, b'"') => (State::Quoted, Step::Text),
            (State::FieldStart | State::Blanks, b'"') => (State::Quoted, Step::Opening),
            (state, byte) if byte == self.delimiter => {
                self.fields += 1;
                self.behind_text = matches!(state, State::AfterQuote | State::AfterField);
                (State::FieldStart, Step::FieldEnd)
            }
            (State::FieldStart | State::Blanks, b' ' | b'\t') => (State::Blanks, Step::Text),
            (State::AfterQuote | State::AfterField, b' ' | b'\t') => (State::AfterField, Step::Mark),
            (state, b'\r' | b'\n') => (state, Step::StrayLineBreak),
            (state @ (State::AfterQuote | State::AfterField), _) => (state, Step::StrayQuote),
            (State::Blanks, _) => {
                self.reads_on |= self.behind_text;
                (State::Bare, Step::Text)
            }
            _ => (State::Bare, Step::Text),
        };
        self.state = state;
        step
    }

    /// Takes the byte that was astray for a part of the field.
    pub(super) fn settle(&mut self, stray: Stray) {
        let may_be_open = matches!(self.state, State::AfterQuote | State::AfterField);
        self.state = if may_be_open && stray == Stray::IsText { State::Quoted } else { State::Bare };
    }

    /// Takes the field for a text that is open.
    pub(super) fn reopen(&mut self) {
        self.state = State::Quoted;
    }

    /// Reads on over whatever is astray.
    pub(super) fn follow(&mut self, mut bytes: &[u8], stray: Stray) {
        loop {
            bytes = &bytes[self.run(bytes)..];
            let [byte, rest @ ..] = bytes else { return };
            if matches!(self.step(*byte), Step::StrayQuote | Step::StrayLineBreak) {
                self.settle(stray);
            }
            bytes = rest;
        }
    }

    /// A line ends: the record too, unless a quoted field is open. Whether it is.
    pub(super) fn end_line(&mut self) -> bool {
        if !self.is_open() {
            (self.state, self.fields) = (State::FieldStart, 1);
            (self.behind_text, self.reads_on) = (false, false);
        }
        self.is_open()
    }

    /// Whether a quoted field is still open.
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Quoted
    }

    /// Whether what follows a quoted field reads like the words of a text that goes on.
    pub(super) fn reads_on(&self) -> bool {
        self.reads_on
    }

    /// Fields seen so far, the current one included.
    pub(super) fn fields(&self) -> usize {
        self.fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a text is open at the end, and the fields; the first byte that is astray.
    fn scan(text: &str) -> Result<(bool, usize), Step> {
        let mut quotes = Quotes::new(Delimiter::Comma);
        for byte in text.bytes() {
            let step = quotes.step(byte);
            if matches!(step, Step::StrayQuote | Step::StrayLineBreak) {
                return Err(step);
            }
        }
        Ok((quotes.is_open(), quotes.fields()))
    }

    #[test]
    fn a_mark_that_begins_a_field_opens_it_and_any_other_is_text() {
        assert_eq!(scan("a,b,"), Ok((false, 3)));
        assert_eq!(scan(r#""a,b","c ""d""""#), Ok((false, 2)));
        assert_eq!(scan(r#"a,"b,c"#), Ok((true, 2)));
        assert_eq!(scan("a,\"x\r\ny\""), Ok((false, 2)));
        assert_eq!(scan(r#"1/2" pipe,5'11" rod,2"""#), Ok((false, 3)));
        assert_eq!(scan(r#"a,  "b,c"  ,d"#), Ok((false, 3)));
        assert_eq!(scan(r#"a,"b"c,d"#), Err(Step::StrayQuote));
        assert_eq!(scan(r#"a,"b" c,d"#), Err(Step::StrayQuote));
        assert_eq!(scan("a\rb"), Err(Step::StrayLineBreak));
    }

    #[test]
    fn what_is_astray_may_be_read_both_ways() {
        let follow = |text: &str, stray| {
            let mut quotes = Quotes::new(Delimiter::Comma);
            quotes.follow(text.as_bytes(), stray);
            (quotes.is_open(), quotes.fields())
        };
        let text = r#"a,"1/2" pipe,b"#;
        assert_eq!(follow(text, Stray::Closes), (false, 3));
        assert_eq!(follow(text, Stray::IsText), (true, 2));
        assert_eq!(follow(r#"a,"he said "no" to me",b"#, Stray::IsText), (false, 3));
    }
}
