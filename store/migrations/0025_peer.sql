-- The other nodes of the province: at a hub its stations, from the invitation on,
-- at a station its hub.
CREATE TABLE peer (
  no      BIGINT PRIMARY KEY,
  name    TEXT   NOT NULL,
  station BIGINT NOT NULL,
  state   TEXT   NOT NULL,
  code    BYTEA  NOT NULL,
  until   BIGINT NOT NULL,
  pub     BYTEA  NOT NULL,
  keys    BYTEA  NOT NULL,
  seen    BIGINT NOT NULL,
  said    BYTEA  NOT NULL,
  version BIGINT NOT NULL
);
