//! A demonstration: a plausible seller of industrial goods, generated, loaded through the public intake, judged, graded,
//! mapped and planned. Its ids are the same on every machine.

mod attributes;
mod files;
mod generator;
mod ids;
mod judgements;
mod replacements;
mod set_up;

pub use generator::{DemoData, GeneratorSettings, PurchasePotential, generate};
pub use ids::DemoIds;
pub use set_up::{AS_OF, SLUG, salesperson, set_up};
