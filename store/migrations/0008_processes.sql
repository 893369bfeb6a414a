-- Several processes on one database: who is there, who does the background
-- duties, which departures somebody else has changed, and what all of them keep
-- in memory.

CREATE TABLE process (
  lane  BIGINT PRIMARY KEY,
  epoch BIGINT NOT NULL,
  name  TEXT   NOT NULL,
  url   TEXT   NOT NULL,
  beat  BIGINT NOT NULL,
  state TEXT   NOT NULL
);

CREATE TABLE lease (
  name  TEXT   PRIMARY KEY,
  epoch BIGINT NOT NULL,
  lane  BIGINT NOT NULL,
  ends  BIGINT NOT NULL
);

CREATE TABLE touched (
  lane      BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  departure BIGINT NOT NULL,
  PRIMARY KEY (lane, seq, departure)
) CLUSTERED;

CREATE TABLE shared (
  name    TEXT   PRIMARY KEY,
  version BIGINT NOT NULL
);
INSERT INTO shared (name, version) VALUES ('network', 1);
INSERT INTO shared (name, version) VALUES ('rules', 1);
INSERT INTO shared (name, version) VALUES ('hooks', 1);
INSERT INTO shared (name, version) VALUES ('waits', 1);

-- One row a person who ever bought, so that two processes cannot sell journeys
-- that overlap.
CREATE TABLE rider (
  person  BYTEA  PRIMARY KEY,
  version BIGINT NOT NULL
) CLUSTERED;
