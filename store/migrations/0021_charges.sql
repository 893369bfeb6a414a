-- A channel is asked about charges that no order waits for any more, until it has said how they ended.
CREATE INDEX payment_pending ON payment (id) WHERE state = 'pending';
CREATE INDEX payment_unsure ON payment (id) WHERE more LIKE '%"unsure":true%';
