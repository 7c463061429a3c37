-- An attempt may go on at another node when its own was lost. Each move is counted, so that a node
-- that was only thought to be lost cannot close what no longer is its own.

ALTER TABLE attempts ADD COLUMN moves integer NOT NULL DEFAULT 0 CHECK (moves >= 0);
