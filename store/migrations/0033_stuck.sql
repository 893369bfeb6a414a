-- Money that a channel will not send back waits for a person.
CREATE INDEX payback_stuck ON payback (id) WHERE state = 'stuck';
