-- Webhooks: subscriptions, the events they hear of, what is still to be delivered, and every try.
--
-- Laws. An event's body is the bytes that are signed and sent, the same on every try. `errands` are
-- what is due; whoever claims one moves `due_at` on, so that a process that dies gives it back by
-- itself. Nothing here refers to orders: events outlive whatever they tell of.

CREATE TABLE webhooks (
    id         text PRIMARY KEY,
    owner      text    NOT NULL,
    live_mode  boolean NOT NULL,
    url        text    NOT NULL,
    events     text[]  NOT NULL,
    active     boolean NOT NULL DEFAULT true,
    secret     text    NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX webhooks_of_owner ON webhooks (owner, live_mode, created_at, id);

CREATE TABLE webhook_events (
    id         text PRIMARY KEY,
    owner      text    NOT NULL,
    live_mode  boolean NOT NULL,
    type       text    NOT NULL,
    body       bytea   NOT NULL,
    webhook_id text,
    created_at timestamptz NOT NULL,
    stored_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhook_events_of_owner ON webhook_events (owner, live_mode, created_at, id);
CREATE INDEX webhook_events_stored ON webhook_events (stored_at);

CREATE TABLE webhook_errands (
    event_id   text NOT NULL REFERENCES webhook_events ON DELETE CASCADE,
    webhook_id text NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    due_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    first_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries      integer NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, webhook_id)
) WITH (fillfactor = 70);
CREATE INDEX webhook_errands_due ON webhook_errands (due_at);

CREATE TABLE webhook_deliveries (
    id         text PRIMARY KEY,
    event_id   text    NOT NULL,
    webhook_id text    NOT NULL,
    owner      text    NOT NULL,
    live_mode  boolean NOT NULL,
    type       text    NOT NULL,
    url        text    NOT NULL,
    succeeded  boolean NOT NULL,
    status     integer,
    answer     text    NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX webhook_deliveries_of_owner ON webhook_deliveries (owner, live_mode, created_at, id);
CREATE INDEX webhook_deliveries_made ON webhook_deliveries (created_at);

-- Give an event to everybody who wants it.
CREATE FUNCTION send_event(p_id text) RETURNS integer LANGUAGE sql AS $$
    WITH told AS (
        INSERT INTO webhook_errands (event_id, webhook_id)
        SELECT event.id, hook.id
        FROM webhook_events AS event
        JOIN webhooks AS hook ON hook.owner = event.owner AND hook.live_mode = event.live_mode
        WHERE event.id = p_id
          AND CASE WHEN event.webhook_id IS NULL
                   THEN hook.active AND event.type = ANY (hook.events)
                   ELSE hook.id = event.webhook_id END
        ON CONFLICT (event_id, webhook_id) DO UPDATE
            SET due_at = clock_timestamp(), first_at = clock_timestamp(), tries = 0
        RETURNING 1
    )
    SELECT count(*)::integer FROM told
$$;
