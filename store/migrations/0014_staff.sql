-- People who work here: their accounts, where they are signed in, how often
-- somebody has tried in vain, links and questions that are good once, and their
-- passkeys. No password and no token stands here, only what is made of them.
CREATE TABLE staff (
  no       TEXT   PRIMARY KEY,
  name     TEXT   NOT NULL,
  roles    TEXT   NOT NULL,
  stations TEXT   NOT NULL,
  gone     BIGINT NOT NULL,
  password TEXT   NOT NULL,
  created  BIGINT NOT NULL,
  changed  BIGINT NOT NULL,
  version  BIGINT NOT NULL
);

CREATE TABLE staff_session (
  hash   BYTEA  PRIMARY KEY,
  staff  TEXT   NOT NULL,
  device TEXT   NOT NULL,
  how    TEXT   NOT NULL,
  began  BIGINT NOT NULL,
  seen   BIGINT NOT NULL
);
CREATE INDEX staff_session_staff ON staff_session (staff, began);
CREATE INDEX staff_session_began ON staff_session (began);

CREATE TABLE staff_try (
  name  BYTEA  PRIMARY KEY,
  tries BIGINT NOT NULL,
  next  BIGINT NOT NULL,
  last  BIGINT NOT NULL
);
CREATE INDEX staff_try_last ON staff_try (last);

CREATE TABLE staff_code (
  hash  BYTEA  PRIMARY KEY,
  kind  TEXT   NOT NULL,
  staff TEXT   NOT NULL,
  body  BYTEA  NOT NULL,
  until BIGINT NOT NULL
);
CREATE INDEX staff_code_until ON staff_code (until);

CREATE TABLE staff_key (
  id      BYTEA  PRIMARY KEY,
  staff   TEXT   NOT NULL,
  name    TEXT   NOT NULL,
  body    BYTEA  NOT NULL,
  created BIGINT NOT NULL,
  used    BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX staff_key_staff ON staff_key (staff, created);
