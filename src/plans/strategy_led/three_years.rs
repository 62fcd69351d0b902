//! Step 3: each expected output against the customer's last three whole fiscal years.

use super::Context;
use super::expected_output::Output;
use super::peers::PeerGrowth;
use crate::plans::draft::{PlanNote, PlanStep};
use crate::plans::{Verdict, Verification, verify};
use crate::values::Label;

pub(super) fn step(context: &Context<'_>, outputs: &[Output<'_>]) -> PlanStep {
    let mut step = PlanStep::new(
        3,
        "three_year_verification",
        Label::new("Verified against three years", "三年验证"),
        Label::new(
            "Low = min(y3, mean, year 4), high = max of them x (1 + tolerance); with fewer whole years the growth of the \
             same grade or segment bounds it.",
            "下限 = min(y3, 均值, 第4年)，上限 = 三者最大值 × (1 + 容差)；不足三个完整财年时以同等级或同细分的增长为界。",
        ),
    );
    let peers = PeerGrowth::measure(&context.customers);
    let tolerance = context.book.settings.tolerance.into();
    for output in outputs {
        let customer = output.customer;
        let growth = peers.of(customer);
        let found =
            verify(&customer.years, output.amount, tolerance, customer.net_l12, growth.map(|(growth, _)| growth));
        let [y1, y2, y3] = customer.years;
        let notes = notes(&found, growth.map(|(_, group)| group));
        let mut line = output.line();
        for (name, value) in [
            ("y1", y1),
            ("y2", y2),
            ("y3", y3),
            ("mean", found.mean),
            ("cagr", found.cagr),
            ("year4", found.year4),
            ("low", found.low),
            ("high", found.high),
            ("peer_growth", growth.map(|(growth, _)| growth)),
        ] {
            line = line.figure(name, value);
        }
        step.push(line.noted(notes));
    }
    step
}

fn notes(found: &Verification, peers: Option<&str>) -> Vec<PlanNote> {
    let Some(verdict) = found.verdict else { return vec![crate::plans::notes::not_planned()] };
    let mut notes = vec![match verdict {
        Verdict::Within => PlanNote::new("within", "Within what three years support.", "在近三年数据支持的区间内。"),
        Verdict::Above => PlanNote::new("above", "Above what three years support.", "高于近三年数据支持的区间。"),
        Verdict::Below => PlanNote::new("below", "Below what three years support.", "低于近三年数据支持的区间。"),
        Verdict::Insufficient => PlanNote::new("insufficient", "Fewer than three whole years.", "不足三个完整财年。"),
    }];
    if verdict == Verdict::Insufficient {
        let note = match found.peer_verdict {
            None if peers.is_some() => PlanNote::new(
                "no_sales_l12",
                "No sales in the last 12 months that the peers' growth could bound.",
                "近12个月没有销售，无法以同类增长为界。",
            ),
            Some(Verdict::Above) => {
                PlanNote::new("above_peers", "Above what its peers' growth supports.", "高于同类客户增长支持的区间。")
            }
            Some(Verdict::Below) => {
                PlanNote::new("below_peers", "Below what its peers' growth supports.", "低于同类客户增长支持的区间。")
            }
            Some(_) => {
                PlanNote::new("within_peers", "Within what its peers' growth supports.", "在同类客户增长支持的区间内。")
            }
            None => PlanNote::new(
                "no_peers",
                "No peers with two whole years to bound it.",
                "没有具备两个完整财年的同类客户可作参照。",
            ),
        };
        notes.push(match (found.peer_verdict, peers) {
            (Some(_), Some(group)) => note.about(group),
            _ => note,
        });
    }
    notes
}
