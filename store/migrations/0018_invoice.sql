-- Electronic invoices. Of a ticket's fare, and of its fee, one stands at a time.
-- Title and tax number of a company stand here only, not in the journal; a person's
-- name stands on the ticket, sealed.

CREATE TABLE invoice (
  id      BIGINT PRIMARY KEY,
  ticket  BIGINT NOT NULL,
  what    TEXT   NOT NULL,
  state   TEXT   NOT NULL,
  number  TEXT   NOT NULL,
  issued  BIGINT NOT NULL,
  title   TEXT   NOT NULL,
  tax_no  TEXT   NOT NULL,
  body    TEXT   NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX invoice_live ON invoice (ticket, what) WHERE state IN ('asked', 'issued', 'reversing');
CREATE INDEX invoice_ticket ON invoice (ticket);
CREATE INDEX invoice_state ON invoice (state, id);
CREATE INDEX invoice_issued ON invoice (issued);
