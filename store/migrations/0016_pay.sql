-- Money that a channel has taken on to send back is asked about until it has arrived.
CREATE INDEX payback_sent ON payback (id) WHERE state = 'sent';
