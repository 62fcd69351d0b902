//! The attributes of the demonstration's tenant.

use crate::dossiers::{AttributeChoice, AttributeDefinition, AttributeType};
use crate::error::{Error, Result};
use crate::values::Label;

/// Floor space, certification and way of purchasing.
pub(super) fn definitions() -> Result<Vec<AttributeDefinition>> {
    let choice = |value: &str, en: &str, zh: &str| AttributeChoice { value: value.into(), label: Label::new(en, zh) };
    let purchasing = vec![
        choice("central", "Central purchasing", "集中采购"),
        choice("plant", "Each plant for itself", "各工厂自行采购"),
        choice("contractor", "Through a contractor", "由承包商采购"),
    ];
    Ok(vec![
        AttributeDefinition {
            unit: Some("m²".into()),
            freshness_days: Some(730),
            ..definition("floor_space", AttributeType::Number, Label::new("Floor space", "厂房面积"))?
        },
        definition("iso_9001", AttributeType::YesNo, Label::new("ISO 9001 certified", "通过 ISO 9001 认证"))?,
        AttributeDefinition {
            choices: purchasing,
            ..definition("purchasing", AttributeType::Choice, Label::new("Way of purchasing", "采购方式"))?
        },
    ])
}

fn definition(code: &str, attribute_type: AttributeType, label: Label) -> Result<AttributeDefinition> {
    Ok(AttributeDefinition {
        code: code.parse().map_err(Error::internal)?,
        label,
        attribute_type,
        unit: None,
        choices: Vec::new(),
        freshness_days: None,
        required: attribute_type == AttributeType::Number,
    })
}
