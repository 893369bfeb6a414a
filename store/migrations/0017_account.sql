-- Passengers' accounts: what they sign in with stands as a keyed hash and sealed,
-- codes and sessions as hashes only. Orders and saved passengers belong to an
-- account; an order needs none.
CREATE TABLE member (
  id      BIGINT PRIMARY KEY,
  token   BYTEA  NOT NULL UNIQUE,
  wrapped BYTEA  NOT NULL,
  sealed  BYTEA  NOT NULL,
  created BIGINT NOT NULL,
  seen    BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX member_seen ON member (seen);

CREATE TABLE member_code (
  phone   BYTEA  PRIMARY KEY,
  hash    BYTEA  NOT NULL,
  made    BIGINT NOT NULL,
  used    BIGINT NOT NULL,
  tries   BIGINT NOT NULL,
  day     BIGINT NOT NULL,
  asked   BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX member_code_made ON member_code (made);

CREATE TABLE member_session (
  hash   BYTEA  PRIMARY KEY,
  member BIGINT NOT NULL,
  how    TEXT   NOT NULL,
  began  BIGINT NOT NULL,
  seen   BIGINT NOT NULL
);
CREATE INDEX member_session_member ON member_session (member, began);
CREATE INDEX member_session_began ON member_session (began);

CREATE TABLE member_order (
  order_id BIGINT PRIMARY KEY,
  member   BIGINT NOT NULL,
  at       BIGINT NOT NULL
);
CREATE INDEX member_order_member ON member_order (member, order_id);

CREATE TABLE saved_passenger (
  id      BIGINT PRIMARY KEY,
  member  BIGINT NOT NULL,
  person  BYTEA  NOT NULL,
  wrapped BYTEA  NOT NULL,
  sealed  BYTEA  NOT NULL,
  created BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (member, person)
);

-- Who here looked a passenger up, and why: passengers may see it.
CREATE TABLE looked (
  id      BIGINT PRIMARY KEY,
  person  BYTEA  NOT NULL,
  at      BIGINT NOT NULL,
  device  TEXT   NOT NULL,
  staff   TEXT   NOT NULL,
  station BIGINT NOT NULL,
  how     TEXT   NOT NULL,
  why     TEXT   NOT NULL,
  found   BIGINT NOT NULL
);
CREATE INDEX looked_person ON looked (person, at);
CREATE INDEX looked_at ON looked (at);

-- What the service of names and documents said of a name under a document: both
-- stand as keyed hashes only.
CREATE TABLE name_check (
  hash    BYTEA  PRIMARY KEY,
  person  BYTEA  NOT NULL,
  verdict TEXT   NOT NULL,
  at      BIGINT NOT NULL
);
CREATE INDEX name_check_person ON name_check (person, at);
CREATE INDEX name_check_at ON name_check (at);
