//! A demonstration: a plausible seller of industrial goods to try everything on.

mod generator;

pub use generator::{DemoData, GeneratorSettings, PurchasePotential, generate};
