-- What is taken, as search sees it.

-- name: sold
-- Counters of the legs $1, with what overdue holds still count in them (they are free to be sold).
-- statement_timestamp, not the clock: it lets the index of holds be used.
WITH late AS (
    SELECT leg_id, booking_class, sum(seats)::integer AS seats
    FROM orders JOIN order_legs ON order_id = id
    WHERE state = 'held' AND hold_until <= statement_timestamp()
    GROUP BY leg_id, booking_class
)
SELECT leg, cabin, capacity + overbooking AS capacity, sold + held AS taken,
       classes, taken AS taken_by_class,
       ARRAY(SELECT booking_class FROM late WHERE leg_id = id ORDER BY booking_class) AS late_classes,
       ARRAY(SELECT seats FROM late WHERE leg_id = id ORDER BY booking_class) AS late_seats
FROM leg_dates WHERE leg = ANY ($1::text[]);
