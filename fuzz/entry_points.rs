//! What is fuzzed: no input panics or overflows, no score leaves 0 to 100, every explanation adds up, and what is written
//! is read back. Shared by the fuzz targets and `tests/it/fuzzing.rs`.

use fenji::metrics::{Fact, FactValue, Missing};
use fenji::scales::{
    Facts, GradeBands, ScaleDefinition, ScaleDocument, Scorer, Standing, assign_grades, compare, merge, read_workbook,
    template, validate, write_workbook,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// A definition as it may come in a request.
pub fn scale_json(data: &[u8]) {
    if let Ok(document) = serde_json::from_slice::<ScaleDocument>(data) {
        exercise(&document.definition);
    }
    if let Ok(definition) = serde_json::from_slice::<ScaleDefinition>(data) {
        exercise(&definition);
    }
}

/// A workbook as it may be uploaded.
pub fn scale_xlsx(data: &[u8]) {
    let Ok((document, _)) = read_workbook(data) else { return };
    exercise(&document.definition);
    if let Ok(bytes) = write_workbook(&document)
        && let Ok((again, _)) = read_workbook(&bytes)
    {
        assert_eq!(again, document, "what was written is not what is read");
    }
}

/// A valid definition and facts, both made from the bytes.
pub fn scoring(data: &[u8]) {
    let mut bytes = Bytes(data, 0);
    let definition: ScaleDefinition = serde_json::from_value(bytes.definition()).unwrap();
    if !validate(&definition).is_empty() {
        return;
    }
    let customers = 1 + bytes.upto(6);
    let facts: Vec<Vec<Fact>> = (0..customers).map(|_| facts(&definition, &mut bytes)).collect();
    let caps: Vec<Vec<Fact>> = (0..customers).map(|_| definition.caps.iter().map(|_| bytes.fact()).collect()).collect();
    score(&definition, &facts, &caps);
}

fn exercise(definition: &ScaleDefinition) {
    let problems = validate(definition);
    assert!(compare(definition, definition).is_empty(), "a definition differs from itself");
    let base = &template("industrial_distributor").unwrap().definition;
    let _ = compare(base, definition);
    let (merged, _) = merge(&[definition.clone(), base.clone()]);
    let sum: Decimal = merged.dimensions.iter().map(|dimension| dimension.weight.0).sum();
    assert!(merged.dimensions.is_empty() || sum == Decimal::ONE, "merged weights sum to {sum}");
    if problems.is_empty() {
        let mut bytes = Bytes(b"facts of any kind, told again and again", 0);
        let facts: Vec<Vec<Fact>> = (0..3).map(|_| facts(definition, &mut bytes)).collect();
        let caps: Vec<Vec<Fact>> = (0..3).map(|_| definition.caps.iter().map(|_| bytes.fact()).collect()).collect();
        score(definition, &facts, &caps);
    }
}

/// One fact for each factor and each base.
fn facts(definition: &ScaleDefinition, bytes: &mut Bytes<'_>) -> Vec<Fact> {
    (0..definition.factors().count() + definition.bases().len()).map(|_| bytes.fact()).collect()
}

fn score(definition: &ScaleDefinition, facts: &[Vec<Fact>], caps: &[Vec<Fact>]) {
    let scorer = Scorer::among(definition, facts.iter().map(Vec::as_slice)).unwrap();
    let hundred = Decimal::ONE_HUNDRED;
    let mut standings = Vec::new();
    let ids: Vec<String> = (0..facts.len()).map(|n| format!("C{n}")).collect();
    for ((facts, caps), id) in facts.iter().zip(caps).zip(&ids) {
        let scored = scorer.score(Facts { factors: facts, caps });
        for value in [scored.total, scored.quality, scored.growth].into_iter().flatten() {
            assert!(value.0 >= Decimal::ZERO && value.0 <= hundred, "{value}");
        }
        assert!(scored.data_coverage.0 >= Decimal::ZERO && scored.data_coverage.0 <= Decimal::ONE);
        assert_eq!(scored.total.is_none(), scored.ungradable.is_some());
        let parts: Decimal = scored.dimensions.iter().flat_map(|d| &d.factors).map(|f| f.contribution.0).sum();
        assert_eq!(parts, scored.total.map_or(Decimal::ZERO, |total| total.0), "the explanation does not add up");
        for factor in scored.dimensions.iter().flat_map(|d| &d.factors) {
            assert!(factor.points.is_none_or(|p| p.0 >= Decimal::ZERO && p.0 <= factor.max_points.0));
            assert!(factor.percentile.is_none_or(|p| p.0 >= Decimal::ZERO && p.0 <= Decimal::ONE));
        }
        let total = scorer.totals(facts).total;
        standings.push(Standing { external_id: id, total, at_best: scorer.at_best(caps) });
    }
    let graded = assign_grades(&definition.grade_bands, &standings);
    for (standing, graded) in standings.iter().zip(&graded) {
        assert_eq!(standing.total.is_some(), graded.is_some());
        if let Some(graded) = graded {
            assert!(definition.grade_bands.grade_at(graded.place).is_some());
            let is_refilled = matches!(&definition.grade_bands, GradeBands::Quota(quota) if quota.refill);
            assert!(is_refilled || graded.place >= graded.scored_place, "a cap lifted a grade");
            let place = usize::try_from(graded.place).unwrap();
            assert!(standing.at_best.is_none_or(|at_best| place >= at_best), "a cap was passed over");
        }
    }
}

/// Decisions taken from bytes; when they are used up they begin again.
struct Bytes<'a>(&'a [u8], usize);

const EXTREMES: [&str; 12] = [
    "0",
    "1",
    "-1",
    "0.000000000001",
    "1000000000000000",
    "-1000000000000000",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "0.0000000000000000000000000001",
    "7.9228162514264337593543950335",
    "100",
    "0.5",
];

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        self.1 += 1;
        let place = self.1 % self.0.len().max(1);
        self.0.get(place).copied().unwrap_or(7).wrapping_add(u8::try_from(self.1 / 251 % 256).unwrap_or(0))
    }

    fn flip(&mut self) -> bool {
        self.next() & 1 == 0
    }

    fn upto(&mut self, most: usize) -> usize {
        usize::from(self.next()) % (most + 1)
    }

    fn fact(&mut self) -> Fact {
        match self.next() % 8 {
            0 => Err(Missing::NoData),
            1 => Err(Missing::Undefined),
            2 => Ok(FactValue::Flag(self.flip())),
            3 => Ok(FactValue::text(["A", "B", "true", "", "5"][self.upto(4)])),
            4 => Ok(FactValue::number(EXTREMES[self.upto(11)].parse().unwrap())),
            _ => {
                let digits = i64::from_le_bytes(std::array::from_fn(|_| self.next()));
                Ok(FactValue::number(Decimal::new(digits, u32::from(self.next()) % 20)))
            }
        }
    }

    fn points(&mut self, max: u32) -> String {
        (Decimal::from(max) * Decimal::from(self.next()) / Decimal::from(255)).round_dp(4).to_string()
    }

    fn rule(&mut self, max: u32, source: &Value) -> Value {
        let label = json!({"en": "x", "zh": "x"});
        let kind = if source.get("judgement").is_some() { 0 } else { self.next() % 5 };
        let kind = if source.get("metric").is_some() && kind < 2 { kind + 2 } else { kind };
        match kind {
            0 => {
                json!({"levels": [{"code": "A", "label": label, "points": self.points(max)}, {"code": "B", "label": label, "points": self.points(max)}]})
            }
            1 => {
                json!({"choices": {"choices": [{"value": "true", "points": self.points(max)}, {"value": "5", "points": self.points(max)}],
                "otherwise": if self.flip() { json!(self.points(max)) } else { Value::Null }}})
            }
            2 => {
                json!({"bands": [{"from": null, "points": self.points(max)}, {"from": "0.000000000001", "points": self.points(max)},
                {"from": "999999999999999.999999999999", "points": self.points(max)}]})
            }
            3 => {
                let ends = ["-1000000000000000", "0", "0.000000000001", "1", "1000000000000000"];
                let from = self.upto(4);
                let to = (from + 1 + self.upto(3)) % 5;
                json!({"linear": {"from": ends[from], "to": ends[to]}})
            }
            _ => json!({"percentile": {"better": if self.flip() { "higher" } else { "lower" }}}),
        }
    }

    fn definition(&mut self) -> Value {
        let label = json!({"en": "x", "zh": "x"});
        let dimensions = 1 + self.upto(4);
        let mut left = 1_000_000_u32;
        let made: Vec<Value> = (0..dimensions)
            .map(|d| {
                let rest = u32::try_from(dimensions - d).unwrap_or(1);
                let weight = if rest == 1 { left } else { 1 + (left - rest) * u32::from(self.next()) / 256 };
                left -= weight;
                let factors: Vec<Value> = (0..1 + self.upto(3)).map(|f| {
                    let max = [1, 3, 7, 10, 10_000][self.upto(4)];
                    let code = format!("f{d}{f}");
                    let source = match self.next() % 4 {
                        0 => json!({"metric": "revenue_l12"}),
                        3 => json!({"metric": "growth_l12"}),
                        1 => json!({"attribute": code}),
                        _ => json!({"judgement": {}}),
                    };
                    let rule = self.rule(max, &source);
                    let missing = ["zero", "neutral", "excluded", "required"][self.upto(3)];
                    let mut factor = json!({"code": code, "label": label, "max_points": max.to_string(), "source": source, "rule": rule, "missing": missing});
                    if factor["source"]["metric"] == "growth_l12" {
                        let share = json!({"median_share": "0.01", "at_least": "1000"});
                        factor["min_base"] = if self.flip() { share } else { json!({"amount": "1000000000000000"}) };
                    }
                    factor
                }).collect();
                let axis = if self.flip() { "quality" } else { "growth" };
                json!({"code": format!("d{d}"), "label": label, "axis": axis, "weight": Decimal::new(weight.into(), 6).to_string(), "factors": factors})
            })
            .collect();
        let bands = if self.flip() {
            let ties = if self.flip() { "better" } else { "external_id" };
            json!({"quota": [{"grade": "A", "label": label, "share": "0.2"}, {"grade": "B", "label": label, "share": "0.333333"}, {"grade": "C", "label": label, "share": null}],
                "ties": ties, "refill": self.flip()})
        } else {
            json!({"fixed": [{"grade": "A", "label": label, "min_score": "80"}, {"grade": "B", "label": label, "min_score": "33.3333"}, {"grade": "C", "label": label, "min_score": "0"}]})
        };
        let op = ["gt", "ge", "lt", "le", "eq"][self.upto(4)];
        let cap = json!({"condition": {"source": {"attribute": "a"}, "op": op, "value": {"number": EXTREMES[self.upto(11)]}}, "at_best": "B", "label": label});
        let coverage = ["0", "0.5", "1"][self.upto(2)];
        json!({"min_coverage": coverage, "dimensions": made, "grade_bands": bands, "caps": if self.flip() { json!([cap]) } else { json!([]) }})
    }
}
