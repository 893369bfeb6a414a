-- The outbox: what passengers are told, and the webhooks that are told too. No
-- row names a person: the phone is found through the ticket when it is sent.

CREATE TABLE message (
  id        BIGINT PRIMARY KEY,
  kind      TEXT   NOT NULL,
  ticket    BIGINT NOT NULL,
  order_id  BIGINT NOT NULL,
  departure BIGINT NOT NULL,
  lang      TEXT   NOT NULL,
  facts     TEXT   NOT NULL,
  channel   TEXT   NOT NULL,
  state     TEXT   NOT NULL,
  tries     BIGINT NOT NULL,
  resent    BIGINT NOT NULL,
  next      BIGINT NOT NULL,
  lead      BIGINT NOT NULL,
  why       TEXT   NOT NULL,
  created   BIGINT NOT NULL,
  version   BIGINT NOT NULL
);
CREATE INDEX message_departure ON message (departure, id);
CREATE INDEX message_due ON message (next, id) WHERE state = 'due';
CREATE INDEX message_lead ON message (lead) WHERE lead <> 0;
CREATE INDEX message_lost ON message (id) WHERE state IN ('failed', 'unreachable');

CREATE TABLE hook (
  id      BIGINT PRIMARY KEY,
  url     TEXT   NOT NULL,
  kinds   TEXT   NOT NULL,
  state   TEXT   NOT NULL,
  message BIGINT NOT NULL,
  tries   BIGINT NOT NULL,
  next    BIGINT NOT NULL,
  why     TEXT   NOT NULL,
  created BIGINT NOT NULL,
  version BIGINT NOT NULL
);
