-- Reviewed passages that somebody has settled.
CREATE TABLE reviewed (
  review BIGINT PRIMARY KEY,
  at     BIGINT NOT NULL,
  acted  TEXT   NOT NULL,
  staff  TEXT   NOT NULL,
  note   TEXT   NOT NULL
);
