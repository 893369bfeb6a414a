-- Seats that other nodes hold, what of the journal concerns which peer, and how
-- far each peer's own was heard.
ALTER TABLE departure ADD COLUMN away TEXT NOT NULL DEFAULT '';

CREATE TABLE feed (
  peer BIGINT NOT NULL,
  lane BIGINT NOT NULL,
  n    BIGINT NOT NULL,
  seq  BIGINT NOT NULL,
  link BYTEA  NOT NULL,
  PRIMARY KEY (peer, lane, n)
) CLUSTERED;

CREATE TABLE heard (
  peer BIGINT NOT NULL,
  lane BIGINT NOT NULL,
  n    BIGINT NOT NULL,
  link BYTEA  NOT NULL,
  at   BIGINT NOT NULL,
  PRIMARY KEY (peer, lane)
);
