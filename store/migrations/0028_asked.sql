-- What was asked of the owners of orders that this node does not own.
CREATE TABLE asked (
  id       BIGINT PRIMARY KEY,
  order_id BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  body     TEXT   NOT NULL
);
CREATE INDEX asked_order ON asked (order_id, id);
