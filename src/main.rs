//! Fenji on the command line.
fn main() {}
