-- Passengers who are asked to choose because an act changed their journey, and
-- the levels of stations with the days from which they stand.

CREATE TABLE cases (
  id        BIGINT PRIMARY KEY,
  ticket    BIGINT NOT NULL,
  order_id  BIGINT NOT NULL,
  departure BIGINT NOT NULL,
  state     TEXT   NOT NULL,
  body      TEXT   NOT NULL,
  version   BIGINT NOT NULL
);
CREATE INDEX cases_standing ON cases (id) WHERE state IN ('open', 'waits');
CREATE INDEX cases_departure ON cases (departure, id);
CREATE INDEX cases_order ON cases (order_id, id);

CREATE TABLE station_level (
  id       BIGINT PRIMARY KEY,
  station  BIGINT NOT NULL,
  day      BIGINT NOT NULL,
  level    BIGINT NOT NULL,
  closed   BIGINT NOT NULL,
  recorded BIGINT NOT NULL,
  author   TEXT   NOT NULL,
  reason   TEXT   NOT NULL
);
CREATE INDEX station_level_station ON station_level (station, day, id);
