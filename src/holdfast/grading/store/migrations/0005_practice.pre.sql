-- Practice mode: leases are short, and what is attempted meanwhile is kept but does not count.

ALTER TABLE plans ADD COLUMN practice_since timestamptz;
ALTER TABLE attempts ADD COLUMN is_practice boolean NOT NULL DEFAULT false;
