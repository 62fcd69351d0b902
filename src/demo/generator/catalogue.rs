//! The product range: 60 products in 6 categories of 3 subcategories.

use crate::imports::ProductRow;

use super::money;

/// A product with what trading needs. Amounts in ten-thousandths of a euro.
pub(super) struct Product {
    pub(super) row: ProductRow,
    pub(super) category: usize,
    pub(super) list: i64,
    pub(super) cost: i64,
}

/// The product categories.
pub(super) const CATEGORIES: [&str; 6] =
    ["Bearings", "Drives", "Pneumatics", "Hydraulics", "Sensors and Controls", "Power Transmission"];

struct Line {
    category: usize,
    name: &'static str,
    item: &'static str,
    code: &'static str,
    /// List price of the smallest size in euro.
    from: i64,
    /// Cost in thousandths of the list price.
    cost: i64,
}

const fn line(
    category: usize,
    name: &'static str,
    item: &'static str,
    code: &'static str,
    from: i64,
    cost: i64,
) -> Line {
    Line { category, name, item, code, from, cost }
}

const LINES: [Line; 18] = [
    line(0, "Ball Bearings", "Deep-groove ball bearing", "BB", 14, 560),
    line(0, "Roller Bearings", "Spherical roller bearing", "RB", 62, 580),
    line(0, "Mounted Units", "Pillow block unit", "MU", 48, 545),
    line(1, "Geared Motors", "Helical geared motor", "GM", 420, 610),
    line(1, "Frequency Inverters", "Frequency inverter", "FI", 310, 575),
    line(1, "Servo Drives", "Servo drive", "SD", 890, 550),
    line(2, "Cylinders", "Pneumatic cylinder", "PC", 74, 530),
    line(2, "Valves", "Solenoid valve", "PV", 55, 525),
    line(2, "Air Preparation", "Filter regulator", "AP", 68, 540),
    line(3, "Pumps", "Axial piston pump", "HP", 1250, 625),
    line(3, "Hoses and Fittings", "Hydraulic hose", "HH", 22, 590),
    line(3, "Hydraulic Valves", "Proportional valve", "HV", 540, 570),
    line(4, "Proximity Sensors", "Inductive sensor", "PS", 38, 520),
    line(4, "Controllers", "Compact controller", "CC", 460, 535),
    line(4, "Safety Relays", "Safety relay", "SR", 135, 530),
    line(5, "Belts", "Timing belt", "TB", 19, 575),
    line(5, "Chains and Sprockets", "Roller chain", "RC", 33, 600),
    line(5, "Couplings", "Jaw coupling", "JC", 57, 565),
];

/// What the sizes of a subcategory cost, in thousandths of the smallest.
const SIZES: [(&str, i64); 4] = [("10", 1000), ("20", 1450), ("40", 2200), ("80", 3600)];

/// The range: four sizes of each category's first subcategory, three of the others.
pub(super) fn products() -> Vec<Product> {
    LINES.iter().enumerate().flat_map(|(i, line)| sizes(i).iter().map(|size| product(line, size))).collect()
}

fn sizes(line: usize) -> &'static [(&'static str, i64)] {
    if line.is_multiple_of(3) { &SIZES } else { &SIZES[..3] }
}

fn product(line: &Line, (size, factor): &(&str, i64)) -> Product {
    // Prices end on .50 or .00.
    let list = line.from * factor * 10 / 5_000 * 5_000;
    let cost = list * line.cost / 1_000 / 100 * 100;
    let row = ProductRow {
        external_id: format!("{}-{size}", line.code),
        name: format!("{} {}{size}", line.item, line.code),
        category: Some(CATEGORIES[line.category].to_owned()),
        subcategory: Some(line.name.to_owned()),
        standard_cost: Some(money(cost)),
        list_price: Some(money(list)),
        observed_at: None,
    };
    Product { row, category: line.category, list, cost }
}
