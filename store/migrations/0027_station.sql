-- What two nodes know differently and a person looks at, and parcels of a newer
-- program's node that this one cannot read yet.
CREATE TABLE conflict (
  id    BIGINT PRIMARY KEY,
  what  TEXT   NOT NULL UNIQUE,
  stands BIGINT NOT NULL,
  body  TEXT   NOT NULL
);
CREATE INDEX conflict_stands ON conflict (id) WHERE stands = 1;

CREATE TABLE unread (
  peer BIGINT NOT NULL,
  lane BIGINT NOT NULL,
  n    BIGINT NOT NULL,
  kind TEXT   NOT NULL,
  body TEXT   NOT NULL,
  PRIMARY KEY (peer, lane, n)
);
