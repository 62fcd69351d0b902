//! The matrix as an SVG bubble chart, and who went where as an SVG migration chart: light and dark, in both languages,
//! readable without colour or sight.
//!
//! High attractiveness is on top and strong is on the left, as in the table of the nine cells. Pixels are floats here:
//! they are drawn, never added up.

mod arrows;
mod bubbles;
mod frame;
mod labels;
mod legend;
mod migration;
mod text;

pub use bubbles::{Bubble, BubbleSize, Chart};
pub use migration::MigrationChart;

#[cfg(test)]
mod tests;
