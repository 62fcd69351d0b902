-- Returns are not orders: the sums by customer and month say which orders sold something. An order is what a customer's
-- lines of one order id come to; it counts where that is positive, and is a return where it is not.

alter table sales_rollups
    -- Orders all of whose lines lie in the month and whose net is not positive. `orders` has only the others.
    add column returns         int[],
    -- The last day on which an order counted in `orders` has a line that sells; null where the month has no such order.
    add column order_days      date[],
    -- What an order over several months comes to in a month of it, and the last day there with a line that sells.
    add column spanning_nets   numeric[],
    add column spanning_days   date[],
    -- What a category comes to in a month, and whether it was bought there in an order with a positive net.
    add column category_nets   numeric[],
    add column category_bought boolean[];

-- Rows without these do not hold: readers take those customers' sums from the lines, and the next refresh makes them again.
create index sales_rollups_without_returns on sales_rollups (tenant_id, customer_id) where returns is null;
