-- Machines that sell by themselves, and how the printing of each slip stands there:
-- a slip that a jam kept back is found and printed by the next kiosk or window.

CREATE TABLE kiosk (
  device  TEXT   PRIMARY KEY,
  station BIGINT NOT NULL,
  body    TEXT   NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE slip (
  ticket  BIGINT NOT NULL,
  kind    TEXT   NOT NULL,
  state   TEXT   NOT NULL,
  device  TEXT   NOT NULL,
  at      BIGINT NOT NULL,
  body    TEXT   NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (ticket, kind)
);
CREATE INDEX slip_open ON slip (at) WHERE state <> 'finished';
