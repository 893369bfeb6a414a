-- The house: timetable, departures, orders, tickets, people apart, money,
-- journal. Written in PostgreSQL's dialect within a portable subset; schema.go
-- makes it fit for SQLite. Times are microseconds since 1970, money is fen.

CREATE TABLE lane (
  id      BIGINT PRIMARY KEY,
  node    TEXT   NOT NULL,
  profile TEXT   NOT NULL,
  epoch   BIGINT NOT NULL,
  seq     BIGINT NOT NULL,
  next_id BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  hash    BYTEA  NOT NULL
);

CREATE TABLE journal (
  node      TEXT   NOT NULL,
  lane      BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  kind      TEXT   NOT NULL,
  aggregate TEXT   NOT NULL,
  version   BIGINT NOT NULL,
  body      BYTEA  NOT NULL,
  hash      BYTEA  NOT NULL,
  PRIMARY KEY (node, lane, seq)
);

CREATE TABLE verb (
  id    TEXT   PRIMARY KEY,
  input BYTEA  NOT NULL,
  lane  BIGINT NOT NULL,
  seq   BIGINT NOT NULL
) CLUSTERED;

CREATE TABLE rules (
  version   BIGINT PRIMARY KEY,
  effective BIGINT NOT NULL,
  author    TEXT   NOT NULL,
  reason    TEXT   NOT NULL,
  body      BYTEA  NOT NULL
);

CREATE TABLE network (
  id       BIGINT PRIMARY KEY,
  name     TEXT NOT NULL,
  zone     TEXT NOT NULL,
  currency TEXT NOT NULL
);

CREATE TABLE station (
  no BIGINT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  body BYTEA NOT NULL,
  ext TEXT NOT NULL UNIQUE
);
CREATE TABLE carrier (
  code TEXT PRIMARY KEY,
  body BYTEA NOT NULL
);
CREATE TABLE vehicle (
  code TEXT PRIMARY KEY,
  body BYTEA NOT NULL
);
CREATE TABLE line (
  no BIGINT PRIMARY KEY,
  ext TEXT NOT NULL UNIQUE,
  body BYTEA NOT NULL,
  fares BYTEA NOT NULL
);
CREATE TABLE template (
  no      BIGINT PRIMARY KEY,
  ext     TEXT   NOT NULL,
  hash    BYTEA  NOT NULL,
  retired BIGINT NOT NULL,
  body    BYTEA  NOT NULL
);
CREATE INDEX template_ext ON template (ext, no);

CREATE TABLE departure (
  id       BIGINT PRIMARY KEY,
  version  BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  seats    BYTEA  NOT NULL,
  children BIGINT NOT NULL,
  left_stops BIGINT NOT NULL
);

CREATE TABLE orders (
  id        BIGINT PRIMARY KEY,
  secret    TEXT   NOT NULL,
  channel   TEXT   NOT NULL,
  outlet    TEXT   NOT NULL,
  departure BIGINT NOT NULL,
  from_no   BIGINT NOT NULL,
  to_no     BIGINT NOT NULL,
  state     TEXT   NOT NULL,
  total     BIGINT NOT NULL,
  created   BIGINT NOT NULL,
  deadline  BIGINT NOT NULL,
  extended  BIGINT NOT NULL,
  tickets   BIGINT NOT NULL,
  payment   BIGINT NOT NULL,
  version   BIGINT NOT NULL
);
CREATE INDEX orders_deadline ON orders (deadline) WHERE state IN ('held', 'paying');

CREATE TABLE ticket (
  id         BIGINT PRIMARY KEY,
  order_id   BIGINT NOT NULL,
  departure  BIGINT NOT NULL,
  state      TEXT   NOT NULL,
  from_no    BIGINT NOT NULL,
  to_no      BIGINT NOT NULL,
  board      BIGINT NOT NULL,
  alight     BIGINT NOT NULL,
  seat       BIGINT NOT NULL,
  kind       BIGINT NOT NULL,
  children   BIGINT NOT NULL,
  full_fare  BIGINT NOT NULL,
  price      BIGINT NOT NULL,
  refund     BIGINT NOT NULL,
  fee        BIGINT NOT NULL,
  rules      BIGINT NOT NULL,
  person     BYTEA  NOT NULL,
  voucher    BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  checked_at BIGINT NOT NULL,
  checked_by TEXT   NOT NULL
);
CREATE INDEX ticket_departure ON ticket (departure, id);
CREATE INDEX ticket_person ON ticket (person, id);

-- Who a ticket's passenger is: sealed under a key of the ticket's own, which is
-- wrapped by the node's key. Destroying the wrapped key destroys the person.
CREATE TABLE person (
  ticket  BIGINT PRIMARY KEY,
  wrapped BYTEA  NOT NULL,
  sealed  BYTEA  NOT NULL
);

CREATE TABLE payment (
  id       BIGINT PRIMARY KEY,
  order_id BIGINT NOT NULL,
  channel  TEXT   NOT NULL,
  amount   BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  created  BIGINT NOT NULL,
  version  BIGINT NOT NULL
);
CREATE INDEX payment_order ON payment (order_id, id);

CREATE TABLE payback (
  id       BIGINT PRIMARY KEY,
  payment  BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  channel  TEXT   NOT NULL,
  amount   BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  created  BIGINT NOT NULL,
  tries    BIGINT NOT NULL,
  version  BIGINT NOT NULL
);
CREATE INDEX payback_payment ON payback (payment, id);
CREATE INDEX payback_due ON payback (id) WHERE state = 'due';
