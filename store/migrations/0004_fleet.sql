-- Coaches and drivers as their carriers registered them. A coach is named by its
-- plate, a driver by a staff number; nobody's name stands here.

CREATE TABLE fleet (
  plate   TEXT   PRIMARY KEY,
  body    TEXT   NOT NULL,
  version BIGINT NOT NULL
);
CREATE TABLE driver (
  no      TEXT   PRIMARY KEY,
  body    TEXT   NOT NULL,
  version BIGINT NOT NULL
);
