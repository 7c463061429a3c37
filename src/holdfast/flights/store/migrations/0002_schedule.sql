-- Leg patterns as airlines file them: one row is one SSIM leg record. Dates are flight dates, times
-- are minutes after 00:00 of the flight date, local at the leg's station (domain/schedule.py).

CREATE TABLE schedule_legs (
    id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    airline              text     NOT NULL,
    number               integer  NOT NULL,
    suffix               text     NOT NULL DEFAULT '',
    variation            integer  NOT NULL,
    sequence             integer  NOT NULL,
    service_type         text     NOT NULL,
    first_date           date     NOT NULL,
    last_date            date     NOT NULL,
    days                 smallint NOT NULL CHECK (days BETWEEN 1 AND 127),
    board                text     NOT NULL,
    off_point            text     NOT NULL,
    departure_min        integer  NOT NULL,
    departure_offset_min integer  NOT NULL,
    arrival_min          integer  NOT NULL,
    arrival_offset_min   integer  NOT NULL,
    aircraft             text     NOT NULL,
    configuration        text     NOT NULL DEFAULT '',
    board_terminal       text     NOT NULL DEFAULT '',
    off_terminal         text     NOT NULL DEFAULT '',
    operating_carrier    text,
    operating_number     integer,
    operating_suffix     text,
    marketed_as          text[]   NOT NULL DEFAULT '{}',
    booking_classes      text     NOT NULL DEFAULT '',
    digest               bytea    NOT NULL,
    CHECK (first_date <= last_date)
);
CREATE INDEX schedule_legs_flight ON schedule_legs (airline, number, suffix, id);
