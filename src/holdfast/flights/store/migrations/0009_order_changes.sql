-- Changes that buyers ask for: what was found for them, what was chosen, and doing it.
--
-- A request is stored whole before anybody sees it, as MessagePack. Doing a change locks as booking
-- does: the order's own row, its seats, a balance, the counters by id and last.

CREATE TABLE order_change_requests (
    id         text PRIMARY KEY,
    owner      text  NOT NULL,
    order_id   text  NOT NULL REFERENCES orders,
    document   bytea NOT NULL,
    created_at timestamptz NOT NULL,
    stored_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX order_change_requests_stored ON order_change_requests (stored_at);

-- Which request an offer for a change belongs to.
CREATE TABLE order_change_offers (
    id         text PRIMARY KEY,
    request_id text NOT NULL REFERENCES order_change_requests ON DELETE CASCADE
);
CREATE INDEX order_change_offers_of_request ON order_change_offers (request_id);

CREATE TABLE order_changes (
    id           text PRIMARY KEY,
    owner        text  NOT NULL,
    order_id     text  NOT NULL REFERENCES orders,
    document     bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    confirmed_at timestamptz
);
CREATE INDEX order_changes_of_order ON order_changes (order_id);

-- Give legs of an order back and take others, for what is to be paid more. `p_was` is the order's
-- document as the change was made for: if it is another one now, the change is void.
CREATE FUNCTION change_order(
    p_change text, p_order text, p_owner text, p_was bytea, p_document bytea, p_choices bytea[],
    p_seat_rows integer, p_more bigint, p_currency text, p_absorbed bigint,
    p_payment text, p_type text,
    p_gone_legs text[], p_gone_cabins text[], p_gone_classes text[], p_gone_counts integer[],
    p_legs text[], p_cabins text[], p_classes text[], p_counts integer[],
    p_departures timestamptz[], p_at timestamptz,
    p_key text, p_hash bytea, p_status integer, p_body bytea
) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    it orders;
    chosen order_changes;
    why text;
    counter leg_dates;
    room integer;
    ids bigint[] := '{}';
    part record;
BEGIN
    SELECT * INTO it FROM orders WHERE id = p_order AND owner = p_owner FOR NO KEY UPDATE;
    SELECT * INTO chosen FROM order_changes WHERE id = p_change AND owner = p_owner;
    IF it.id IS NULL OR chosen.id IS NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'unknown');
    ELSIF chosen.confirmed_at IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'confirmed');
    END IF;
    why := coalesce(not_live(it), CASE WHEN it.state <> 'paid' THEN 'unpaid'
        WHEN it.document <> p_was THEN 'changed'
        WHEN chosen.expires_at <= clock_timestamp() THEN 'quote_expired' END);
    IF why IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'wrong_state', why);
    END IF;
    FOR i IN 1 .. cardinality(p_legs) LOOP
        PERFORM open_leg(p_legs[i], p_cabins[i]) WHERE NOT EXISTS (
            SELECT FROM leg_dates AS one WHERE one.leg = p_legs[i] AND one.cabin = p_cabins[i]);
        SELECT * INTO counter FROM leg_dates AS one
        WHERE one.leg = p_legs[i] AND one.cabin = p_cabins[i];
        room := CASE WHEN counter.id IS NULL THEN 0 ELSE class_left(counter, p_classes[i]) END;
        IF counter.is_flown AND counter.departs_at <> p_departures[i] THEN
            RETURN refuse(p_owner, p_key, p_hash, 'offer_expired');
        ELSIF room < p_counts[i] THEN
            RETURN refuse(p_owner, p_key, p_hash, 'sold_out', p_classes[i], p_legs[i], room);
        END IF;
        ids := ids || counter.id;
    END LOOP;
    IF p_type = 'balance' AND p_more > 0 AND NOT EXISTS (
        SELECT FROM balances WHERE owner = p_owner AND currency = p_currency
          AND minor + credit >= p_more
    ) THEN
        RETURN refuse(p_owner, p_key, p_hash, 'balance_too_low', p_currency, NULL, (
            SELECT minor FROM balances WHERE owner = p_owner AND currency = p_currency));
    ELSIF NOT kept(p_owner, p_key, p_hash, p_status, p_body) THEN
        RETURN replayed(p_owner, p_key, p_hash);
    END IF;
    UPDATE order_changes SET confirmed_at = p_at WHERE id = p_change;
    UPDATE orders SET total = total + p_more, paid = paid + p_more,
        absorbed = orders.absorbed + p_absorbed, document = p_document, choices = p_choices,
        seat_rows = p_seat_rows, synced_at = p_at
    WHERE id = p_order;
    PERFORM FROM seats WHERE order_id = p_order ORDER BY seats.leg, designator FOR UPDATE;
    DELETE FROM seats WHERE order_id = p_order AND seats.leg = ANY (p_gone_legs);
    IF p_more > 0 OR p_absorbed <> 0 THEN
        IF NOT receive(p_payment, p_order, p_owner, p_type, p_more, p_currency, it.carrier,
                       p_absorbed, p_at) THEN
            RAISE serialization_failure USING MESSAGE = 'the balance was used just now';
        END IF;
    END IF;
    IF p_more > 0 THEN
        INSERT INTO outbox (owner, live_mode, type, order_id, subject)
        VALUES (p_owner, it.live_mode, 'payment.created', p_order, p_payment);
    END IF;
    FOR part IN
        SELECT id, class, sum(seats)::integer AS seats, max(departs_at) AS departs_at FROM (
            SELECT one.id, gone.class, -gone.seats AS seats, NULL::timestamptz AS departs_at
            FROM unnest(p_gone_legs, p_gone_cabins, p_gone_classes, p_gone_counts)
                AS gone (leg, cabin, class, seats)
            JOIN leg_dates AS one USING (leg, cabin)
            UNION ALL
            SELECT * FROM unnest(ids, p_classes, p_counts, p_departures)
        ) AS moved (id, class, seats, departs_at)
        GROUP BY id, class ORDER BY id, class
    LOOP
        INSERT INTO order_legs (order_id, leg_id, booking_class, seats)
        VALUES (p_order, part.id, part.class, greatest(part.seats, 0))
        ON CONFLICT (order_id, leg_id, booking_class)
            DO UPDATE SET seats = order_legs.seats + part.seats;
        UPDATE leg_dates AS one SET
            sold = sold + part.seats,
            taken = counted(one, part.class, part.seats),
            classes = CASE WHEN part.class = ANY (classes) THEN classes
                ELSE classes || part.class END,
            capacity = capacity - least(short, greatest(-part.seats, 0)),
            short = short - least(short, greatest(-part.seats, 0))
        WHERE id = part.id
          AND (part.seats <= 0 OR class_left(one, part.class) >= part.seats)
          AND (part.departs_at IS NULL OR departs_at = part.departs_at);
        IF NOT FOUND THEN
            RAISE serialization_failure USING MESSAGE = 'the last seats were taken just now';
        END IF;
    END LOOP;
    DELETE FROM reaccommodations WHERE order_id = p_order AND leg_id IN (
        SELECT id FROM leg_dates AS one WHERE one.leg = ANY (p_gone_legs));
    DELETE FROM order_legs WHERE order_id = p_order AND seats = 0;
    RETURN ('changed', NULL, NULL, NULL, NULL)::outcome;
END $$;
