-- Shifts of clerks and kiosks, and numbered paper. Of a person, a kiosk and a
-- window one shift is open at a time. A number of paper stands in one row once it
-- has left the stock, so that it is used for one receipt.

CREATE TABLE shift (
  id      BIGINT PRIMARY KEY,
  opens   TEXT   NOT NULL,
  staff   TEXT   NOT NULL,
  device  TEXT   NOT NULL,
  station BIGINT NOT NULL,
  state   TEXT   NOT NULL,
  body    TEXT   NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX shift_opens ON shift (opens) WHERE state = 'open';
CREATE UNIQUE INDEX shift_device ON shift (device) WHERE state = 'open';
CREATE INDEX shift_station ON shift (station, id);
CREATE INDEX shift_staff ON shift (staff, id);

CREATE TABLE paper_batch (
  id      BIGINT PRIMARY KEY,
  prefix  TEXT   NOT NULL,
  width   BIGINT NOT NULL,
  first   BIGINT NOT NULL,
  last    BIGINT NOT NULL,
  station BIGINT NOT NULL,
  body    TEXT   NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX paper_batch_numbers ON paper_batch (prefix, width, first);

CREATE TABLE paper_sheet (
  serial  TEXT   PRIMARY KEY,
  batch   BIGINT NOT NULL,
  no      BIGINT NOT NULL,
  state   TEXT   NOT NULL,
  ticket  BIGINT NOT NULL,
  shift   BIGINT NOT NULL,
  body    TEXT   NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX paper_sheet_batch ON paper_sheet (batch, no);
CREATE INDEX paper_sheet_shift ON paper_sheet (shift, serial);
