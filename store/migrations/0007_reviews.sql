-- Passages that a supervisor looks at afterwards: checks by hand, overridden
-- ones, somebody else's documents, forged codes. The journal has them all; this
-- finds those of a day.

CREATE TABLE review (
  id      BIGINT PRIMARY KEY,
  at      BIGINT NOT NULL,
  day     BIGINT NOT NULL,
  what    TEXT   NOT NULL,
  station BIGINT NOT NULL,
  acted   TEXT   NOT NULL,
  body    TEXT   NOT NULL
);
CREATE INDEX review_day ON review (day, id);
