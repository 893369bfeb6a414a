-- Money that went through a clerk's drawer is counted at the end of the shift.
ALTER TABLE payment ADD COLUMN shift BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN more TEXT NOT NULL DEFAULT '';
ALTER TABLE payback ADD COLUMN shift BIGINT NOT NULL DEFAULT 0;
CREATE INDEX payment_shift ON payment (shift, id) WHERE shift <> 0;
CREATE INDEX payback_shift ON payback (shift, id) WHERE shift <> 0;
