//! A new migration alone would not rebuild the binary that embeds it.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
