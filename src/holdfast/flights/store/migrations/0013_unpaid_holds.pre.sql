-- How many orders a buyer holds unpaid. `buyer` is whom a limit is for (domain/hold_limits.py): the
-- owner of a token, or a person or network behind one. A row says nothing by itself: whether a hold
-- still counts is for its order to say, so that paying, giving back and running out need no word of
-- this. Rows are forgotten when the hold they tell of is over anyway.
CREATE TABLE unpaid_holds (
    buyer    text NOT NULL CHECK (length(buyer) BETWEEN 1 AND 400),
    order_id text NOT NULL REFERENCES orders,
    until    timestamptz NOT NULL,
    PRIMARY KEY (buyer, order_id)
);
CREATE INDEX unpaid_holds_by_end ON unpaid_holds (until);

-- `place_order` for a hold, within limits: `p_most[i]` unpaid holds of `p_buyers[i]`. Of many at once,
-- one after the other counts and places: whoever waits counts what the one before has kept. The
-- lock comes before every other, in one order.
CREATE FUNCTION hold_order(
    p_buyers text[], p_most integer[],
    p_id text, p_reference text, p_owner text, p_live_mode boolean, p_offer_id text,
    p_carrier text, p_offer_expires_at timestamptz, p_created_at timestamptz,
    p_hold_until timestamptz, p_price_until timestamptz,
    p_total bigint, p_currency text, p_absorbed bigint, p_payment_id text, p_payment_type text,
    p_names text[], p_document bytea, p_choices bytea[], p_metadata jsonb,
    p_legs text[], p_cabins text[], p_classes text[], p_counts integer[],
    p_departures timestamptz[],
    p_seat_legs text[], p_seats text[], p_seat_passengers text[],
    p_key text, p_hash bytea, p_status integer, p_body bytea
) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    lock bigint;
    reached integer;
    placed outcome;
BEGIN
    FOR lock IN
        SELECT DISTINCT hashtextextended('unpaid holds of ' || one.name, 0) AS name
        FROM unnest(p_buyers) AS one (name) ORDER BY name
    LOOP
        PERFORM pg_advisory_xact_lock(lock);
    END LOOP;
    SELECT one.most INTO reached FROM unnest(p_buyers, p_most) AS one (name, most)
    WHERE one.most <= (
        SELECT count(*) FROM unpaid_holds AS hold JOIN orders ON orders.id = hold.order_id
        WHERE hold.buyer = one.name AND hold.until > clock_timestamp()
          AND orders.state = 'held' AND orders.hold_until > clock_timestamp()
    )
    ORDER BY one.most LIMIT 1;
    IF FOUND THEN
        RETURN refuse(p_owner, p_key, p_hash, 'too_many_holds', NULL, NULL, reached);
    END IF;
    placed := place_order(
        p_id, p_reference, p_owner, p_live_mode, p_offer_id, p_carrier, p_offer_expires_at,
        p_created_at, p_hold_until, p_price_until, p_total, p_currency, p_absorbed, p_payment_id,
        p_payment_type, p_names, p_document, p_choices, p_metadata, p_legs, p_cabins, p_classes,
        p_counts, p_departures, p_seat_legs, p_seats, p_seat_passengers, p_key, p_hash, p_status,
        p_body
    );
    IF placed.what = 'placed' THEN
        INSERT INTO unpaid_holds (buyer, order_id, until)
        SELECT one.name, p_id, p_hold_until FROM unnest(p_buyers) AS one (name);
    END IF;
    RETURN placed;
END $$;
