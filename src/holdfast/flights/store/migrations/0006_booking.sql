-- Inventory, orders, seats and money, and the functions that change them together.
--
-- Laws. A leg's text is carrier/number/suffix/date/board/off of the operating flight. Rows are
-- locked in one order everywhere: an order's own row (not its key, which foreign keys share), its
-- seats by (leg, designator), a balance, the counters by id and last, for they are the hottest; only
-- cases of re-accommodation come after them, since whoever opens cases holds the counters.
-- Whoever is refused leaves nothing. Time is clock_timestamp(): a statement that had to wait judges
-- by when it goes on.

CREATE INDEX schedule_legs_operating ON schedule_legs (operating_carrier, operating_number)
    WHERE operating_carrier IS NOT NULL;

-- Counters, one row for a cabin of a leg on a date; made when somebody first wants a seat there.
-- capacity includes `short`: seats that were sold but are not flown any more (domain/inventory.py).
CREATE TABLE leg_dates (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    leg          text    NOT NULL,
    cabin        text    NOT NULL,
    carrier      text    NOT NULL,
    number       integer NOT NULL,
    suffix       text    NOT NULL,
    flight_date  date    NOT NULL,
    board        text    NOT NULL,
    off_point    text    NOT NULL,
    departs_at   timestamptz NOT NULL,
    arrives_at   timestamptz NOT NULL,
    aircraft     text    NOT NULL,
    is_flown     boolean NOT NULL DEFAULT true,
    capacity     integer NOT NULL CHECK (capacity >= 0),
    overbooking  integer NOT NULL DEFAULT 0 CHECK (overbooking >= 0),
    sold         integer NOT NULL DEFAULT 0 CHECK (sold >= 0),
    held         integer NOT NULL DEFAULT 0 CHECK (held >= 0),
    short        integer NOT NULL DEFAULT 0 CHECK (short >= 0),
    is_limited   boolean NOT NULL DEFAULT false,
    classes      text[]    NOT NULL DEFAULT '{}',
    limits       integer[] NOT NULL DEFAULT '{}',
    taken        integer[] NOT NULL DEFAULT '{}',
    UNIQUE (leg, cabin),
    CONSTRAINT never_oversold CHECK (sold + held <= capacity + overbooking),
    CHECK (cardinality(classes) = cardinality(taken)),
    CHECK (NOT is_limited OR cardinality(limits) = cardinality(classes)),
    CHECK (0 <= ALL (taken))
) WITH (fillfactor = 60);
CREATE INDEX leg_dates_flight ON leg_dates (carrier, flight_date, number);

CREATE TABLE orders (
    id           text PRIMARY KEY,
    reference    text    NOT NULL,
    owner        text    NOT NULL,
    live_mode    boolean NOT NULL,
    offer_id     text    NOT NULL,
    carrier      text    NOT NULL,
    state        text    NOT NULL CHECK (state IN ('held', 'paid', 'cancelled', 'expired')),
    total        bigint  NOT NULL CHECK (total >= 0),
    currency     text    NOT NULL,
    absorbed     bigint  NOT NULL,
    paid         bigint  NOT NULL DEFAULT 0,
    refunded     bigint  NOT NULL DEFAULT 0,
    payment_type text,
    seat_rows    integer NOT NULL DEFAULT 0,
    hold_until   timestamptz,
    price_until  timestamptz,
    created_at   timestamptz NOT NULL,
    paid_at      timestamptz,
    cancelled_at timestamptz,
    synced_at    timestamptz NOT NULL,
    stored_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    names        text[]  NOT NULL,
    document     bytea   NOT NULL,
    choices      bytea[] NOT NULL DEFAULT '{}',
    metadata     jsonb   NOT NULL DEFAULT '{}',
    key          text,
    CHECK (refunded BETWEEN 0 AND paid AND paid <= total),
    CHECK (state <> 'paid' OR paid = total),
    CHECK (state <> 'held' OR (hold_until IS NOT NULL AND paid = 0))
);
CREATE UNIQUE INDEX one_live_order_of_an_offer ON orders (offer_id)
    WHERE state IN ('held', 'paid');
CREATE INDEX orders_of_owner ON orders (owner, created_at, id);
CREATE INDEX orders_by_reference ON orders (reference);
CREATE INDEX orders_held ON orders (hold_until) WHERE state = 'held';

-- No foreign key to leg_dates: its share lock on a counter that everybody updates makes every
-- booking of that flight wait twice. Counters are never deleted.
CREATE TABLE order_legs (
    order_id      text    NOT NULL REFERENCES orders,
    leg_id        bigint  NOT NULL,
    booking_class text    NOT NULL,
    seats         integer NOT NULL CHECK (seats >= 0),
    PRIMARY KEY (order_id, leg_id, booking_class)
);
CREATE INDEX order_legs_leg ON order_legs (leg_id);

-- A seat belongs to one passenger; of a hold, until expires_at, then whoever wants it takes it over.
CREATE TABLE seats (
    leg          text NOT NULL,
    designator   text NOT NULL,
    order_id     text NOT NULL REFERENCES orders,
    passenger_id text NOT NULL,
    state        text NOT NULL CHECK (state IN ('held', 'sold')),
    expires_at   timestamptz,
    PRIMARY KEY (leg, designator),
    CHECK ((state = 'held') = (expires_at IS NOT NULL))
);
CREATE UNIQUE INDEX one_seat_of_a_passenger ON seats (order_id, passenger_id, leg);

CREATE TABLE payments (
    id         text PRIMARY KEY,
    order_id   text   NOT NULL REFERENCES orders,
    owner      text   NOT NULL,
    type       text   NOT NULL CHECK (type IN ('balance', 'arc_bsp_cash')),
    amount     bigint NOT NULL CHECK (amount >= 0),
    currency   text   NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX payments_of_order ON payments (order_id);

CREATE TABLE balances (
    owner    text   NOT NULL,
    currency text   NOT NULL,
    minor    bigint NOT NULL DEFAULT 0,
    credit   bigint NOT NULL DEFAULT 0 CHECK (credit >= 0),
    PRIMARY KEY (owner, currency),
    CONSTRAINT covered CHECK (minor + credit >= 0)
) WITH (fillfactor = 60);

CREATE TABLE top_ups (
    owner      text   NOT NULL,
    reference  text   NOT NULL,
    currency   text   NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (owner, reference)
);

-- Double entry: the entries of a posting sum to zero, and nothing is ever changed or removed.
-- Accounts: balance (party: owner; what we owe them), bsp (owner; collected outside), outside
-- (money that came to us), airline and refund (carrier; what it gets and what it gives back),
-- absorbed (carrier; what honouring a price cost us).
CREATE SEQUENCE postings CACHE 50;
CREATE TABLE ledger (
    posting   bigint NOT NULL,
    account   text   NOT NULL
        CHECK (account IN ('balance', 'bsp', 'outside', 'airline', 'refund', 'absorbed')),
    party     text   NOT NULL,
    currency  text   NOT NULL,
    amount    bigint NOT NULL,
    order_id  text,
    posted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (posting, account)
);
CREATE INDEX ledger_of_order ON ledger (order_id) WHERE order_id IS NOT NULL;

CREATE FUNCTION balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM fresh GROUP BY posting, currency HAVING sum(amount) <> 0) THEN
        RAISE check_violation USING CONSTRAINT = 'balanced_posting',
            MESSAGE = 'the entries of a posting do not sum to zero';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER balanced AFTER INSERT ON ledger
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION balanced();
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE check_violation USING CONSTRAINT = 'append_only',
        MESSAGE = 'what was posted is not changed: post the opposite';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION append_only();

CREATE TABLE cancellations (
    id           text PRIMARY KEY,
    order_id     text    NOT NULL REFERENCES orders,
    owner        text    NOT NULL,
    live_mode    boolean NOT NULL,
    refund       bigint  NOT NULL CHECK (refund >= 0),
    currency     text    NOT NULL,
    refund_to    text,
    paid         bigint  NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    CHECK (refund <= paid)
);
CREATE UNIQUE INDEX an_order_is_cancelled_once ON cancellations (order_id)
    WHERE confirmed_at IS NOT NULL;
CREATE INDEX cancellations_of_owner ON cancellations (owner, created_at, id);

-- What owners' webhooks are told, written with what happened. `subject` is the id of the order,
-- payment or change.
CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner      text    NOT NULL,
    live_mode  boolean NOT NULL,
    type       text    NOT NULL CHECK (type IN ('order.created', 'payment.created',
                   'order.airline_initiated_change_detected')),
    order_id   text    NOT NULL,
    subject    text    NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE airline_changes (
    id          text PRIMARY KEY,
    order_id    text NOT NULL REFERENCES orders,
    owner       text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('equipment', 'schedule_change', 'cancellation')),
    legs        bytea NOT NULL,
    detected_at timestamptz NOT NULL,
    accepted_at timestamptz
);
CREATE INDEX airline_changes_of_order ON airline_changes (order_id);

-- Orders that a leg which got too small (or is not flown) cannot carry: somebody has to act.
CREATE TABLE reaccommodations (
    leg_id     bigint  NOT NULL REFERENCES leg_dates,
    order_id   text    NOT NULL REFERENCES orders,
    seats      integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (leg_id, order_id)
);

CREATE TYPE outcome AS (what text, name text, leg text, number bigint, body bytea);

-- inventory ---------------------------------------------------------------------------------------

-- The operating leg pattern that is flown on a date; none if it is not.
CREATE FUNCTION flown(
    p_carrier text, p_number integer, p_suffix text, p_date date, p_board text, p_off text
) RETURNS SETOF schedule_legs LANGUAGE sql STABLE AS $$
    SELECT * FROM (
        SELECT one.* FROM schedule_legs AS one
        WHERE one.airline = p_carrier AND one.number = p_number AND one.suffix = p_suffix
          AND (one.operating_carrier IS NULL
               OR (one.operating_carrier, one.operating_number, one.operating_suffix)
                  = (p_carrier, p_number, p_suffix))
        UNION ALL
        SELECT one.* FROM schedule_legs AS one
        WHERE one.operating_carrier = p_carrier AND one.operating_number = p_number
          AND coalesce(one.operating_suffix, '') = p_suffix AND one.airline <> p_carrier
    ) AS one
    WHERE one.board = p_board AND one.off_point = p_off
      AND p_date BETWEEN one.first_date AND one.last_date
      AND (one.days >> (extract(isodow FROM p_date)::integer - 1)) & 1 = 1
    ORDER BY one.airline <> p_carrier, one.variation DESC, one.id DESC
    LIMIT 1
$$;

-- Seats of a cabin in an aircraft configuration such as C028Y189 (domain/schedule.py: seats_of).
CREATE FUNCTION seats_of(p_configuration text, p_cabin text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(sum(part[2]::integer), 0)::integer
    FROM regexp_matches(p_configuration, '([A-Z])([0-9]{1,4})', 'g') AS part
    WHERE part[1] = ANY (CASE p_cabin
        WHEN 'first' THEN ARRAY['F'] WHEN 'business' THEN ARRAY['C', 'J']
        WHEN 'premium_economy' THEN ARRAY['W'] WHEN 'economy' THEN ARRAY['Y'] ELSE '{}' END)
$$;

-- What a counter of a leg should say now by schedule and filed limits; one row.
CREATE FUNCTION filed_leg(
    p_carrier text, p_number integer, p_suffix text, p_date date, p_board text, p_off text,
    p_cabin text,
    OUT is_flown boolean, OUT departs_at timestamptz, OUT arrives_at timestamptz,
    OUT aircraft text, OUT capacity integer, OUT overbooking integer, OUT is_limited boolean,
    OUT classes text[], OUT limits integer[]
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    pattern schedule_legs;
    filed class_limits;
BEGIN
    SELECT * INTO pattern FROM flown(p_carrier, p_number, p_suffix, p_date, p_board, p_off);
    is_flown := FOUND;
    SELECT * INTO filed FROM class_limits AS one
    WHERE one.carrier = p_carrier AND one.number = p_number AND one.board = p_board
      AND one.off_point = p_off AND one.cabin = p_cabin
      AND p_date BETWEEN one.first_date AND one.last_date
      AND (one.days >> (extract(isodow FROM p_date)::integer - 1)) & 1 = 1
    ORDER BY one.id DESC LIMIT 1;
    departs_at := (p_date::timestamp
        + make_interval(mins => pattern.departure_min - pattern.departure_offset_min))
        AT TIME ZONE 'UTC';
    arrives_at := (p_date::timestamp
        + make_interval(mins => pattern.arrival_min - pattern.arrival_offset_min))
        AT TIME ZONE 'UTC';
    aircraft := pattern.aircraft;
    capacity := CASE WHEN is_flown
        THEN coalesce(filed.capacity, seats_of(pattern.configuration, p_cabin)) ELSE 0 END;
    overbooking := CASE WHEN is_flown THEN coalesce(filed.overbooking, 0) ELSE 0 END;
    is_limited := coalesce(cardinality(filed.classes), 0) > 0;
    classes := coalesce(filed.classes, '{}');
    limits := coalesce(filed.limits, '{}');
END $$;

-- Make the counter of a leg that is flown; whoever comes second waits for the first. The shared lock
-- keeps a schedule that is just being reconciled from missing this counter: whoever reconciles waits
-- for those who open, then sees what they opened; whoever opens later reads the new schedule.
CREATE FUNCTION open_leg(p_leg text, p_cabin text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    p text[] := string_to_array(p_leg, '/');
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legs of ' || p[1], 0));
    INSERT INTO leg_dates (
        leg, cabin, carrier, number, suffix, flight_date, board, off_point,
        departs_at, arrives_at, aircraft, capacity, overbooking, is_limited, classes, limits, taken
    )
    SELECT p_leg, p_cabin, p[1], p[2]::integer, p[3], p[4]::date, p[5], p[6],
           filed.departs_at, filed.arrives_at, filed.aircraft, filed.capacity, filed.overbooking,
           filed.is_limited, filed.classes, filed.limits,
           array_fill(0, ARRAY[cardinality(filed.classes)])
    FROM filed_leg(p[1], p[2]::integer, p[3], p[4]::date, p[5], p[6], p_cabin) AS filed
    WHERE filed.is_flown
    ON CONFLICT (leg, cabin) DO NOTHING;
END $$;

-- Seats that a class may sell now: nested limits, and the room of the cabin.
CREATE FUNCTION class_left(p leg_dates, p_class text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    room integer := p.capacity + p.overbooking - p.sold - p.held;
    place integer;
    below integer := 0;
BEGIN
    IF NOT p.is_limited THEN
        RETURN room;
    END IF;
    place := array_position(p.classes, p_class);
    IF place IS NULL THEN
        RETURN 0;
    END IF;
    FOR i IN place .. cardinality(p.taken) LOOP
        below := below + p.taken[i];
    END LOOP;
    RETURN greatest(0, least(p.limits[place] - below, room));
END $$;

-- `taken` with so many seats more (or fewer) of a class; a class that is not there comes last.
CREATE FUNCTION counted(p leg_dates, p_class text, p_seats integer) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    place integer := array_position(p.classes, p_class);
    counts integer[] := p.taken;
BEGIN
    IF place IS NULL THEN
        RETURN counts || p_seats;
    END IF;
    counts[place] := counts[place] + p_seats;
    RETURN counts;
END $$;

-- Give back the seats that some orders have (all of them held, or all sold), in order of lock.
CREATE FUNCTION give_back(p_orders text[], p_held boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT leg_id, booking_class, sum(seats)::integer AS seats FROM order_legs
        WHERE order_id = ANY (p_orders) GROUP BY leg_id, booking_class ORDER BY leg_id
    LOOP
        UPDATE leg_dates AS one SET
            held = held - CASE WHEN p_held THEN part.seats ELSE 0 END,
            sold = sold - CASE WHEN p_held THEN 0 ELSE part.seats END,
            taken = counted(one, part.booking_class, -part.seats),
            capacity = capacity - least(short, part.seats),
            short = short - least(short, part.seats)
        WHERE id = part.leg_id;
    END LOOP;
END $$;

-- Free overdue holds (on one leg, or anywhere), at most so many; how many orders.
CREATE FUNCTION expire_holds(p_limit integer, p_leg text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    overdue text[];
    moment timestamptz := clock_timestamp(); -- a variable, so that the index is used
BEGIN
    SELECT array_agg(id) INTO overdue FROM (
        SELECT id FROM orders
        WHERE state = 'held' AND hold_until <= moment
          AND (p_leg IS NULL OR EXISTS (
              SELECT FROM order_legs JOIN leg_dates ON leg_dates.id = leg_id
              WHERE order_id = orders.id AND leg = p_leg))
        ORDER BY hold_until LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    ) AS late;
    IF overdue IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE orders SET state = 'expired', synced_at = clock_timestamp() WHERE id = ANY (overdue);
    PERFORM FROM seats WHERE order_id = ANY (overdue) ORDER BY leg, designator FOR UPDATE;
    DELETE FROM seats WHERE order_id = ANY (overdue);
    PERFORM give_back(overdue, true);
    DELETE FROM reaccommodations WHERE order_id = ANY (overdue);
    RETURN cardinality(overdue);
END $$;

-- keys and money ----------------------------------------------------------------------------------

-- The outcome of a key that is there already; what NULL if it is not.
CREATE FUNCTION replayed(p_owner text, p_key text, p_hash bytea) RETURNS outcome
LANGUAGE plpgsql AS $$
DECLARE
    before outcome;
BEGIN
    SELECT CASE WHEN request_hash = p_hash THEN 'replayed' ELSE 'key_reused' END, status,
           CASE WHEN request_hash = p_hash THEN body END
    INTO before.what, before.number, before.body
    FROM idempotency_keys WHERE owner = p_owner AND key = p_key;
    RETURN before;
END $$;

-- A refusal, unless the same call was answered meanwhile: then that answer.
CREATE FUNCTION refuse(
    p_owner text, p_key text, p_hash bytea, p_what text,
    p_name text DEFAULT NULL, p_leg text DEFAULT NULL, p_number bigint DEFAULT NULL
) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    before outcome;
BEGIN
    IF p_key IS NOT NULL THEN
        before := replayed(p_owner, p_key, p_hash);
        IF before.what IS NOT NULL THEN
            RETURN before;
        END IF;
    END IF;
    RETURN (p_what, p_name, p_leg, p_number, NULL)::outcome;
END $$;

-- Keep key and answer; false if the key was there. Waits for whoever is just using the same key.
CREATE FUNCTION kept(p_owner text, p_key text, p_hash bytea, p_status integer, p_body bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF p_key IS NULL THEN
        RETURN true;
    END IF;
    INSERT INTO idempotency_keys (owner, key, request_hash, status, body)
    VALUES (p_owner, p_key, p_hash, p_status, p_body) ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;

-- Book a payment: the money moves from the owner to the airline, which gets its own price; we pay
-- or keep the difference. False, and nothing done, if the balance does not cover it.
CREATE FUNCTION receive(
    p_payment text, p_order text, p_owner text, p_type text, p_amount bigint, p_currency text,
    p_carrier text, p_absorbed bigint, p_at timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    this bigint := nextval('postings');
BEGIN
    IF p_type = 'balance' AND p_amount > 0 THEN
        UPDATE balances SET minor = minor - p_amount
        WHERE owner = p_owner AND currency = p_currency AND minor + credit >= p_amount;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    INSERT INTO payments (id, order_id, owner, type, amount, currency, created_at)
    VALUES (p_payment, p_order, p_owner, p_type, p_amount, p_currency, p_at);
    INSERT INTO ledger (posting, account, party, currency, amount, order_id)
    SELECT this, account, party, p_currency, amount, p_order
    FROM (VALUES (CASE p_type WHEN 'balance' THEN 'balance' ELSE 'bsp' END, p_owner, -p_amount),
                 ('airline', p_carrier, p_amount + p_absorbed),
                 ('absorbed', p_carrier, -p_absorbed)) AS entry (account, party, amount)
    WHERE amount <> 0;
    IF p_absorbed <> 0 THEN
        PERFORM absorb(p_carrier, p_currency, p_absorbed);
    END IF;
    RETURN true;
END $$;

-- booking -----------------------------------------------------------------------------------------

-- Of the wanted seats, the first that somebody else has now; NULL if there is none.
CREATE FUNCTION seat_in_the_way(p_legs text[], p_seats text[]) RETURNS seats
LANGUAGE sql VOLATILE AS $$
    SELECT seats.* FROM unnest(p_legs, p_seats) AS wanted (leg, designator)
    JOIN seats USING (leg, designator)
    WHERE seats.state = 'sold' OR seats.expires_at > clock_timestamp()
    ORDER BY seats.leg, seats.designator LIMIT 1
$$;

-- Take seats in order of lock, overdue ones over; whether all of them were got.
CREATE FUNCTION take_seats(
    p_order text, p_legs text[], p_seats text[], p_passengers text[], p_hold_until timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    got integer;
BEGIN
    INSERT INTO seats AS mine (leg, designator, order_id, passenger_id, state, expires_at)
    SELECT leg, designator, p_order, passenger_id,
           CASE WHEN p_hold_until IS NULL THEN 'sold' ELSE 'held' END, p_hold_until
    FROM unnest(p_legs, p_seats, p_passengers) AS wanted (leg, designator, passenger_id)
    ORDER BY leg, designator
    ON CONFLICT (leg, designator) DO UPDATE SET
        order_id = excluded.order_id, passenger_id = excluded.passenger_id,
        state = excluded.state, expires_at = excluded.expires_at
    WHERE mine.state = 'held' AND mine.expires_at <= clock_timestamp();
    GET DIAGNOSTICS got = ROW_COUNT;
    RETURN got = cardinality(p_seats);
END $$;

-- Place an order: one round trip. Everything is looked at first without a lock, so that most
-- refusals cost nothing; then all is written, the counters last. What turns out to be taken in
-- between undoes everything (SQLSTATE 40001): the caller asks again and is told what stands.
-- p_departures: when the offer says that each leg leaves (NULL for a codeshare, whose times another
-- airline files); once the flight was moved, the offer is of a flight that is not there any more.
CREATE FUNCTION place_order(
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
    is_paid boolean := p_payment_type IS NOT NULL;
    ids bigint[] := '{}';
    leg leg_dates;
    room integer;
    other text;
    seat seats;
    part record;
BEGIN
    SELECT id INTO other FROM orders
    WHERE offer_id = p_offer_id AND state IN ('held', 'paid');
    IF FOUND THEN
        RETURN refuse(p_owner, p_key, p_hash, 'already_booked', other);
    END IF;
    IF p_offer_expires_at <= clock_timestamp() OR p_hold_until <= clock_timestamp() THEN
        RETURN refuse(p_owner, p_key, p_hash, 'offer_expired');
    END IF;
    FOR i IN 1 .. cardinality(p_legs) LOOP
        SELECT * INTO leg FROM leg_dates AS one
        WHERE one.leg = p_legs[i] AND one.cabin = p_cabins[i];
        IF NOT FOUND THEN
            PERFORM open_leg(p_legs[i], p_cabins[i]);
            SELECT * INTO leg FROM leg_dates AS one
            WHERE one.leg = p_legs[i] AND one.cabin = p_cabins[i];
            IF NOT FOUND THEN
                RETURN refuse(p_owner, p_key, p_hash, 'sold_out', p_classes[i], p_legs[i], 0);
            END IF;
        END IF;
        IF leg.is_flown AND leg.departs_at <> p_departures[i] THEN
            RETURN refuse(p_owner, p_key, p_hash, 'offer_expired');
        END IF;
        room := class_left(leg, p_classes[i]);
        IF room < p_counts[i] THEN
            RETURN refuse(p_owner, p_key, p_hash, CASE WHEN leg.held > 0 AND EXISTS (
                SELECT FROM order_legs JOIN orders ON orders.id = order_id
                WHERE leg_id = leg.id AND orders.state = 'held'
                  AND orders.hold_until <= clock_timestamp()
            ) THEN 'overdue' ELSE 'sold_out' END, p_classes[i], p_legs[i], room);
        END IF;
        ids := ids || leg.id;
    END LOOP;
    IF cardinality(p_seats) > 0 THEN
        seat := seat_in_the_way(p_seat_legs, p_seats);
        IF seat.leg IS NOT NULL THEN
            RETURN refuse(p_owner, p_key, p_hash, 'seat_taken', seat.designator, seat.leg);
        END IF;
    END IF;
    IF p_payment_type = 'balance' AND p_total > 0 AND NOT EXISTS (
        SELECT FROM balances WHERE owner = p_owner AND currency = p_currency
          AND minor + credit >= p_total
    ) THEN
        RETURN refuse(p_owner, p_key, p_hash, 'balance_too_low', NULL, NULL, (
            SELECT minor FROM balances WHERE owner = p_owner AND currency = p_currency));
    END IF;

    IF NOT kept(p_owner, p_key, p_hash, p_status, p_body) THEN
        RETURN replayed(p_owner, p_key, p_hash);
    END IF;
    INSERT INTO orders (
        id, reference, owner, live_mode, offer_id, carrier, state, total, currency, absorbed, paid,
        payment_type, seat_rows, hold_until, price_until, created_at, paid_at, synced_at, names,
        document, choices, metadata, key
    ) VALUES (
        p_id, p_reference, p_owner, p_live_mode, p_offer_id, p_carrier,
        CASE WHEN is_paid THEN 'paid' ELSE 'held' END, p_total, p_currency, p_absorbed,
        CASE WHEN is_paid THEN p_total ELSE 0 END, p_payment_type, cardinality(p_seats),
        p_hold_until, p_price_until, p_created_at, CASE WHEN is_paid THEN p_created_at END,
        p_created_at, p_names, p_document, p_choices, p_metadata, p_key
    ) ON CONFLICT (offer_id) WHERE state IN ('held', 'paid') DO NOTHING;
    IF NOT FOUND THEN
        RAISE serialization_failure USING MESSAGE = 'the offer was taken just now';
    END IF;
    INSERT INTO order_legs (order_id, leg_id, booking_class, seats)
    SELECT p_id, wanted.id, wanted.class, wanted.count
    FROM unnest(ids, p_classes, p_counts) AS wanted (id, class, count);
    IF cardinality(p_seats) > 0 AND NOT take_seats(
        p_id, p_seat_legs, p_seats, p_seat_passengers, CASE WHEN NOT is_paid THEN p_hold_until END
    ) THEN
        RAISE serialization_failure USING MESSAGE = 'a seat was taken just now';
    END IF;
    IF is_paid AND NOT receive(
        p_payment_id, p_id, p_owner, p_payment_type, p_total, p_currency, p_carrier, p_absorbed,
        p_created_at
    ) THEN
        RAISE serialization_failure USING MESSAGE = 'the balance was used just now';
    END IF;
    INSERT INTO outbox (owner, live_mode, type, order_id, subject)
    SELECT p_owner, p_live_mode, event.type, p_id, event.subject
    FROM (VALUES ('order.created', p_id), ('payment.created', p_payment_id)) AS event (type, subject)
    WHERE is_paid OR event.type = 'order.created';
    FOR part IN
        SELECT wanted.* FROM unnest(ids, p_classes, p_counts, p_departures)
            AS wanted (id, class, count, departs_at)
        ORDER BY wanted.id
    LOOP
        UPDATE leg_dates AS one SET
            sold = sold + CASE WHEN is_paid THEN part.count ELSE 0 END,
            held = held + CASE WHEN is_paid THEN 0 ELSE part.count END,
            taken = counted(one, part.class, part.count),
            classes = CASE WHEN part.class = ANY (classes) THEN classes
                ELSE classes || part.class END
        WHERE id = part.id AND class_left(one, part.class) >= part.count
          AND (part.departs_at IS NULL OR departs_at = part.departs_at);
        IF NOT FOUND THEN
            RAISE serialization_failure USING MESSAGE = 'the last seats were taken just now';
        END IF;
    END LOOP;
    IF p_offer_expires_at <= clock_timestamp() THEN
        RAISE serialization_failure USING MESSAGE = 'the offer expired just now';
    END IF;
    RETURN ('placed', NULL, NULL, NULL, NULL)::outcome;
END $$;

-- Pay a held order. All is locked and looked at before anything is written.
CREATE FUNCTION pay_order(
    p_payment text, p_order text, p_owner text, p_type text, p_amount bigint, p_currency text,
    p_at timestamptz, p_key text, p_hash bytea, p_status integer, p_body bytea
) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    it orders;
    kept_seats integer;
    why text;
    part record;
BEGIN
    SELECT * INTO it FROM orders WHERE id = p_order AND owner = p_owner FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN refuse(p_owner, p_key, p_hash, 'unknown');
    END IF;
    PERFORM FROM seats WHERE order_id = p_order ORDER BY leg, designator FOR UPDATE;
    GET DIAGNOSTICS kept_seats = ROW_COUNT;
    why := CASE WHEN it.state <> 'held' THEN it.state
        WHEN it.hold_until <= clock_timestamp() OR kept_seats < it.seat_rows THEN 'expired'
        WHEN coalesce(it.price_until, it.hold_until) <= clock_timestamp()
            THEN 'held_past_price' END;
    IF why IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'wrong_state', why);
    ELSIF p_amount <> it.total OR p_currency <> it.currency THEN
        RETURN refuse(p_owner, p_key, p_hash, 'amount_differs', it.currency, NULL, it.total);
    ELSIF p_type = 'balance' AND p_amount > 0 AND NOT EXISTS (
        SELECT FROM balances WHERE owner = p_owner AND currency = p_currency
          AND minor + credit >= p_amount FOR UPDATE
    ) THEN
        RETURN refuse(p_owner, p_key, p_hash, 'balance_too_low', p_currency, NULL, (
            SELECT minor FROM balances WHERE owner = p_owner AND currency = p_currency));
    ELSIF NOT kept(p_owner, p_key, p_hash, p_status, p_body) THEN
        RETURN replayed(p_owner, p_key, p_hash);
    END IF;
    UPDATE orders SET state = 'paid', paid = total, paid_at = p_at, payment_type = p_type,
        synced_at = p_at WHERE id = p_order;
    UPDATE seats SET state = 'sold', expires_at = NULL WHERE order_id = p_order;
    PERFORM receive(p_payment, p_order, p_owner, p_type, p_amount, p_currency, it.carrier,
        it.absorbed, p_at);
    INSERT INTO outbox (owner, live_mode, type, order_id, subject)
    VALUES (p_owner, it.live_mode, 'payment.created', p_order, p_payment);
    FOR part IN
        SELECT leg_id, sum(seats)::integer AS seats FROM order_legs
        WHERE order_id = p_order GROUP BY leg_id ORDER BY leg_id
    LOOP
        UPDATE leg_dates SET held = held - part.seats, sold = sold + part.seats
        WHERE id = part.leg_id;
    END LOOP;
    RETURN ('paid', NULL, NULL, NULL, NULL)::outcome;
END $$;

-- How an order stands to whoever wants to give it back or add to it; NULL: it is live.
CREATE FUNCTION not_live(p orders) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN p.state IN ('cancelled', 'expired') THEN p.state
        WHEN p.state = 'held' AND p.hold_until <= clock_timestamp() THEN 'expired' END
$$;

-- Keep a refund quote for an order that stands as the caller read it.
CREATE FUNCTION quote_cancellation(
    p_id text, p_order text, p_owner text, p_refund bigint, p_currency text, p_refund_to text,
    p_paid bigint, p_created_at timestamptz, p_expires_at timestamptz,
    p_key text, p_hash bytea, p_status integer, p_body bytea
) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    it orders;
    why text;
BEGIN
    SELECT * INTO it FROM orders WHERE id = p_order AND owner = p_owner FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN refuse(p_owner, p_key, p_hash, 'unknown');
    END IF;
    why := coalesce(not_live(it), CASE WHEN it.paid <> p_paid THEN 'changed' END);
    IF why IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'wrong_state', why);
    ELSIF NOT kept(p_owner, p_key, p_hash, p_status, p_body) THEN
        RETURN replayed(p_owner, p_key, p_hash);
    END IF;
    INSERT INTO cancellations (id, order_id, owner, live_mode, refund, currency, refund_to, paid,
        created_at, expires_at)
    VALUES (p_id, p_order, p_owner, it.live_mode, p_refund, p_currency, p_refund_to, p_paid,
        p_created_at, p_expires_at);
    RETURN ('quoted', NULL, NULL, NULL, NULL)::outcome;
END $$;

-- Give an order back by its quote. Confirming once more has no effect and says `confirmed` too.
CREATE FUNCTION confirm_cancellation(
    p_id text, p_owner text, p_at timestamptz,
    p_key text, p_hash bytea, p_status integer, p_body bytea
) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    quote cancellations;
    it orders;
    why text;
    this bigint;
BEGIN
    SELECT orders.* INTO it FROM cancellations JOIN orders ON orders.id = order_id
    WHERE cancellations.id = p_id AND cancellations.owner = p_owner FOR NO KEY UPDATE OF orders;
    IF NOT FOUND THEN
        RETURN refuse(p_owner, p_key, p_hash, 'unknown');
    END IF;
    SELECT * INTO quote FROM cancellations WHERE id = p_id;
    IF quote.confirmed_at IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'confirmed');
    END IF;
    why := coalesce(not_live(it), CASE WHEN it.paid <> quote.paid THEN 'changed'
        WHEN quote.expires_at <= clock_timestamp() THEN 'quote_expired' END);
    IF why IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'wrong_state', why);
    ELSIF NOT kept(p_owner, p_key, p_hash, p_status, p_body) THEN
        RETURN replayed(p_owner, p_key, p_hash);
    END IF;
    UPDATE cancellations SET confirmed_at = p_at WHERE id = p_id;
    UPDATE orders SET state = 'cancelled', cancelled_at = p_at, refunded = quote.refund,
        synced_at = p_at WHERE id = it.id;
    PERFORM FROM seats WHERE order_id = it.id ORDER BY leg, designator FOR UPDATE;
    DELETE FROM seats WHERE order_id = it.id;
    IF quote.refund > 0 THEN
        this := nextval('postings');
        IF quote.refund_to = 'balance' THEN
            INSERT INTO balances AS mine (owner, currency, minor)
            VALUES (p_owner, quote.currency, quote.refund)
            ON CONFLICT (owner, currency) DO UPDATE SET minor = mine.minor + excluded.minor;
        END IF;
        INSERT INTO ledger (posting, account, party, currency, amount, order_id) VALUES
            (this, CASE quote.refund_to WHEN 'balance' THEN 'balance' ELSE 'bsp' END, p_owner,
             quote.currency, quote.refund, it.id),
            (this, 'refund', it.carrier, quote.currency, -quote.refund, it.id);
    END IF;
    PERFORM give_back(ARRAY[it.id], it.state = 'held');
    DELETE FROM reaccommodations WHERE order_id = it.id;
    RETURN ('confirmed', NULL, NULL, NULL, NULL)::outcome;
END $$;

-- Take seats for an order that stands: a paid one pays for them now, a held one with the rest.
CREATE FUNCTION add_seats(
    p_order text, p_owner text, p_price bigint, p_currency text, p_choices bytea[],
    p_legs text[], p_seats text[], p_passengers text[],
    p_payment text, p_type text, p_amount bigint, p_at timestamptz,
    p_key text, p_hash bytea, p_status integer, p_body bytea
) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE
    it orders;
    why text;
    due bigint;
    seat seats;
BEGIN
    SELECT * INTO it FROM orders WHERE id = p_order AND owner = p_owner FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN refuse(p_owner, p_key, p_hash, 'unknown');
    END IF;
    why := coalesce(not_live(it), CASE WHEN EXISTS (
        SELECT FROM unnest(p_legs, p_passengers) AS wanted (leg, passenger_id)
        JOIN seats USING (leg, passenger_id) WHERE seats.order_id = p_order) THEN 'seated' END);
    due := CASE WHEN it.state = 'paid' THEN p_price ELSE 0 END;
    seat := seat_in_the_way(p_legs, p_seats);
    IF why IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'wrong_state', why);
    ELSIF seat.leg IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'seat_taken', seat.designator, seat.leg);
    ELSIF coalesce(p_amount, 0) <> due OR p_currency <> it.currency THEN
        RETURN refuse(p_owner, p_key, p_hash, 'amount_differs', it.currency, NULL, due);
    ELSIF p_type = 'balance' AND due > 0 AND NOT EXISTS (
        SELECT FROM balances WHERE owner = p_owner AND currency = p_currency
          AND minor + credit >= due
    ) THEN
        RETURN refuse(p_owner, p_key, p_hash, 'balance_too_low', p_currency, NULL, (
            SELECT minor FROM balances WHERE owner = p_owner AND currency = p_currency));
    ELSIF NOT kept(p_owner, p_key, p_hash, p_status, p_body) THEN
        RETURN replayed(p_owner, p_key, p_hash);
    END IF;
    UPDATE orders SET total = total + p_price, paid = paid + due, synced_at = p_at,
        choices = choices || p_choices, seat_rows = seat_rows + cardinality(p_seats)
    WHERE id = p_order;
    IF NOT take_seats(p_order, p_legs, p_seats, p_passengers,
                      CASE WHEN it.state = 'held' THEN it.hold_until END) THEN
        RAISE serialization_failure USING MESSAGE = 'a seat was taken just now';
    END IF;
    IF due > 0 THEN
        IF NOT receive(p_payment, p_order, p_owner, p_type, due, p_currency, it.carrier, 0, p_at)
        THEN
            RAISE serialization_failure USING MESSAGE = 'the balance was used just now';
        END IF;
        INSERT INTO outbox (owner, live_mode, type, order_id, subject)
        VALUES (p_owner, it.live_mode, 'payment.created', p_order, p_payment);
    END IF;
    RETURN ('added', NULL, NULL, NULL, NULL)::outcome;
END $$;
