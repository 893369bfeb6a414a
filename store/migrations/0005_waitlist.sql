-- The waitlist: a row for each departure that a request waits for. The request
-- itself is an order; its place in every queue is its number.

CREATE TABLE wait (
  departure BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  order_id  BIGINT NOT NULL,
  PRIMARY KEY (departure, seq)
);
CREATE TABLE wait_seq (
  id  BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL
);
INSERT INTO wait_seq (id, seq) VALUES (1, 0);
CREATE INDEX orders_waiting ON orders (deadline) WHERE state IN ('asked', 'waiting');

-- The virtual queue of flow departures: who has which number.
CREATE TABLE flow_queue (
  departure BIGINT NOT NULL,
  no        BIGINT NOT NULL,
  ticket    BIGINT NOT NULL,
  PRIMARY KEY (departure, no)
);
