-- What was destroyed at the end of its retention, by service day, in the numbering
-- of the departures' ids; and the day up to which everything is destroyed.
CREATE TABLE destroyed (
  id      BIGINT PRIMARY KEY,
  day     BIGINT NOT NULL,
  tickets BIGINT NOT NULL,
  at      BIGINT NOT NULL
);
CREATE INDEX destroyed_at ON destroyed (at);

CREATE TABLE retention (
  id   BIGINT PRIMARY KEY,
  upto BIGINT NOT NULL
);
