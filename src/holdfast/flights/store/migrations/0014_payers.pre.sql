-- Accounts of people have no balance: the shop that they buy at, the travel pages, pays for them and
-- gets back what is refunded (domain/owners.py). Everything else stays their own: orders, payments,
-- cancellations, keys.
CREATE FUNCTION payer_of(p_owner text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN starts_with(p_owner, 'person:') THEN 'travel' ELSE p_owner END
$$;

-- Wherever the functions that sell ask for, take from or add to the owner's balance, and where they
-- post it to the ledger, it is the payer's from now on. They are otherwise what they were, so they
-- are not written down here a second time; each change has to be found as often as it is expected.
DO $$
DECLARE
    change record;
    before text;
    parts integer;
BEGIN
    FOR change IN SELECT * FROM (VALUES
        ('receive', 'WHERE owner = p_owner AND currency', 'WHERE owner = payer_of(p_owner) AND currency', 1),
        ('receive', 'END, p_owner, -p_amount', 'END, payer_of(p_owner), -p_amount', 1),
        ('place_order', 'balances WHERE owner = p_owner', 'balances WHERE owner = payer_of(p_owner)', 2),
        ('pay_order', 'balances WHERE owner = p_owner', 'balances WHERE owner = payer_of(p_owner)', 2),
        ('add_seats', 'balances WHERE owner = p_owner', 'balances WHERE owner = payer_of(p_owner)', 2),
        ('change_order', 'balances WHERE owner = p_owner', 'balances WHERE owner = payer_of(p_owner)', 2),
        ('confirm_cancellation', 'VALUES (p_owner, quote.currency', 'VALUES (payer_of(p_owner), quote.currency', 1),
        ('confirm_cancellation', 'ELSE ''bsp'' END, p_owner,', 'ELSE ''bsp'' END, payer_of(p_owner),', 1)
    ) AS wanted (function, words, instead, times) LOOP
        before := pg_get_functiondef(to_regproc(change.function));
        parts := cardinality(string_to_array(before, change.words)) - 1;
        IF parts <> change.times THEN
            RAISE 'the function % has "%" % times', change.function, change.words, parts;
        END IF;
        EXECUTE replace(before, change.words, change.instead);
    END LOOP;
END $$;
