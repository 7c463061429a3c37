-- Filed fares with the state of the price rule, limits of booking classes, tiers of seats.
-- Times of the price rule are seconds since 1970, amounts are minor units. `digest` is of what was
-- filed of a fare on sale (store/fare_rows.py); null: compare it the long way.

CREATE TABLE fares (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier        text     NOT NULL,
    number         integer,
    board          text     NOT NULL,
    off_point      text     NOT NULL,
    cabin          text     NOT NULL,
    booking_class  text     NOT NULL,
    basis          text     NOT NULL,
    passenger_type text     NOT NULL,
    currency       text     NOT NULL,
    first_date     date     NOT NULL,
    last_date      date     NOT NULL,
    days           smallint NOT NULL,
    terms          jsonb    NOT NULL,
    p_total        bigint   NOT NULL,
    p_tax          bigint   NOT NULL,
    p_since        double precision NOT NULL,
    s_total        bigint   NOT NULL,
    s_tax          bigint   NOT NULL,
    s_at           double precision NOT NULL,
    s_seq          bigint   NOT NULL,
    withdrawn_at   double precision,
    digest         bytea
);
CREATE UNIQUE INDEX fares_key ON fares (
    carrier, number, board, off_point, cabin, booking_class, basis, passenger_type, currency,
    first_date, last_date, days
) NULLS NOT DISTINCT;
CREATE INDEX fares_of_carrier ON fares (carrier, id);

CREATE TABLE class_limits (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier       text     NOT NULL,
    number        integer  NOT NULL,
    board         text     NOT NULL,
    off_point     text     NOT NULL,
    cabin         text     NOT NULL,
    first_date    date     NOT NULL,
    last_date     date     NOT NULL,
    days          smallint NOT NULL,
    classes       text[]   NOT NULL,
    limits        integer[] NOT NULL,
    capacity      integer,
    overbooking   integer  NOT NULL DEFAULT 0 CHECK (overbooking >= 0),
    CHECK (cardinality(classes) = cardinality(limits))
);
CREATE INDEX class_limits_leg ON class_limits (carrier, number, board, off_point);
CREATE INDEX class_limits_of_carrier ON class_limits (carrier, id);

CREATE TABLE seat_tiers (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier     text    NOT NULL,
    aircraft    text    NOT NULL,
    cabin       text    NOT NULL,
    tier        text    NOT NULL,
    name        text    NOT NULL,
    first_row   integer NOT NULL,
    last_row    integer NOT NULL,
    columns     text    NOT NULL DEFAULT '',
    currency    text    NOT NULL,
    disclosures text[]  NOT NULL DEFAULT '{}',
    p_total     bigint  NOT NULL,
    p_tax       bigint  NOT NULL,
    p_since     double precision NOT NULL,
    s_total     bigint  NOT NULL,
    s_tax       bigint  NOT NULL,
    s_at        double precision NOT NULL,
    s_seq       bigint  NOT NULL,
    withdrawn_at double precision,
    UNIQUE (carrier, aircraft, cabin, tier, first_row, last_row, columns)
);

-- The newest delivery of fares that each airline's prices come from: older ones change nothing.
CREATE TABLE fares_deliveries (
    airline  text   PRIMARY KEY,
    sequence bigint NOT NULL
);

-- Every change of a price, for audits: of a fare or of a tier, which may be gone by now. A rise
-- that was due is written when its row is written next, with the moment when it took effect.
-- `p_since`: when the published price last changed, which a fare may have inherited.
CREATE TABLE price_changes (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    airline  text   NOT NULL,
    fare_id  bigint,
    tier_id  bigint,
    at       double precision NOT NULL,
    cause    text   NOT NULL,
    p_since  double precision NOT NULL,
    p_total  bigint NOT NULL,
    p_tax    bigint NOT NULL,
    s_total  bigint NOT NULL,
    s_tax    bigint NOT NULL,
    sequence bigint NOT NULL,
    CHECK (num_nonnulls(fare_id, tier_id) = 1)
);
CREATE INDEX price_changes_of_fare ON price_changes (fare_id, at) WHERE fare_id IS NOT NULL;
CREATE INDEX price_changes_of_tier ON price_changes (tier_id, at) WHERE tier_id IS NOT NULL;

-- Prices outside the guard band: they wait for a person. One that was refused stays, so that the
-- same price does not ask again with the next delivery.
CREATE TABLE parked_prices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    airline    text   NOT NULL,
    fare_id    bigint UNIQUE REFERENCES fares (id) ON DELETE CASCADE,
    tier_id    bigint UNIQUE REFERENCES seat_tiers (id) ON DELETE CASCADE,
    total      bigint NOT NULL,
    tax        bigint NOT NULL,
    sequence   bigint NOT NULL,
    parked_at  double precision NOT NULL,
    refused_at double precision,
    refused_by text,
    CHECK (num_nonnulls(fare_id, tier_id) = 1)
);
CREATE INDEX parked_prices_waiting ON parked_prices (airline, id) WHERE refused_at IS NULL;

-- What honouring prices may cost us for an airline's tickets, and has cost: minor units.
CREATE TABLE absorbed_budgets (
    airline  text   NOT NULL,
    currency text   NOT NULL,
    budget   bigint CHECK (budget >= 0),
    spent    bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    PRIMARY KEY (airline, currency)
);

-- Count what honouring prices cost, in the transaction that sells; nobody waits for it unless that
-- is something. Where it uses a budget up (or gives some of it back), readers of fares are told.
CREATE FUNCTION absorb(p_airline text, p_currency text, p_minor bigint) RETURNS absorbed_budgets
LANGUAGE plpgsql AS $$
DECLARE
    after absorbed_budgets;
    stamp bigint;
BEGIN
    INSERT INTO absorbed_budgets AS had (airline, currency, spent)
    VALUES (p_airline, p_currency, greatest(p_minor, 0))
    ON CONFLICT (airline, currency) DO UPDATE SET spent = greatest(had.spent + p_minor, 0)
    RETURNING * INTO after;
    IF (after.spent >= after.budget) <> (after.spent - p_minor >= after.budget) THEN
        INSERT INTO versions (airline, subject, version) VALUES (p_airline, 'fares', 1)
        ON CONFLICT (airline, subject)
            DO UPDATE SET version = versions.version + 1, changed_at = now()
        RETURNING version INTO stamp;
        PERFORM pg_notify('flights_versions', concat_ws(' ', p_airline, 'fares', stamp));
    END IF;
    RETURN after;
END $$;
