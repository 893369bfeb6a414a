-- Who agreed to be recognised at the gate on which journey, and took it back: a log of
-- consents, never a face. The journal has the same.
CREATE TABLE face_consent (
  id      BIGINT PRIMARY KEY,
  at      BIGINT NOT NULL,
  ticket  BIGINT NOT NULL,
  station BIGINT NOT NULL,
  acted   TEXT   NOT NULL,
  kind    TEXT   NOT NULL,
  body    TEXT   NOT NULL
);
CREATE INDEX face_consent_ticket ON face_consent (ticket, id);
CREATE INDEX face_consent_station ON face_consent (station, id);
