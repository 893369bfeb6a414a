-- What changes the queues of the waitlist is numbered, over all processes: so
-- the journal's lanes can be read in the order in which it happened.
INSERT INTO wait_seq (id, seq) VALUES (2, 0);
