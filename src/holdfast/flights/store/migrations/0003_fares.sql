-- Filed fares with the state of the price rule, limits of booking classes, tiers of seats.
-- Times of the price rule are seconds since 1970, amounts are minor units.

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
    withdrawn_at   double precision
);
CREATE UNIQUE INDEX fares_key ON fares (
    carrier, number, board, off_point, cabin, booking_class, basis, passenger_type, currency,
    first_date, last_date, days
) NULLS NOT DISTINCT;

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
    UNIQUE (carrier, aircraft, cabin, tier, first_row, last_row, columns)
);
