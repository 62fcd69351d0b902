//! The matrix as an SVG bubble chart, and who went where as an SVG migration chart: light and dark, in both languages,
//! readable without colour or sight. Circles carry the customer's id (`data-id`) and cells their code (`data-cell`), so that
//! whoever embeds a chart can open what is behind them.
//!
//! High attractiveness is on top and strong is on the left, as in the table of the nine cells. Pixels are floats here:
//! they are drawn, never added up.

mod arrows;
mod bubbles;
mod circles;
mod frame;
mod labels;
mod legend;
mod migration;
mod spread;
mod text;
mod theme;

pub use bubbles::{Bubble, BubbleSize, Chart};
pub use migration::MigrationChart;
pub use theme::ChartTheme;

#[cfg(test)]
mod tests;
