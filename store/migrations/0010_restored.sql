-- A database that was put back from a copy, or that is behind what its node has
-- seen of it: a row for each lane that stood open in it. Such a lane is closed,
-- since numbers after its last entry may have been given away, and nothing is
-- sold until an operator has said of every row what others know of that lane.

CREATE TABLE restored (
  id        BIGINT PRIMARY KEY,
  at        BIGINT NOT NULL,
  why       TEXT   NOT NULL,
  lane      BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  last_at   BIGINT NOT NULL,
  next_id   BIGINT NOT NULL,
  known     BIGINT NOT NULL,
  author    TEXT   NOT NULL,
  confirmed BIGINT NOT NULL,
  recorded  BIGINT NOT NULL
);

ALTER TABLE lane ADD COLUMN closed BIGINT NOT NULL DEFAULT 0;
