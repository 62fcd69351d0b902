//! A demonstration: a plausible seller of industrial goods, generated, loaded through the public intake, graded, mapped
//! and planned.

mod attributes;
mod files;
mod generator;
mod set_up;

pub use generator::{DemoData, GeneratorSettings, PurchasePotential, generate};
pub use set_up::{AS_OF, SLUG, set_up};
