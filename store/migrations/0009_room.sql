-- The waiting room at the opening of sales. A place is nowhere stored: whoever has
-- it shows it, signed. Stored is what a process must know that was not there when
-- places were given out: how many came when, who was called, and which places
-- have been used.

-- A row a process and room: how many parts of its arrivals are stored.
CREATE TABLE room_source (
  room   BIGINT NOT NULL,
  source BIGINT NOT NULL,
  no     BIGINT NOT NULL,
  PRIMARY KEY (room, source)
) CLUSTERED;

CREATE TABLE room_arrival (
  room   BIGINT NOT NULL,
  source BIGINT NOT NULL,
  no     BIGINT NOT NULL,
  body   BYTEA  NOT NULL,
  PRIMARY KEY (room, source, no)
);

CREATE TABLE room_turn (
  room   BIGINT NOT NULL,
  no     BIGINT NOT NULL,
  at     BIGINT NOT NULL,
  upto   BIGINT NOT NULL,
  called BIGINT NOT NULL,
  spare  BIGINT NOT NULL,
  rate   BIGINT NOT NULL,
  PRIMARY KEY (room, no)
) CLUSTERED;

CREATE TABLE room_used (
  room   BIGINT NOT NULL,
  came   BIGINT NOT NULL,
  chance BIGINT NOT NULL,
  nth    BIGINT NOT NULL,
  at     BIGINT NOT NULL,
  PRIMARY KEY (room, came, chance, nth)
) CLUSTERED;
