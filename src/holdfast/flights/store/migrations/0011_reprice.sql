-- The price of now of a held order whose price guarantee has ended. No money moves and no seat: what
-- is owed changes, and until when that holds. Only the order's own row is locked.

-- `p_seats` and `p_was_until`: how many seats the order had, and until when its price held, when it
-- was priced. Whatever else changes what it costs changes one of the two.
CREATE FUNCTION reprice_order(
    p_order text, p_owner text, p_seats integer, p_was_until timestamptz,
    p_document bytea, p_choices bytea[], p_total bigint, p_absorbed bigint,
    p_price_until timestamptz, p_at timestamptz,
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
    why := CASE WHEN it.state <> 'held' THEN it.state
        WHEN it.hold_until <= clock_timestamp() THEN 'expired'
        WHEN coalesce(it.price_until, it.hold_until) > clock_timestamp() THEN 'price_holds'
        WHEN cardinality(it.choices) <> p_seats OR it.price_until <> p_was_until THEN 'changed' END;
    IF why IS NOT NULL THEN
        RETURN refuse(p_owner, p_key, p_hash, 'wrong_state', why);
    ELSIF NOT kept(p_owner, p_key, p_hash, p_status, p_body) THEN
        RETURN replayed(p_owner, p_key, p_hash);
    END IF;
    UPDATE orders SET total = p_total, absorbed = p_absorbed, document = p_document,
        choices = p_choices, price_until = least(p_price_until, hold_until), synced_at = p_at
    WHERE id = p_order;
    RETURN ('repriced', NULL, NULL, NULL, NULL)::outcome;
END $$;
