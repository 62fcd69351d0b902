//! What is open of each receivable, and what of each payment is applied, at the end of a day: one piece of SQL.
//!
//! It says of what is owed the same as `open_items.rs`, and besides what is left of credits and of money.

use chrono::NaiveDate;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::open_items::push_customers;
use crate::values::TenantId;

/// Pushes the common table expressions that end with `open_items` and `money`, of all customers or of those listed:
///
/// - `items`: receivables invoiced by the end of the day; `unpaid` after the payments that name them, and what of a credit
///   note is left then (`note`);
/// - `paid`: payments up to the day; `free` is what they have for other items: all of one that names none, of the others
///   what goes beyond the item's amount, the latest first. `early` is one that names an item of a later day;
/// - `sources`: credits and free money by their days; `used`: how much of them goes to refunds and to what is owed, the
///   oldest first;
/// - `open_items`: `open` is above 0 of what is owed, below 0 of a credit that is not used up;
/// - `money`: `unapplied` of each payment; below 0 of a refund of more than there was.
///
/// All that is open, less all that is unapplied, is what was invoiced less what was paid.
pub(super) fn push_ledger(
    sql: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    day: NaiveDate,
    customers: Option<&[Uuid]>,
) {
    let customers = customers.map(<[Uuid]>::to_vec);
    sql.push("with named as (select p.receivable_id, sum(p.amount) as paid from payments p where p.tenant_id = ");
    sql.push_bind(tenant.0).push(" and p.receivable_id is not null and p.paid_on <= ").push_bind(day);
    push_customers(sql, "p", customers.clone());
    sql.push(
        " group by 1), items as materialized (select r.*, r.amount - coalesce(n.paid, 0) as unpaid,
             greatest(0, least(coalesce(n.paid, 0) - r.amount, -r.amount)) as note
         from receivables r left join named n on n.receivable_id = r.id where r.tenant_id = ",
    );
    sql.push_bind(tenant.0).push(" and r.invoiced_on <= ").push_bind(day);
    push_customers(sql, "r", customers.clone());
    sql.push(
        "), paid as materialized (select p.*, p.receivable_id is not null and i.id is null as early,
             case when p.receivable_id is null then greatest(p.amount, 0)
             else greatest(0, least(p.amount, greatest(0, -i.unpaid - i.note) - coalesce(sum(greatest(p.amount, 0)) over (
                 partition by p.receivable_id order by p.paid_on desc, p.external_id collate \"C\" desc
                 rows between unbounded preceding and 1 preceding), 0))) end as free
         from payments p left join items i on i.id = p.receivable_id where p.tenant_id = ",
    );
    sql.push_bind(tenant.0).push(" and p.paid_on <= ").push_bind(day);
    push_customers(sql, "p", customers);
    sql.push(
        "), sources as materialized (
             select i.customer_id, i.currency, i.id, 0 as kind, i.invoiced_on as day, i.external_id, i.note as amount
             from items i where i.note > 0
             union all select p.customer_id, p.currency, p.id, 1, p.paid_on, p.external_id, p.free from paid p
             where p.free > 0
         ), totals as materialized (
             select customer_id, currency, sum(owed) as owed, sum(means) as means, sum(refunded) as refunded from (
                 select customer_id, currency, greatest(unpaid, 0) as owed, 0 as means, 0 as refunded from items
                 union all select customer_id, currency, 0, amount, 0 from sources
                 union all select customer_id, currency, 0, 0, -amount from paid
                 where receivable_id is null and amount < 0) t
             group by 1, 2
         ), used as materialized (
             select s.*, sum(s.amount) over by_day - t.refunded as upto,
                 greatest(0, least(s.amount, t.refunded + t.owed - (sum(s.amount) over by_day - s.amount))) as applied
             from sources s join totals t on t.customer_id = s.customer_id and t.currency = s.currency
             window by_day as (partition by s.customer_id, s.currency
                 order by s.day, s.kind, s.external_id collate \"C\", s.id rows unbounded preceding)
         ), owed as materialized (
             select i.*, t.means - t.refunded as means, sum(greatest(i.unpaid, 0)) over (
                 partition by i.customer_id, i.currency order by i.due_on, i.external_id collate \"C\"
                 rows unbounded preceding) as upto
             from items i join totals t on t.customer_id = i.customer_id and t.currency = i.currency
         ), open_items as (
             select o.*, case when o.note > 0 then u.applied - u.amount
                 else greatest(0, least(o.unpaid, o.upto - o.means)) end as open
             from owed o left join used u on u.kind = 0 and u.id = o.id
         ), money as (
             select p.*, case when p.early then p.amount
                 when p.receivable_id is null and p.amount < 0 then p.amount + greatest(0, least(-p.amount, t.means
                     - (sum(greatest(-p.amount, 0)) filter (where p.receivable_id is null) over (
                            partition by p.customer_id, p.currency order by p.paid_on, p.external_id collate \"C\"
                            rows unbounded preceding) + p.amount)))
                 else coalesce(u.amount - u.applied, 0) end as unapplied
             from paid p left join used u on u.kind = 1 and u.id = p.id
             left join totals t on t.customer_id = p.customer_id and t.currency = p.currency)",
    );
}

/// Pushes `settled` behind the ledger: what each payment of the days from `from` on settled of each item, and how many days
/// after the item was due.
pub(super) fn push_settled(sql: &mut QueryBuilder<Postgres>, from: NaiveDate) {
    sql.push(
        ", settled as (
             select i.customer_id, i.currency, i.fx_rate, p.amount - p.free as amount, p.paid_on - i.due_on as days
             from paid p join items i on i.id = p.receivable_id where p.amount > p.free and p.paid_on >= ",
    );
    sql.push_bind(from);
    sql.push(
        " union all select o.customer_id, o.currency, o.fx_rate,
                 least(u.upto, o.upto) - greatest(u.upto - u.amount, o.upto - o.unpaid), u.day - o.due_on
             from used u join owed o on o.customer_id = u.customer_id and o.currency = u.currency and o.unpaid > 0
                 and u.upto > o.upto - o.unpaid and u.upto - u.amount < o.upto
             where u.kind = 1 and u.upto > 0 and u.day >= ",
    );
    sql.push_bind(from).push(")");
}
