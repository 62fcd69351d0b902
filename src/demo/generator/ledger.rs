//! What customers owe and pay: an invoice an order, a credit note a return.

use chrono::{Days, NaiveDate};

use super::customers::Customer;
use super::dice::{Dice, Stream};
use super::trade::Order;
use super::{GeneratorSettings, MONTHS, money};
use crate::imports::{PaymentRow, ReceivableRow};

/// Months of which invoices are told.
const LEDGER_MONTHS: i64 = 18;

/// When and how an invoice is paid.
enum Payment {
    /// Never: it is disputed.
    Never,
    /// So many days after it is due, before it where negative; a part of it, in thousandths.
    Late(i64, i64),
}

/// Invoices and credit notes.
pub(super) fn receivables(
    settings: &GeneratorSettings,
    orders: &[Order],
    customers: &[Customer],
) -> Vec<ReceivableRow> {
    invoiced(settings, orders)
        .filter_map(|(number, order)| {
            let customer = &customers[order.customer];
            Some(ReceivableRow {
                external_id: invoice(number),
                customer_id: customer.row.external_id.clone(),
                invoiced_on: order.date,
                due_on: due(order, customer)?,
                amount: money(order.net()),
                currency: customer.unit.currency(),
                observed_at: None,
            })
        })
        .collect()
}

/// What was paid for them up to the last month. Nine of ten name the invoice.
pub(super) fn payments(settings: &GeneratorSettings, orders: &[Order], customers: &[Customer]) -> Vec<PaymentRow> {
    invoiced(settings, orders)
        .filter(|(_, order)| order.net() > 0)
        .filter_map(|(number, order)| {
            let customer = &customers[order.customer];
            let mut dice = Dice::new(settings.seed, Stream::Payment(number as u32));
            let Payment::Late(days, part) = payment(&mut dice, customer) else { return None };
            let paid_on = shifted(due(order, customer)?, days)?.max(order.date);
            (paid_on <= settings.as_of.last_day()).then(|| PaymentRow {
                external_id: Some(format!("PAY{:06}", number + 1)),
                customer_id: customer.row.external_id.clone(),
                paid_on,
                amount: money(if part == 1_000 { order.net() } else { order.net() / 1_000 * part / 100 * 100 }),
                currency: customer.unit.currency(),
                receivable_id: dice.chance(900).then(|| invoice(number)),
                observed_at: None,
            })
        })
        .collect()
}

fn invoiced<'a>(settings: &GeneratorSettings, orders: &'a [Order]) -> impl Iterator<Item = (usize, &'a Order)> {
    let since = settings.month(MONTHS - LEDGER_MONTHS).first_day();
    orders.iter().enumerate().filter(move |(_, order)| order.date >= since && order.net() != 0)
}

fn invoice(number: usize) -> String {
    format!("INV{:06}", number + 1)
}

/// Big customers have longer terms.
fn due(order: &Order, customer: &Customer) -> Option<NaiveDate> {
    shifted(order.date, if customer.rank < 30 { 60 } else { 30 })
}

fn payment(dice: &mut Dice, customer: &Customer) -> Payment {
    // One customer in nine pays late as a habit.
    let late = if customer.rank % 9 == 4 { 45 } else { 0 };
    match dice.between(0, 999) {
        0 => Payment::Never,
        1..=3 => Payment::Late(dice.between(10, 60) + late, 600),
        4..=6 => Payment::Late(dice.between(-5, 5), 1_200),
        7..=699 => Payment::Late(dice.between(-10, 5) + late, 1_000),
        _ => Payment::Late(dice.between(6, 40) + late, 1_000),
    }
}

fn shifted(day: NaiveDate, by: i64) -> Option<NaiveDate> {
    let days = Days::new(by.unsigned_abs());
    if by < 0 { day.checked_sub_days(days) } else { day.checked_add_days(days) }
}
