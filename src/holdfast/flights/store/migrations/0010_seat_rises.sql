-- What a seat of the tier cost before its price rose last: offers made before that keep it (G1).
-- One rise is enough, for the next one comes a dwell time later, when those offers have expired.
ALTER TABLE seat_tiers
    ADD COLUMN was_total bigint,
    ADD COLUMN was_tax bigint,
    ADD COLUMN rose_at double precision,
    ADD CHECK (num_nonnulls(was_total, was_tax, rose_at) IN (0, 3));
