-- The read side of inventory, for search.

-- name: taken_of_legs
-- Counters of the legs $1. A hold that is overdue counts until it is swept: search may say too
-- little for some seconds, never too much.
SELECT leg, cabin, capacity + overbooking AS capacity, sold + held AS taken, classes,
       taken AS taken_by_class
FROM leg_dates
WHERE leg = ANY ($1::text[]);
