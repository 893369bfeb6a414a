-- What dispatchers said about the calls of a station's hall.
CREATE TABLE hall (
  id      BIGINT PRIMARY KEY,
  station BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  body    TEXT   NOT NULL
);
CREATE INDEX hall_at ON hall (station, at);
