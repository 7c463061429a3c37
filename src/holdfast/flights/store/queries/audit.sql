-- The auditor's assertions. Each gives one row: how many things were checked, how many are wrong,
-- and a few examples ($1 of them). All run in one read-only transaction on one snapshot.

-- name: inventory_conserved
-- Counters are the sums over live orders, in all and by class, and never above what may be sold.
WITH counted AS (
    SELECT leg_id, booking_class, sum(seats) FILTER (WHERE state = 'paid') AS sold,
           sum(seats) FILTER (WHERE state = 'held') AS held
    FROM order_legs JOIN orders ON orders.id = order_id WHERE state IN ('paid', 'held')
    GROUP BY leg_id, booking_class
), summed AS (
    SELECT leg_id, sum(sold) AS sold, sum(held) AS held,
           jsonb_object_agg(booking_class, coalesce(sold, 0) + coalesce(held, 0)) AS by_class
    FROM counted GROUP BY leg_id
), wrong AS (
    SELECT leg || ' ' || cabin || ': counter ' || leg_dates.sold || ' sold ' || leg_dates.held
           || ' held, orders ' || coalesce(summed.sold, 0) || ' and ' || coalesce(summed.held, 0)
           AS example
    FROM leg_dates LEFT JOIN summed ON leg_id = id
    WHERE leg_dates.sold <> coalesce(summed.sold, 0) OR leg_dates.held <> coalesce(summed.held, 0)
       OR leg_dates.sold + leg_dates.held > capacity + overbooking
       OR (SELECT coalesce(jsonb_object_agg(class, seats), '{}')
           FROM unnest(classes, taken) AS one (class, seats) WHERE seats <> 0)
          <> (SELECT coalesce(jsonb_object_agg(key, value), '{}')
              FROM jsonb_each(coalesce(by_class, '{}')) WHERE value <> '0')
)
SELECT (SELECT count(*) FROM leg_dates) AS checked, (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $1) AS examples;

-- name: seat_unique
-- A seat has one passenger of one live order, in that order's state, and paid orders have all the
-- seats they chose.
WITH wrong AS (
    SELECT leg || ' ' || designator || ' is there ' || count(*) || ' times' AS example
    FROM seats GROUP BY leg, designator HAVING count(*) > 1
    UNION ALL
    SELECT leg || ' ' || designator || ' is ' || seats.state || ' for an order that is '
           || orders.state
    FROM seats JOIN orders ON orders.id = order_id
    WHERE (orders.state = 'paid') <> (seats.state = 'sold') OR orders.state NOT IN ('paid', 'held')
    UNION ALL
    SELECT orders.id || ' has ' || count(seats.leg) || ' of ' || seat_rows || ' seats'
    FROM orders LEFT JOIN seats ON order_id = orders.id
    WHERE orders.state = 'paid' OR (orders.state = 'held' AND hold_until > statement_timestamp())
    GROUP BY orders.id HAVING count(seats.leg) <> seat_rows
)
SELECT (SELECT count(*) FROM seats) AS checked, (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $1) AS examples;

-- name: money_conserved
-- Every posting and the whole ledger sum to zero; balances and orders are what the ledger says.
WITH wrong AS (
    SELECT 'posting ' || posting || ' sums to ' || sum(amount) || ' ' || currency AS example
    FROM ledger GROUP BY posting, currency HAVING sum(amount) <> 0
    UNION ALL
    SELECT 'balance of ' || coalesce(balances.owner, entries.party) || ' is '
           || coalesce(minor, 0) || ', ledger ' || coalesce(entries.amount, 0)
    FROM balances FULL JOIN (
        SELECT party, currency, sum(amount) AS amount FROM ledger WHERE account = 'balance'
        GROUP BY party, currency
    ) AS entries ON entries.party = balances.owner AND entries.currency = balances.currency
    WHERE coalesce(minor, 0) <> coalesce(entries.amount, 0)
    UNION ALL
    SELECT orders.id || ' has received ' || paid - refunded || ', ledger '
           || coalesce(entries.amount, 0)
    FROM orders LEFT JOIN (
        SELECT order_id, -sum(amount) AS amount FROM ledger WHERE account IN ('balance', 'bsp')
        AND order_id IS NOT NULL GROUP BY order_id
    ) AS entries ON order_id = orders.id
    WHERE paid - refunded <> coalesce(entries.amount, 0)
    UNION ALL
    SELECT orders.id || ' has paid ' || paid || ', payments ' || coalesce(sum(payments.amount), 0)
    FROM orders LEFT JOIN payments ON order_id = orders.id
    GROUP BY orders.id HAVING paid <> coalesce(sum(payments.amount), 0)
)
SELECT (SELECT count(*) FROM ledger) AS checked, (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $1) AS examples;

-- name: nothing_stuck
-- No hold is overdue for longer than $2 seconds, and no order that is live is neither paid nor held.
WITH wrong AS (
    SELECT id || ' should have been swept at ' || hold_until AS example FROM orders
    WHERE state = 'held' AND hold_until < statement_timestamp() - make_interval(secs => $2)
    UNION ALL
    SELECT id || ' is paid without a payment' FROM orders
    WHERE state = 'paid'
      AND (paid <> total OR NOT EXISTS (SELECT FROM payments WHERE order_id = orders.id))
)
SELECT (SELECT count(*) FROM orders) AS checked, (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $1) AS examples;

-- name: idempotent_single_effect
-- A key made one order; an offer has one live order; an order is cancelled once.
WITH wrong AS (
    SELECT 'key ' || key || ' of ' || owner || ' made ' || count(*) || ' orders' AS example
    FROM orders WHERE key IS NOT NULL GROUP BY owner, key HAVING count(*) > 1
    UNION ALL
    SELECT 'offer ' || offer_id || ' has ' || count(*) || ' live orders'
    FROM orders WHERE state IN ('held', 'paid') GROUP BY offer_id HAVING count(*) > 1
    UNION ALL
    SELECT orders.id || ' is ' || state || ' with ' || count(*) || ' confirmed cancellations'
    FROM cancellations JOIN orders ON orders.id = order_id WHERE confirmed_at IS NOT NULL
    GROUP BY orders.id HAVING count(*) > 1 OR state <> 'cancelled'
)
SELECT (SELECT count(*) FROM idempotency_keys) AS checked, (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $1) AS examples;

-- name: losers_leave_nothing
-- Whatever belongs to an order has it, and what is over keeps neither seats nor cases.
WITH wrong AS (
    SELECT orders.id || ' takes no seat on any leg' AS example FROM orders
    WHERE NOT EXISTS (SELECT FROM order_legs WHERE order_id = orders.id)
    UNION ALL
    SELECT order_id || ' is ' || orders.state || ' and has seat ' || designator
    FROM seats JOIN orders ON orders.id = order_id WHERE orders.state NOT IN ('held', 'paid')
    UNION ALL
    SELECT order_id || ' is ' || state || ' and has a case' FROM reaccommodations
    JOIN orders ON orders.id = order_id WHERE state NOT IN ('held', 'paid')
    UNION ALL
    SELECT order_id || ' is ' || state || ' and has a payment' FROM payments
    JOIN orders ON orders.id = order_id WHERE state IN ('held', 'expired')
    UNION ALL
    SELECT 'ledger has an entry for ' || order_id FROM ledger
    WHERE order_id IS NOT NULL AND NOT EXISTS (SELECT FROM orders WHERE orders.id = order_id)
    UNION ALL
    SELECT order_id || ' takes seats of a counter that is not there' FROM order_legs
    WHERE NOT EXISTS (SELECT FROM leg_dates WHERE leg_dates.id = leg_id)
)
SELECT (SELECT count(*) FROM order_legs) AS checked, (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $1) AS examples;
